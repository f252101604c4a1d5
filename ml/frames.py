"""Encoded pictures → pixels: webcam frames and uploaded photos, each refused by name when it is not one.

Pillow reads everything; a frame as browsers send them goes the shorter way through simplejpeg, to the same pixels.
"""

import io
import struct
import warnings
import zlib

import numpy as np
import simplejpeg
from PIL import Image, ImageOps

from ml.domain import Pixels
from ml.errors import FrameError

# A webcam frame: what the page's camera sends over the websocket.
FRAME_MAX_BYTES = 256 * 1024
FRAME_MAX_PX = 1920
FRAME_FORMATS = ("JPEG",)

# An uploaded photo. It is scaled down while it is read: a face that fills a twentieth of it still has 80 px.
PHOTO_MAX_BYTES = 10 * 1024 * 1024
PHOTO_MAX_PX = 8000
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP")
PHOTO_READ_PX = 1600

# What Pillow raises for bytes that are no picture, or only the beginning of one.
BROKEN = (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error)

TURNING = {"exif", "xmp"}  # what in a picture's header may say that it lies on its side

# Pillow warns of large pictures and untidy EXIF; what matters of that is checked here, and raised by name.
warnings.filterwarnings("ignore", module=r"PIL\.")


def decode_frame(
    data: bytes,
    max_bytes: int = FRAME_MAX_BYTES,
    max_px: int = FRAME_MAX_PX,
    formats: tuple[str, ...] = FRAME_FORMATS,
) -> Pixels:
    """Decode one picture, upright as its EXIF orientation says.

    Args:
        data: the encoded picture.
        max_bytes: how long `data` may be.
        max_px: how wide and how high the picture may be.
        formats: which encodings are accepted, as Pillow names them.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        FrameError: "too-large" (bytes or pixels), or "bad-image" (no picture, cut short, no pixels).
    """
    picture = open_picture(data, max_bytes, max_px, formats)
    if is_plain_jpeg(picture):
        try:
            return plain_pixels(data)
        except ValueError:
            pass  # it is stricter than Pillow, which then also finds the words for what is wrong
    return to_pixels(picture)


def decode_photo(data: bytes) -> tuple[Pixels, float]:
    """Decode an uploaded photo, scaled down to at most `PHOTO_READ_PX`.

    Returns:
        (H, W, 3) uint8 RGB, and how many of the upright photo's pixels one of these spans (1.0 or more).

    Raises:
        FrameError: as `decode_frame`.
    """
    picture = open_picture(data, PHOTO_MAX_BYTES, PHOTO_MAX_PX, PHOTO_FORMATS)
    longest_px = max(picture.size)
    if longest_px <= PHOTO_READ_PX:
        return to_pixels(picture), 1.0
    shrink = PHOTO_READ_PX / longest_px
    size = (max(1, round(picture.width * shrink)), max(1, round(picture.height * shrink)))
    picture.draft(None, size)  # a JPEG is decoded at a half, a quarter or an eighth where that is enough
    return to_pixels(picture, size), longest_px / PHOTO_READ_PX


def open_picture(data: bytes, max_bytes: int, max_px: int, formats: tuple[str, ...]) -> Image.Image:
    """Read the header only, and check what it promises."""
    if len(data) > max_bytes:
        raise FrameError("too-large", f"the picture has {len(data)} bytes; at most {max_bytes} are accepted")
    try:
        picture = Image.open(io.BytesIO(data), formats=formats)
    except Image.DecompressionBombError as error:
        raise FrameError("too-large", f"the picture is wider or higher than {max_px} pixels ({error})") from error
    except BROKEN as error:
        kinds = ", ".join(formats)
        raise FrameError("bad-image", f"these {len(data)} bytes are not a picture ({kinds})") from error
    if min(picture.size) < 1:
        raise FrameError("bad-image", f"the picture has no pixels: {picture.width}×{picture.height}")
    if max(picture.size) > max_px:
        size = f"{picture.width}×{picture.height}"
        raise FrameError("too-large", f"the picture is {size} pixels; at most {max_px} a side are accepted")
    return picture


def is_plain_jpeg(picture: Image.Image) -> bool:
    """Whether a picture is a JPEG in RGB or grey that nothing says how to turn."""
    return picture.format == "JPEG" and picture.mode in ("RGB", "L") and not TURNING & picture.info.keys()


def plain_pixels(data: bytes) -> Pixels:
    """Decode a plain JPEG straight into an array: the same libjpeg-turbo without Pillow's copies, half the time.

    Decoding at half the size would save another fifth only, since most of the time goes into unpacking the bits.
    """
    return np.asarray(simplejpeg.decode_jpeg(data), dtype=np.uint8)


def to_pixels(picture: Image.Image, size: tuple[int, int] | None = None) -> Pixels:
    """Decode an opened picture, scale it to `size` (width, height) and turn it upright."""
    try:
        colour = in_colour(picture)
        if size is not None:
            colour = colour.resize(size, Image.Resampling.BOX)
        upright = ImageOps.exif_transpose(colour)
    except BROKEN as error:
        raise FrameError("bad-image", f"the picture is broken or cut short ({error})") from error
    return np.array(on_white(upright) if upright.mode == "RGBA" else upright, dtype=np.uint8)


def in_colour(picture: Image.Image) -> Image.Image:
    """RGB, or RGBA where parts of the picture may be transparent."""
    if picture.mode.startswith("I;16"):  # 16-bit grey, which Pillow would clip to white
        grey = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
        grey.info = picture.info
        return grey.convert("RGB")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def on_white(picture: Image.Image) -> Image.Image:
    """Transparent parts become white, as a page shows them."""
    page = Image.new("RGB", picture.size, "white")
    page.paste(picture, mask=picture)
    return page
