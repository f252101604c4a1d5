"""Uploads: zips within bounds, good pictures kept, bad ones named."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from evaluation.researcher import uploads
from tests.evaluation.building import picture


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    buffer.seek(0)
    return buffer


def receive(files: dict[str, bytes]) -> uploads.Upload:
    return uploads.receive([("faces.zip", zipped(files))])


def test_pictures_and_zips_come_together() -> None:
    files = [("one.png", io.BytesIO(picture(1))), ("more.zip", zipped({"b.png": picture(2), "a.png": picture(3)}))]
    names = [p.name for p in uploads.receive(files).pictures]
    assert names == ["one.png", "more.zip: a.png", "more.zip: b.png"]


def test_a_folder_named_like_an_expression_says_what_its_pictures_show() -> None:
    upload = receive({"set/happy/1.png": picture(1), "set/Fear/2.png": picture(2), "others/3.png": picture(3)})
    assert sorted((p.name[-5:], p.expression) for p in upload.pictures) == [
        ("1.png", "happy"), ("2.png", "fear"), ("3.png", ""),
    ]  # fmt: skip


def test_what_operating_systems_leave_in_zips_is_passed_over() -> None:
    upload = receive({"a.png": picture(), "__MACOSX/._a.png": b"x", ".DS_Store": b"x", "s/.hidden/b.png": b"x"})
    assert [p.name for p in upload.pictures] == ["faces.zip: a.png"]
    assert upload.refusals == []


def test_bad_pictures_are_named_and_good_ones_kept() -> None:
    upload = receive({"good.png": picture(), "notes.txt": b"not a picture", "cut.png": picture()[:60]})
    assert [p.name for p in upload.pictures] == ["faces.zip: good.png"]
    assert [refusal.split(":")[1].strip() for refusal in upload.refusals] == ["cut.png", "notes.txt"]


def test_a_picture_that_is_too_large_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PHOTO_MAX_BYTES", 2000)
    monkeypatch.setattr("ml.frames.PHOTO_MAX_BYTES", 2000)
    upload = receive({"large.png": picture(px=100), "small.png": picture(px=20)})
    assert [p.name for p in upload.pictures] == ["faces.zip: small.png"]
    assert "2001 bytes; at most 2000" in upload.refusals[0]


def test_a_zip_that_blows_up_is_refused() -> None:
    with pytest.raises(uploads.UploadError, match=r"zeros\.png grows more than 100-fold"):
        receive({"zeros.png": bytes(3 * 2**20)})


def test_more_pictures_than_are_taken_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_PICTURES", 2)
    with pytest.raises(uploads.UploadError, match="holds 3 pictures; at most 2"):
        receive({f"{i}.png": picture() for i in range(3)})
    with pytest.raises(uploads.UploadError, match="At most 2 pictures"):  # over several zips
        uploads.receive([(f"{i}.zip", zipped({"a.png": picture(), "b.png": picture()})) for i in range(2)])


def test_more_bytes_than_are_taken_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 2**20)
    loud = b"\x89PNG" + picture(px=800)  # noise hardly shrinks
    with pytest.raises(uploads.UploadError, match="unpacks to more than 1 MB"):
        receive({"a.png": loud, "b.png": loud})
    with pytest.raises(uploads.UploadError, match="more than 1 MB together"):
        uploads.receive([(f"{i}.png", io.BytesIO(loud)) for i in range(2)])


def test_a_zip_whose_directory_lies_about_sizes_is_refused() -> None:
    data = zipped({"a.png": bytes(300_000)}).getvalue()
    lying = data.replace((300_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lying != data
    upload_or_error: object
    try:
        upload_or_error = uploads.receive([("lies.zip", io.BytesIO(lying))]).refusals
    except uploads.UploadError as error:
        upload_or_error = error.detail
    assert "lies.zip" in str(upload_or_error)


@pytest.mark.parametrize("data", [b"PK\x03\x04 and no more", b"PK\x05\x06"])
def test_a_damaged_zip_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(uploads.UploadError, match=r"^broken\.zip is not a zip, or a damaged one"):
        uploads.receive([("broken.zip", io.BytesIO(data))])


def test_a_damaged_entry_is_refused_by_name() -> None:
    data = bytearray(zipped({"a.png": picture(px=200)}, zipfile.ZIP_STORED).getvalue())
    data[500] ^= 0xFF  # its checksum no longer fits
    with pytest.raises(uploads.UploadError, match="damaged"):
        uploads.receive([("faces.zip", io.BytesIO(bytes(data)))])


def test_a_locked_zip_is_refused() -> None:
    data = bytearray(zipped({"a.png": picture()}).getvalue())
    directory = data.index(b"PK\x01\x02")
    data[directory + 8] |= uploads.ENCRYPTED
    with pytest.raises(uploads.UploadError, match="locked with a password"):
        uploads.receive([("faces.zip", io.BytesIO(bytes(data)))])


def test_what_a_camera_wrote_into_a_picture_does_not_reach_participants() -> None:
    wide = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # held a quarter to the right
    exif.get_ifd(0x8825)[1] = "N"  # GPS: where it was taken
    buffer = io.BytesIO()
    wide.save(buffer, "JPEG", exif=exif, comment=b"my living room")
    (kept,) = uploads.receive([("photo.jpg", io.BytesIO(buffer.getvalue()))]).pictures
    with Image.open(io.BytesIO(kept.data)) as image:
        assert image.format == "JPEG" and image.size == (40, 60)
        assert not image.getexif() and not uploads.METADATA & image.info.keys()
    plain = picture(1)
    assert uploads.receive([("plain.png", io.BytesIO(plain))]).pictures[0].data == plain
