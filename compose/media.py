"""Files with HTTP Range (RFC 9110 §14): media players ask for parts, and Safari's insists on 206."""

import re
from http import HTTPStatus

from django.core.files.base import File
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def wanted_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte that a Range header asks for; None when it is not one plain range and is to be ignored.

    Raises:
        ValueError: the range lies outside the file.
    """
    match = ONE_RANGE.match(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":  # the last so many bytes
        start, stop = max(size - int(last), 0), size - 1
    else:
        start, stop = int(first), min(int(last), size - 1) if last else size - 1
    if start >= size or stop < start:
        raise ValueError(header)
    return start, stop


def file_response(request: HttpRequest, file: "File[bytes]", content_type: str, filename: str) -> HttpResponse:
    """The whole file, or the part that is asked for; with `?download` as an attachment called `filename`."""
    size = file.size
    try:
        part = wanted_range(request.headers.get("Range", ""), size)
    except ValueError:
        response = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        response["Content-Range"] = f"bytes */{size}"
        return response
    start, stop = part or (0, size - 1)
    with file.open("rb"):
        file.seek(start)
        response = HttpResponse(file.read(stop - start + 1), content_type=content_type)
    if part:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response["Content-Range"] = f"bytes {start}-{stop}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=31536000, immutable"  # a finished piece never changes
    if "download" in request.GET:
        response["Content-Disposition"] = content_disposition_header(True, filename) or ""
    return response
