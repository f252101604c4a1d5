"""A face that changes: it smiles for a while, then its mouth is upside down, which the networks read as fear.

A square in the corner of the picture tells the page which of the two the camera is showing.
"""

import io
import math
from pathlib import Path

from PIL import Image, ImageOps

from tests.browser import fake_camera

FPS = 30  # Chromium plays so many a second
EACH_S = 11.0  # for so long each face stays: not a multiple of a phrase, so that changes fall anywhere
JPEG_QUALITY = 80
SECONDS_A_LOOP = 2
MARK_PX = 48  # in the upper left corner: white while the face smiles, else black
VIEW_PX = (310.0, 232.5)  # the part of the picture that the camera sees
MOUTH = (190, 138, 258, 178)  # in the astronaut's picture


def turned() -> Image.Image:
    """The astronaut with her mouth upside down."""
    picture = fake_camera.astronaut().copy()
    picture.paste(ImageOps.flip(picture.crop(MOUTH)), MOUTH[:2])
    return picture


def frames(face: Image.Image, mark: int) -> list[bytes]:
    """A loop in which the head sways a little."""
    pictures = []
    for i in range(SECONDS_A_LOOP * FPS):
        sway_px = fake_camera.SWAY_PX * math.sin(2 * math.pi * i / (SECONDS_A_LOOP * FPS))
        left, top = fake_camera.FACE_CENTRE[0] + sway_px - VIEW_PX[0] / 2, 0.0
        box = (left, top, left + VIEW_PX[0], top + VIEW_PX[1])
        frame = face.resize(fake_camera.FRAME_PX, Image.Resampling.BILINEAR, box)
        frame.paste((mark, mark, mark), (0, 0, MARK_PX, MARK_PX))
        pictures.append(encoded(frame))
    return pictures


def encoded(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def write(path: Path) -> Path:
    """The film for Chromium's fake camera: JPEGs back to back, which it repeats."""
    n = round(EACH_S * FPS)
    parts = [frames(fake_camera.astronaut(), 255), frames(turned(), 0)]
    path.write_bytes(b"".join(loop[i % len(loop)] for loop in parts for i in range(n)))
    return path
