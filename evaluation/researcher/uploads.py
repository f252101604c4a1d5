"""What a researcher uploads: pictures, or zips of them, each checked before it is kept (no Django).

A bad picture is named and left out, the others stay; a bad zip is refused as a whole.
"""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from ml.domain import EXPRESSIONS
from ml.errors import FrameError
from ml.frames import PHOTO_MAX_BYTES, decode_photo

MOST_PICTURES = 500  # in one upload
MOST_BYTES = 200 * 2**20  # of all pictures together, unpacked
MOST_ENTRIES = 10 * MOST_PICTURES  # folders and files that are passed over included
WORST_RATIO = 100  # unpacked size over packed; pictures are packed already and hardly shrink
SMALL_BYTES = 2**20  # below this, even an empty bitmap's ratio does no harm
METADATA = {"exif", "xmp", "XML:com.adobe.xmp", "comment", "photoshop"}  # Pillow's names for what cameras write
JPEG_QUALITY = 95  # of a picture that is written anew without them
ENCRYPTED = 0x1  # flag bit of a zip's entry

# What zipfile raises for an archive or an entry that is damaged, or packed in a way it does not know.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


class UploadError(FrameError):
    """An upload that is refused as a whole."""


@dataclass(frozen=True)
class Picture:
    """One picture as it came: its name, its bytes, and the expression that its folder is named after, if any."""

    name: str
    data: bytes = field(repr=False)
    expression: str = ""


@dataclass
class Upload:
    """What came of an upload: the good pictures, and a sentence for each that was refused."""

    pictures: list[Picture] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


def receive(files: Iterable[tuple[str, IO[bytes]]]) -> Upload:
    """Check everything that was chosen.

    Args:
        files: name and open file of each.

    Raises:
        UploadError: more than is taken at once, or a zip that is damaged or blows up; its detail names it.
    """
    upload, n_bytes = Upload(), 0
    for picture in unpacked(files):
        n_bytes += len(picture.data)
        if n_bytes > MOST_BYTES:
            detail = _("These pictures have more than %(mb)d MB together.") % {"mb": MOST_BYTES // 2**20}
            raise UploadError("too-large", detail)
        if len(upload.pictures) + len(upload.refusals) == MOST_PICTURES:
            detail = _("At most %(n)d pictures are taken at once: choose fewer.") % {"n": MOST_PICTURES}
            raise UploadError("too-many", detail)
        try:
            decode_photo(picture.data)
        except FrameError as error:
            upload.refusals.append(f"{picture.name}: {error.detail}")
        else:
            upload.pictures.append(replace(picture, data=without_metadata(picture.data)))
    return upload


def without_metadata(data: bytes) -> bytes:
    """The picture, upright, without what a camera wrote about place, time and owner; as it came if there is nothing."""
    with Image.open(io.BytesIO(data)) as image:
        if not image.getexif() and not METADATA & image.info.keys():
            return data
        upright, profile = ImageOps.exif_transpose(image), image.info.get("icc_profile")
        upright.info = {}
        buffer = io.BytesIO()
        upright.save(buffer, image.format, quality=JPEG_QUALITY, icc_profile=profile)
    return buffer.getvalue()


def unpacked(files: Iterable[tuple[str, IO[bytes]]]) -> Iterator[Picture]:
    for name, file in files:
        if is_zip(file):
            yield from zip_pictures(name, file)
        else:
            yield Picture(name, file.read(PHOTO_MAX_BYTES + 1))


def is_zip(file: IO[bytes]) -> bool:
    """By its first bytes: any file may be called .zip."""
    start = file.read(4)
    file.seek(0)
    return start in (b"PK\x03\x04", b"PK\x05\x06")


def zip_pictures(name: str, file: IO[bytes]) -> Iterator[Picture]:
    """The pictures in a zip, one after the other, by path.

    Raises:
        UploadError: see `receive`.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = wanted(archive.infolist(), name)
            for entry in entries:
                with archive.open(entry) as packed:  # never more than is allowed, whatever the directory promises
                    data = packed.read(PHOTO_MAX_BYTES + 1)
                yield Picture(f"{name}: {entry.filename}", data, expression_of(entry.filename))
    except DAMAGED as error:
        detail = _("%(name)s is not a zip, or a damaged one (%(error)s).") % {"name": name, "error": error}
        raise UploadError("bad-zip", detail) from error


def wanted(entries: list[zipfile.ZipInfo], name: str) -> list[zipfile.ZipInfo]:
    """The entries that may be pictures, checked for what they promise before anything is unpacked."""
    if len(entries) > MOST_ENTRIES:
        detail = _("%(name)s holds %(n)d files; at most %(most)d pictures are taken.")
        raise UploadError("too-many", detail % {"name": name, "n": len(entries), "most": MOST_PICTURES})
    kept = sorted((entry for entry in entries if is_wanted(entry.filename)), key=lambda entry: entry.filename)
    if len(kept) > MOST_PICTURES:
        detail = _("%(name)s holds %(n)d pictures; at most %(most)d are taken at once.")
        raise UploadError("too-many", detail % {"name": name, "n": len(kept), "most": MOST_PICTURES})
    if sum(entry.file_size for entry in kept) > MOST_BYTES:
        detail = _("%(name)s unpacks to more than %(mb)d MB.")
        raise UploadError("too-large", detail % {"name": name, "mb": MOST_BYTES // 2**20})
    for entry in kept:
        if entry.flag_bits & ENCRYPTED:
            detail = _("%(name)s is locked with a password: upload one without.")
            raise UploadError("encrypted", detail % {"name": name})
        if entry.file_size > max(SMALL_BYTES, WORST_RATIO * entry.compress_size):
            detail = _("%(name)s: %(file)s grows more than %(ratio)d-fold: no picture does.")
            raise UploadError("bad-zip", detail % {"name": name, "file": entry.filename, "ratio": WORST_RATIO})
    return kept


def is_wanted(path: str) -> bool:
    """Neither a folder nor what operating systems leave in zips."""
    parts = PurePosixPath(path).parts
    return not path.endswith("/") and not any(part.startswith((".", "__MACOSX")) for part in parts)


def expression_of(path: str) -> str:
    """The expression that a picture's folder is named after; empty for any other folder."""
    folder = PurePosixPath(path).parent.name.lower()
    return folder if folder in EXPRESSIONS else ""
