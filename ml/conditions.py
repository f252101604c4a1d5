"""What about a frame makes its faces hard to read: the light, the distance, who is in it. Only the name of it is kept.

The numbers are of pictures darkened, brightened and shrunk, and of every tenth of FER2013's Training faces.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from ml.domain import Box, Face, Pixels

Condition = Literal["dark", "bright", "far", "no-face", "several"]
Light = npt.NDArray[np.float32]  # luma, 0–255

LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # of R, G and B: ITU-R BT.601, as in JPEG
FRAME_STEP_PX, FACE_STEP_PX = 8, 4  # one pixel in so many, each way: 4800 of a 640 × 480 frame

# The brightest twentieth of a face (teeth, the whites of the eyes, gloss) tells the light from the colour of the skin,
# which a mean would not. Faces were found down to 20; of FER2013's, 0.07 % lie below 50 and 0.2 % below 80.
GLOSS = 0.05
DARK_FACE, SHADED_FACE = 50, 80
CLIPPED = 250  # as good as white
# The part of a face that may be white: at 0.44 it was read rightly, at 0.62 wrongly; 0.14 % of FER2013's have more.
DAZZLED_FACE = 0.4
GLARING_FRAME = 0.25  # so much white around a shaded face is a window or a lamp behind it

# Without a face only the frame is left: nine tenths of it darker than a dark face, or half of it white.
DARK_FRAME, LIT_FRAME = 50, 0.1
DAZZLED_FRAME = 0.5

# Of the frame's longer side, a box's height. The smallest faces that are searched for have 0.083 of it: whoever is told
# at 0.11 has not been lost yet.
FAR = 0.11


def condition_of(frame: Pixels, faces: Sequence[Face]) -> Condition | None:
    """What to advise the person in front of the camera; of several things, the one that harms the reading most.

    Args:
        frame: (H, W, 3) uint8 RGB.
        faces: those found in it, the largest first.
    """
    if not faces:
        return condition_without_face(frame)
    box = faces[0].box
    if harsh := harsh_light(frame, box):
        return harsh
    if box[3] < FAR * max(frame.shape[:2]):
        return "far"
    return "several" if len(faces) > 1 else None


def harsh_light(frame: Pixels, box: Box) -> Condition | None:
    """Whether a face is too dark, or too bright, or in the shade of what glares behind it."""
    left, top = int(box[0]), int(box[1])
    right, bottom = int(np.ceil(box[0] + box[2])), int(np.ceil(box[1] + box[3]))
    face = luma(frame[top:bottom:FACE_STEP_PX, left:right:FACE_STEP_PX])
    if part_above(CLIPPED, face) > DAZZLED_FACE:
        return "bright"
    if part_above(SHADED_FACE, face) > GLOSS:
        return None
    if part_above(CLIPPED, luma(frame[::FRAME_STEP_PX, ::FRAME_STEP_PX])) > GLARING_FRAME:
        return "bright"
    return "dark" if part_above(DARK_FACE, face) < GLOSS else None


def condition_without_face(frame: Pixels) -> Condition:
    light = luma(frame[::FRAME_STEP_PX, ::FRAME_STEP_PX])
    if part_above(DARK_FRAME, light) < LIT_FRAME:
        return "dark"
    return "bright" if part_above(CLIPPED, light) > DAZZLED_FRAME else "no-face"


def luma(pixels: Pixels) -> Light:
    return np.asarray(pixels @ LUMA)


def part_above(level: int, light: Light) -> float:
    return np.count_nonzero(light >= level) / light.size
