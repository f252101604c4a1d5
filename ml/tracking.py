"""Follow faces from frame to frame: the detector's last network looks again where each face was.

A full detection searches the whole frame at many sizes; between two frames of a webcam a face hardly moves, so the
square around the previous box is handed to MTCNN's O-Net alone (Zhang et al. 2016, section 3.1), which says whether
there still is a face and corrects the box. Lost faces, and the clock, bring the full detection back.
"""

import numpy as np

from ml.boxes import Values, any_overlap, areas, overlaps, shared_areas, squares_around
from ml.domain import Face, Pixels
from ml.faces import FaceFinder
from ml.mtcnn import ONET_PX as ONET_PX
from ml.sightings import UNKNOWN, Sightings, Track

LOOK_ANEW = 14  # frames after which the whole frame is searched again: at 5 a second, newcomers wait 3 s at most
STILL_A_FACE = 0.6  # O-Net's probability below which a face counts as lost; to find one takes more, or it would flicker
# The square that is looked at, over the previous box's longer side: of 228 Training faces in scenes that shake, 4 are
# lost within four frames, at 1.05 it is 20.
LOOKED_AT = 0.9
SAME_FACE = 0.5  # boxes that overlap more than this (intersection over union) are of one face
IN_THE_WAY = 0.3  # a followed box that shares more than this of the smaller area with a newly found one was wrong

# A box that moves less than a tenth of its side from frame to frame mostly trembles: so much of its move is believed.
FREE_MOVE = 0.1
STEADY = 0.3  # the least


class FaceTracker:
    """The faces of one camera; hand it the frames in order. One thread at a time.

    Args:
        finder: does the full detections; may be shared by any number of trackers.
        track: what an earlier tracker of the same camera knew; `self.track` is what this one knows.
    """

    def __init__(self, finder: FaceFinder, track: Track = UNKNOWN) -> None:
        self.finder, self.track = finder, track

    def find(self, frame: Pixels) -> list[Face]:
        """The same as `FaceFinder.find`, mostly without searching.

        Args:
            frame: (H, W, 3) uint8 RGB.
        """
        followed, n_followed = self.follow(frame), self.track.n_followed + 1
        if followed is None or n_followed > LOOK_ANEW:
            searched = self.finder.detect(frame)
            followed = searched if followed is None else with_newcomers(followed, searched)
            n_followed = 0
        self.track = Track(followed, frame.shape, n_followed)
        return self.finder.faces_at(frame, followed)

    def follow(self, frame: Pixels) -> Sightings | None:
        """Where the faces of the previous frame are now; None when one of them is not to be seen."""
        before = self.track.seen
        if not len(before) or frame.shape != self.track.frame_shape:
            return None
        seen = self.finder.look(frame, squares_around(before.corners, LOOKED_AT))
        if seen.probabilities.min() < STILL_A_FACE or any_overlap(seen.corners, SAME_FACE):
            return None
        return calmed(before, seen)


def calmed(before: Sightings, now: Sightings) -> Sightings:
    """The faces of `now`, held back where they have hardly moved since `before`; a face that moves is not."""
    sides = (now.corners[:, 2:] - now.corners[:, :2]).mean(axis=1)
    moves = np.abs(now.corners - before.corners).max(axis=1) / sides
    believed = (moves / FREE_MOVE).clip(STEADY, 1.0)
    return Sightings(
        between(before.corners, now.corners, believed),
        between(before.landmarks, now.landmarks, believed),
        now.probabilities,
    )


def between(before: Values, now: Values, part: Values) -> Values:
    """So much of the way from `before` to `now`, row by row."""
    return np.asarray(before + part.reshape(-1, *[1] * (now.ndim - 1)) * (now - before))


def with_newcomers(followed: Sightings, searched: Sightings) -> Sightings:
    """The followed faces, where they are followed to, and those that only the search sees.

    A followed box that half covers a newly found face has slid off it, and goes.
    """
    if not len(searched):
        return followed
    new = searched[np.flatnonzero(~overlaps(searched.corners, followed.corners, SAME_FACE).any(axis=1))]
    shared = shared_areas(followed.corners[:, None], new.corners[None])
    smaller = np.minimum(areas(followed.corners)[:, None], areas(new.corners)[None])
    stay = np.flatnonzero(~(shared > IN_THE_WAY * smaller).any(axis=1))
    return joined(followed[stay], new)


def joined(a: Sightings, b: Sightings) -> Sightings:
    return Sightings(
        np.concatenate([a.corners, b.corners]),
        np.concatenate([a.landmarks, b.landmarks]),
        np.concatenate([a.probabilities, b.probabilities]),
    )
