"""Pictures in, pixels out; whatever is not a picture is refused by name."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from ml.domain import Pixels
from ml.errors import FrameError
from ml.frames import (
    FRAME_MAX_BYTES,
    FRAME_MAX_PX,
    PHOTO_MAX_PX,
    PHOTO_READ_PX,
    decode_frame,
    decode_photo,
    is_plain_jpeg,
    plain_pixels,
)
from tests.ml.pictures import QUARTER_TURN_RIGHT, encoded, portrait, scaled

# ml.frames silences Pillow; pytest turns its warnings on again.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")

PHOTO_KINDS = ("JPEG", "PNG", "WEBP")


def refusal_of_frame(data: bytes) -> FrameError:
    with pytest.raises(FrameError) as caught:
        decode_frame(data)
    return caught.value


def refusal_of_photo(data: bytes) -> FrameError:
    with pytest.raises(FrameError) as caught:
        decode_photo(data)
    return caught.value


def png_that_claims(width: int, height: int) -> bytes:
    """A tiny PNG whose header promises a picture of this size: a decompression bomb, or one without pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def mean_difference(a: Pixels, b: Pixels) -> float:
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


def test_a_frame_keeps_its_pixels() -> None:
    picture = portrait()
    decoded = decode_frame(encoded(picture))
    assert decoded.shape == (512, 512, 3) and decoded.dtype == np.uint8
    assert mean_difference(decoded, picture) < 6  # JPEG's own loss at Pillow's quality 75, of 255


def test_a_grey_jpeg_becomes_rgb() -> None:
    grey = portrait()[..., 1]
    decoded = decode_frame(encoded(grey))
    assert decoded.shape == (512, 512, 3)
    assert (decoded[..., 0] == decoded[..., 2]).all()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 30}, {"subsampling": 0}])
@pytest.mark.parametrize("grey", [False, True])
def test_the_short_way_gives_pillows_pixels(options: dict[str, int], grey: bool) -> None:
    file = io.BytesIO()
    Image.fromarray(portrait()[:301, :203]).convert("L" if grey else "RGB").save(file, "JPEG", **options)
    assert is_plain_jpeg(Image.open(file))
    assert (plain_pixels(file.getvalue()) == np.asarray(Image.open(file).convert("RGB"))).all()


def test_a_turned_frame_takes_the_long_way() -> None:
    upright = portrait()[:400]
    lying = encoded(np.rot90(upright), orientation=QUARTER_TURN_RIGHT)
    assert not is_plain_jpeg(Image.open(io.BytesIO(lying)))
    assert mean_difference(decode_frame(lying), upright) < 7


def test_a_frame_in_printers_colours_takes_the_long_way() -> None:
    file = io.BytesIO()
    Image.fromarray(portrait()).convert("CMYK").save(file, "JPEG")
    assert decode_frame(file.getvalue()).shape == (512, 512, 3)


def test_flipped_bytes_of_a_plain_frame_give_pixels_or_a_refusal() -> None:
    random = np.random.default_rng(0)
    file = io.BytesIO()
    Image.fromarray(portrait()[:64, :64]).save(file, "JPEG")
    for _ in range(300):
        data = np.frombuffer(file.getvalue(), dtype=np.uint8).copy()
        where = random.integers(0, len(data) if random.random() < 0.5 else 100, size=3)
        data[where] = random.integers(0, 256, size=3)
        try:
            decoded = decode_frame(data.tobytes())
        except FrameError as error:
            assert error.code in ("bad-image", "too-large")
        else:
            assert decoded.ndim == 3 and decoded.shape[2] == 3


@pytest.mark.parametrize("kind", PHOTO_KINDS)
def test_a_turned_camera_gives_an_upright_picture(kind: str) -> None:
    upright = portrait()[:400]  # (400, 512): the turn shows in the shape
    lying = np.rot90(upright)  # a quarter to the left
    decoded, scale = decode_photo(encoded(lying, kind, QUARTER_TURN_RIGHT))
    assert decoded.shape == upright.shape and scale == 1.0
    assert mean_difference(decoded, upright) < 7


