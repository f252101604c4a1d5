"""Where faces were seen, and what one camera's tracker remembers of that from frame to frame."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.boxes import Corners, Values


@dataclass(frozen=True)
class Sightings:
    """Where faces are: (N, 4) corners, (N, 5, 2) landmarks, both in frame pixels, and (N,) probabilities.

    Corners are left, top, right, bottom and may lie beyond the frame; landmarks are the eyes, the nose and the corners
    of the mouth, from left to right as the picture shows them, x and y each.
    """

    corners: Corners
    landmarks: Values
    probabilities: Values

    def __len__(self) -> int:
        return len(self.corners)

    def __getitem__(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> "Sightings":
        return Sightings(self.corners[which], self.landmarks[which], self.probabilities[which])

    def in_frame(self, origin_px: float, scale: float) -> "Sightings":
        """The same where (0, 0) is what was `origin_px` in both directions, and one pixel what was `scale` pixels."""
        return Sightings((self.corners - origin_px) / scale, (self.landmarks - origin_px) / scale, self.probabilities)


NOBODY = Sightings(np.empty((0, 4)), np.empty((0, 5, 2)), np.empty(0))


@dataclass(frozen=True)
class Track:
    """What a tracker knows of the frames before."""

    seen: Sightings = NOBODY
    frame_shape: tuple[int, ...] = ()
    n_followed: int = 0  # frames since the whole frame was searched


UNKNOWN = Track()
