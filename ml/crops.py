"""Squares of a frame as small pictures, antialiased, wherever in the frame or beyond its edges they lie."""

import math

import numpy as np
from PIL import Image

from ml.boxes import Corners
from ml.domain import Pixels


def scaled_down(frame: Pixels, longest_px: int) -> tuple[Pixels, float]:
    """The frame with at most `longest_px` on its longest side, and its scale (1.0 or less)."""
    height, width = frame.shape[:2]
    scale = min(1.0, longest_px / max(height, width))
    if scale == 1.0:
        return frame, scale
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BOX)), scale


def patch_of(frame: Pixels, left: float, top: float, side: float, px: int) -> Pixels:
    """A square of the frame as (px, px) or (px, px, 3), as the frame is; beyond its edges the edge pixels go on."""
    x, y = math.floor(left), math.floor(top)
    n = math.ceil(side) + 2  # whole pixels that cover the square wherever it starts within the first
    patch = Image.fromarray(whole_pixels(frame, x, y, n))
    square = (left - x, top - y, left - x + side, top - y + side)
    return np.asarray(patch.resize((px, px), Image.Resampling.HAMMING, box=square))


def whole_pixels(frame: Pixels, x: int, y: int, n: int) -> Pixels:
    """n × n pixels of the frame from (x, y) on."""
    height, width = frame.shape[:2]
    if x >= 0 and y >= 0 and x + n <= width and y + n <= height:
        return frame[y : y + n, x : x + n]
    rows, columns = (np.arange(start, start + n).clip(0, end - 1) for start, end in ((y, height), (x, width)))
    return np.asarray(frame[rows[:, None], columns])


def crops_within(picture: Image.Image, boxes: Corners, px: int) -> Pixels:
    """(N, px, px, 3): boxes that lie within a picture; many of them, so simply averaged."""
    crops = [np.asarray(picture.resize((px, px), Image.Resampling.BOX, box=tuple(box))) for box in boxes.tolist()]
    return np.stack(crops)
