"""Real pictures for tests: a public-domain portrait (Eileen Collins by NASA, from scikit-image) and such."""

import io
from functools import cache

import numpy as np
from PIL import Image
from skimage import data

from ml.domain import Pixels
from ml.faces import FaceFinder

ORIENTATION = 0x0112  # EXIF's tag for how the camera was held
QUARTER_TURN_RIGHT = 6  # its value for "turn a quarter to the right to see it upright"


@cache
def finder() -> FaceFinder:
    return FaceFinder()


def portrait() -> Pixels:
    """(512, 512, 3): one face, looking at us and smiling."""
    return np.asarray(data.astronaut(), dtype=np.uint8)


def landscape() -> Pixels:
    """(400, 600, 3): a cup of coffee; nobody."""
    return np.asarray(data.coffee(), dtype=np.uint8)


def scaled(pixels: Pixels, scale: float) -> Pixels:
    height, width = pixels.shape[:2]
    return np.asarray(Image.fromarray(pixels).resize((round(width * scale), round(height * scale))))


def encoded(pixels: Pixels, kind: str = "JPEG", orientation: int = 1) -> bytes:
    """The picture as a file."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, exif=exif)
    return file.getvalue()
