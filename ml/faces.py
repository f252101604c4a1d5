"""Frame → faces: where they are (facenet-pytorch's MTCNN), each cut out as FER2013 frames a face.

The finder works in two steps, where and then what, so that the tracker may say where instead.
"""

import numpy as np
from PIL import Image

from ml.boxes import Corners
from ml.crops import patch_of, scaled_down
from ml.domain import FACE_PX, Box, Face, Pixels
from ml.framing import fer2013_squares
from ml.mtcnn import load_mtcnn
from ml.search import look, search
from ml.sightings import NOBODY, Sightings

# Frames are scaled to this longest side for detection: from 640 px it takes two thirds of the time, misses no more.
LIVE_DETECTION_PX = 360
PHOTO_DETECTION_PX = 960  # photos may show a group, and are read once
SMALLEST_FACE_PX = 30  # in the scaled frame: 53 px of a 640-pixel frame, 50 px of a 1600-pixel photo


class FaceFinder:
    """Finds the faces in a frame; holds no state between frames, so threads may share one.

    Args:
        detection_px: the longest side of the frame as the detector sees it; more finds smaller faces, slower.
    """

    def __init__(self, detection_px: int = LIVE_DETECTION_PX) -> None:
        self.detection_px = detection_px
        self.mtcnn = load_mtcnn()

    def find(self, frame: Pixels) -> list[Face]:
        """Find every face.

        Args:
            frame: (H, W, 3) uint8 RGB.

        Returns:
            The faces, largest box first; boxes in pixels of `frame`.
        """
        return self.faces_at(frame, self.detect(frame))

    def faces_at(self, frame: Pixels, seen: Sightings) -> list[Face]:
        """Cut out the faces that `detect`, or a tracker, saw; largest first."""
        height, width = frame.shape[:2]
        rows = zip(seen.corners.tolist(), fer2013_squares(seen).tolist(), seen.probabilities.tolist(), strict=True)
        faces = []
        for corners, square, probability in rows:
            box = clipped(tuple(corners), width, height)
            if box is not None:
                faces.append(Face(cut(frame, *square), box, probability))
        return sorted(faces, key=lambda face: face.box[2] * face.box[3], reverse=True)

    def detect(self, frame: Pixels) -> Sightings:
        """Search the whole frame, scaled down."""
        scaled, scale = scaled_down(frame, self.detection_px)
        return search(self.mtcnn, scaled, SMALLEST_FACE_PX).in_frame(0.0, scale)

    def look(self, frame: Pixels, squares: Corners) -> Sightings:
        """What there is in some squares of the frame, one sighting each, however little it looks like a face."""
        return look(self.mtcnn, frame, squares) if len(squares) else NOBODY


def clipped(corners: tuple[float, ...], width: int, height: int) -> Box | None:
    """The box within the frame, or None when nothing of it is."""
    left, right = (min(max(x, 0.0), float(width)) for x in corners[::2])
    top, bottom = (min(max(y, 0.0), float(height)) for y in corners[1::2])
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None


def cut(frame: Pixels, left: float, top: float, side: float) -> Pixels:
    """A square of the frame as a (48, 48) grey picture, antialiased; beyond the edges the edge pixels go on."""
    return np.asarray(Image.fromarray(patch_of(frame, left, top, side, FACE_PX)).convert("L"))
