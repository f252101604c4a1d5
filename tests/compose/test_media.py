"""Range requests."""

import pytest
from django.core.files.base import ContentFile
from django.test import RequestFactory

from compose.media import file_response, wanted_range

DATA = bytes(range(100))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-", (0, 99)),
        ("bytes=10-19", (10, 19)),
        ("bytes=90-500", (90, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-500", (0, 99)),
        ("", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
    ],
)
def test_ranges_are_read_as_rfc_9110_says(header: str, expected: tuple[int, int] | None) -> None:
    assert wanted_range(header, 100) == expected


def test_a_part_is_answered_with_206(rf: RequestFactory) -> None:
    response = file_response(rf.get("/", headers={"Range": "bytes=10-19"}), ContentFile(DATA), "audio/mpeg", "x.mp3")
    assert response.status_code == 206
    assert response.content == DATA[10:20]
    assert response["Content-Range"] == "bytes 10-19/100"


def test_no_range_is_answered_whole(rf: RequestFactory) -> None:
    response = file_response(rf.get("/?download"), ContentFile(DATA), "audio/mpeg", "x.mp3")
    assert response.status_code == 200
    assert response.content == DATA
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Disposition"] == 'attachment; filename="x.mp3"'


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=20-10", "bytes=-0"])
def test_what_lies_outside_is_answered_with_416(rf: RequestFactory, header: str) -> None:
    response = file_response(rf.get("/", headers={"Range": header}), ContentFile(DATA), "audio/mpeg", "x.mp3")
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */100"
