"""The square that FER2013 would have cut around a face, from where MTCNN sees its edges and five landmarks.

Least squares on Training faces pasted into photos at 90–400 px, each also mirrored; `python -m benchmarks.framing
FER2013` prints the constants anew. All lengths are in units of the box: the mean of its width and height, from its
middle. The landmarks tell little about the size that the box does not, but take a quarter off the error sideways: a
face that is turned away reaches further to one side of its box.
"""

import numpy as np
import numpy.typing as npt

from ml.boxes import Values
from ml.sightings import Sightings

# Weights of `upright_features`, for the square's side and for its middle below the box's.
SIDE = (1.159, 0.096, 0.397, 0.070, 0.037, -0.332, 0.017)
DOWN = (-0.037, 0.037, 0.004, 0.127, -0.008, 0.002, -0.024)
# Weights of `sideways_features`, for its middle right of the box's.
RIGHT = (0.161, 0.127, 0.073, 0.032, 0.034)

# The expression network reads a square that is a little too large worse than one that is a little too small: of the
# factors 0.85, 0.9, 0.95 and 1, Training faces read best at 0.9 and 0.95.
TIGHTER = 0.95

Squares = npt.NDArray[np.float64]  # (N, 3) left, top and side, in frame pixels


def fer2013_squares(seen: Sightings) -> Squares:
    """(N, 3) left, top and side in frame pixels: what FER2013 would have cut around each face, a little `TIGHTER`."""
    middles, units, points = in_units(seen)
    upright, sideways = upright_features(seen, units, points), sideways_features(points)
    sides = TIGHTER * units * (upright @ SIDE)
    right, down = sideways @ RIGHT, upright @ DOWN
    corners = middles + units[:, None] * np.stack([right, down], axis=1) - sides[:, None] / 2
    return np.concatenate([corners, sides[:, None]], axis=1)


def in_units(seen: Sightings) -> tuple[Values, Values, Values]:
    """The boxes' middles (N, 2) and units (N,) in pixels, and the landmarks (N, 5, 2) from those middles, in units."""
    middles = (seen.corners[:, :2] + seen.corners[:, 2:]) / 2
    units = (seen.corners[:, 2:] - seen.corners[:, :2]).mean(axis=1)
    return middles, units, (seen.landmarks - middles[:, None]) / units[:, None, None]


def upright_features(seen: Sightings, units: Values, points: Values) -> Values:
    """(N, 7): what a mirrored face has as well."""
    left_eye, right_eye, nose, left_mouth, right_mouth = points.transpose(1, 2, 0)  # x and y, of N faces each
    return np.stack(
        [
            np.ones(len(units)),
            (seen.corners[:, 2] - seen.corners[:, 0]) / units,
            (left_eye[1] + right_eye[1]) / 2,
            nose[1],
            (left_mouth[1] + right_mouth[1]) / 2,
            right_eye[0] - left_eye[0],
            right_mouth[0] - left_mouth[0],
        ],
        axis=1,
    )


def sideways_features(points: Values) -> Values:
    """(N, 5): what changes its sign in a mirrored face."""
    left_eye, right_eye, nose, left_mouth, right_mouth = points.transpose(1, 2, 0)
    return np.stack(
        [
            (left_eye[0] + right_eye[0]) / 2,
            nose[0],
            (left_mouth[0] + right_mouth[0]) / 2,
            right_eye[1] - left_eye[1],
            right_mouth[1] - left_mouth[1],
        ],
        axis=1,
    )
