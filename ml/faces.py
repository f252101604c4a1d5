"""Frame → faces: where they are (facenet-pytorch's MTCNN), each cut out as FER2013 frames a face.

The finder works in two steps, boxes and then crops, so that boxes may later come from a tracker instead.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image

from ml import torchvision_ops
from ml.domain import FACE_PX, Box, Face, Pixels

# Frames are scaled to this longest side for detection: from 640 px it takes two thirds of the time, misses no more.
LIVE_DETECTION_PX = 360
PHOTO_DETECTION_PX = 960  # photos may show a group, and are read once
SMALLEST_FACE_PX = 22  # in the scaled frame: 39 px of a 640-pixel frame, 37 px of a 1600-pixel photo
BORDER = 0.05  # grey border, as a part of the longest side: MTCNN overlooks faces that fill the frame
BORDER_GREY = 128

# MTCNN's own: the acceptance of its three networks, and the step of its scale pyramid (Zhang et al. 2016).
ACCEPT = (0.6, 0.7, 0.7)
PYRAMID_STEP = 0.709

# How FER2013 frames a face, from MTCNN's box: medians over 703 Training faces pasted at 90–400 px into photos.
FRAMING_SIDE = 1.085  # side of the square, over the mean of the box's width and height
FRAMING_RIGHT, FRAMING_DOWN = 0.005, -0.011  # its centre from the box's centre, in sides


class FaceFinder:
    """Finds the faces in a frame; holds no state between frames, so threads may share one.

    One thread of a pool per frame is faster than many threads within these small networks, so building a finder
    sets PyTorch to one thread per operation, for the whole process.

    Args:
        detection_px: the longest side of the frame as the detector sees it; more finds smaller faces, slower.
    """

    def __init__(self, detection_px: int = LIVE_DETECTION_PX) -> None:
        torch.set_num_threads(1)
        self.detection_px = detection_px
        self.detector = load_detector()

    def find(self, frame: Pixels) -> list[Face]:
        """Find every face.

        Args:
            frame: (H, W, 3) uint8 RGB.

        Returns:
            The faces, largest box first; boxes in pixels of `frame`.
        """
        return self.faces_at(frame, self.detect(frame))

    def faces_at(self, frame: Pixels, found: Sequence[tuple[tuple[float, ...], float]]) -> list[Face]:
        """Cut out the faces whose corners and confidence `detect`, or a tracker, gave; largest first."""
        height, width = frame.shape[:2]
        faces = []
        for corners, confidence in found:
            box = clipped(corners, width, height)
            if box is not None:
                faces.append(Face(cut(frame, *fer2013_square(corners)), box, confidence))
        return sorted(faces, key=lambda face: face.box[2] * face.box[3], reverse=True)

    def detect(self, frame: Pixels) -> list[tuple[tuple[float, ...], float]]:
        """Corners (x1, y1, x2, y2 in frame pixels, perhaps beyond its edges) and confidence of each face."""
        scaled, scale = scaled_down(frame, self.detection_px)
        border = round(BORDER * max(scaled.shape))
        bordered = np.pad(scaled, ((border, border), (border, border), (0, 0)), constant_values=BORDER_GREY)
        if min(bordered.shape[:2]) < SMALLEST_FACE_PX:  # no pyramid to search, and nothing to read
            return []
        corners, confidences = self.detector.detect(bordered)
        if corners is None:
            return []
        in_frame = (corners.astype(np.float64) - border) / scale
        return [(tuple(c), float(p)) for c, p in zip(in_frame.tolist(), confidences, strict=True)]


def load_detector() -> Any:
    """MTCNN with the weights in its wheel, set up to return every face."""
    torchvision_ops.ensure()
    from facenet_pytorch import MTCNN  # only now: it imports torchvision

    return MTCNN(keep_all=True, min_face_size=SMALLEST_FACE_PX, thresholds=list(ACCEPT), factor=PYRAMID_STEP)


def scaled_down(frame: Pixels, longest_px: int) -> tuple[Pixels, float]:
    """The frame with at most `longest_px` on its longest side, and its scale (1.0 or less)."""
    height, width = frame.shape[:2]
    scale = min(1.0, longest_px / max(height, width))
    if scale == 1.0:
        return frame, scale
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BOX)), scale


def clipped(corners: tuple[float, ...], width: int, height: int) -> Box | None:
    """The box within the frame, or None when nothing of it is."""
    left, right = (min(max(x, 0.0), float(width)) for x in corners[::2])
    top, bottom = (min(max(y, 0.0), float(height)) for y in corners[1::2])
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None


def fer2013_square(corners: tuple[float, ...]) -> tuple[float, float, float]:
    """Left, top and side of the square that FER2013 would have cut around a face that MTCNN boxes so."""
    x1, y1, x2, y2 = corners
    side = FRAMING_SIDE * ((x2 - x1) + (y2 - y1)) / 2
    return (x1 + x2 - side) / 2 + FRAMING_RIGHT * side, (y1 + y2 - side) / 2 + FRAMING_DOWN * side, side


def cut(frame: Pixels, left: float, top: float, side: float) -> Pixels:
    """A square of the frame as a (48, 48) grey picture, antialiased; beyond the edges the edge pixels go on."""
    return np.asarray(Image.fromarray(patch_of(frame, left, top, side, FACE_PX)).convert("L"))


def patch_of(frame: Pixels, left: float, top: float, side: float, px: int) -> Pixels:
    """A square of the frame as (px, px, 3), antialiased; beyond the edges the edge pixels go on."""
    x, y = math.floor(left), math.floor(top)
    n = math.ceil(side) + 2  # whole pixels that cover the square wherever it starts within the first
    rows = np.arange(y, y + n).clip(0, frame.shape[0] - 1)
    columns = np.arange(x, x + n).clip(0, frame.shape[1] - 1)
    patch = Image.fromarray(frame[rows[:, None], columns])
    square = (left - x, top - y, left - x + side, top - y + side)
    return np.asarray(patch.resize((px, px), Image.Resampling.HAMMING, box=square))