@pytest.mark.parametrize("kind", PHOTO_KINDS)
def test_a_large_photo_is_read_smaller(kind: str) -> None:
    picture = scaled(portrait()[:256], 2000 / 512)  # 2000 × 1000
    decoded, scale = decode_photo(encoded(picture, kind))
    assert decoded.shape == (PHOTO_READ_PX // 2, PHOTO_READ_PX, 3)
    assert scale == 2000 / PHOTO_READ_PX
    assert mean_difference(decoded, scaled(picture, 1 / scale)) < 5


def test_a_narrow_photo_keeps_at_least_one_pixel() -> None:
    decoded, _ = decode_photo(encoded(np.zeros((1, 4000, 3), dtype=np.uint8), "PNG"))
    assert decoded.shape == (1, PHOTO_READ_PX, 3)


def test_transparent_parts_of_a_photo_become_white() -> None:
    picture = np.zeros((10, 10, 4), dtype=np.uint8)
    picture[:5, :, 3] = 255  # black above, nothing below
    decoded, _ = decode_photo(encoded(picture, "PNG"))
    assert (decoded[:5] == 0).all() and (decoded[5:] == 255).all()


def test_sixteen_bit_grey_keeps_its_shades() -> None:
    file = io.BytesIO()
    Image.fromarray(np.array([[0, 128 << 8, 255 << 8]], dtype=np.uint16)).save(file, "PNG")
    assert decode_photo(file.getvalue())[0][0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xd8\xff", bytes(5000), b'{"type": "compose"}'])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    assert refusal_of_frame(data).code == "bad-image"
    assert refusal_of_photo(data).code == "bad-image"


@pytest.mark.parametrize("kind", PHOTO_KINDS)
@pytest.mark.parametrize("part", [0.02, 0.5, 0.99])
def test_a_picture_cut_short_is_refused(kind: str, part: float) -> None:
    data = encoded(portrait(), kind)
    assert refusal_of_photo(data[: int(len(data) * part)]).code == "bad-image"


def test_a_jpeg_without_its_last_two_bytes_is_refused() -> None:
    assert refusal_of_frame(encoded(portrait())[:-2]).code == "bad-image"


def test_a_live_frame_is_a_jpeg() -> None:
    error = refusal_of_frame(encoded(portrait()[:64, :64], "PNG"))
    assert error.code == "bad-image" and "JPEG" in error.detail


def test_a_photo_is_jpeg_png_or_webp() -> None:
    assert refusal_of_photo(encoded(portrait()[:64, :64], "GIF")).code == "bad-image"


def test_a_frame_of_too_many_bytes_is_refused() -> None:
    error = refusal_of_frame(encoded(portrait()) + bytes(FRAME_MAX_BYTES))
    assert error.code == "too-large" and str(FRAME_MAX_BYTES) in error.detail


def test_a_frame_of_too_many_pixels_is_refused() -> None:
    error = refusal_of_frame(encoded(np.zeros((10, FRAME_MAX_PX + 1, 3), dtype=np.uint8)))
    assert error.code == "too-large" and f"{FRAME_MAX_PX + 1}×10" in error.detail


@pytest.mark.parametrize(("width", "height"), [(PHOTO_MAX_PX + 1, 10), (10, 20_000), (20_000, 5_000), (20_000, 20_000)])
def test_a_decompression_bomb_is_refused_by_its_header(width: int, height: int) -> None:
    error = refusal_of_photo(png_that_claims(width, height))
    assert error.code == "too-large" and str(PHOTO_MAX_PX) in error.detail


@pytest.mark.parametrize(("width", "height"), [(0, 10), (10, 0), (0, 0)])
def test_a_picture_without_pixels_is_refused(width: int, height: int) -> None:
    assert refusal_of_photo(png_that_claims(width, height)).code == "bad-image"


def test_a_jpeg_without_pixels_is_refused() -> None:
    data = encoded(portrait())
    start = data.index(b"\xff\xc0") + 5  # the frame header's height and width
    assert refusal_of_frame(data[:start] + bytes(4) + data[start + 4 :]).code == "bad-image"


@pytest.mark.parametrize("kind", PHOTO_KINDS)
def test_flipped_bytes_give_pixels_or_a_refusal_and_nothing_else(kind: str) -> None:
    random = np.random.default_rng(0)
    good = np.frombuffer(encoded(portrait()[:64, :64], kind, QUARTER_TURN_RIGHT), dtype=np.uint8)
    for _ in range(200):
        data = good.copy()
        where = random.integers(0, len(data) if random.random() < 0.5 else 100, size=5)
        data[where] = random.integers(0, 256, size=5)
        try:
            decoded, _ = decode_photo(data.tobytes())
        except FrameError as error:
            assert error.code in ("bad-image", "too-large")
        else:
            assert decoded.ndim == 3


def test_a_huge_jpeg_is_decoded_at_a_part_of_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    convert = Image.Image.convert

    def noting_the_size(picture: Image.Image, mode: str) -> Image.Image:
        sizes.append(picture.size)
        return convert(picture, mode)

    monkeypatch.setattr(Image.Image, "convert", noting_the_size)
    decode_photo(encoded(scaled(portrait()[:64], 8)))  # 4096 × 512
    assert sizes == [(2048, 256)]
