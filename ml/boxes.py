"""Arithmetic on boxes: arrays of left, top, right and bottom, one box a row."""

from typing import Any

import numpy as np
import numpy.typing as npt

Corners = npt.NDArray[np.float64]  # (N, 4) left, top, right, bottom in pixels
Values = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.floating[Any]]


def squares_around(corners: Corners, scale: float = 1.0) -> Corners:
    """A square around the middle of each box, `scale` times its longer side."""
    centres = (corners[:, :2] + corners[:, 2:]) / 2
    halves = scale * (corners[:, 2:] - corners[:, :2]).max(axis=1, keepdims=True) / 2
    return np.concatenate([centres - halves, centres + halves], axis=1)


def moved(corners: Corners, offsets: Numbers) -> Corners:
    """Each box with its edges moved by `offsets` (N, 4), in its own widths and heights."""
    return np.asarray(corners + offsets * np.tile(corners[:, 2:] - corners[:, :2], 2))


def areas(corners: Corners) -> Values:
    return np.asarray((corners[..., 2:] - corners[..., :2]).prod(axis=-1))


def shared_areas(a: Corners, b: Corners) -> Values:
    """The area that boxes of `a` and `b` have in common; broadcasts."""
    edges = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    return np.asarray(edges.clip(min=0).prod(axis=-1))


def best_of(corners: Corners, scores: Numbers, overlap: float, of_smaller: bool = False) -> npt.NDArray[np.intp]:
    """Non-maximum suppression: which boxes stay when each drops all worse ones that overlap it too much.

    Args:
        scores: (N,) the higher the better; the first of equals wins.
        overlap: the most that may be shared, of the two boxes' union.
        of_smaller: or rather of the smaller of the two, so that a box within another goes as well.

    Returns:
        (K,) their indices, best first.
    """
    area = areas(corners)
    left, kept = np.argsort(-scores, kind="stable"), []
    while left.size:
        best, left = left[0], left[1:]
        kept.append(best)
        shared = shared_areas(corners[best], corners[left])
        whole = np.minimum(area[best], area[left]) if of_smaller else area[best] + area[left] - shared
        left = left[shared <= overlap * whole]  # compared without a division: boxes of no area overlap nothing
    return np.array(kept, dtype=np.intp)


def overlaps(a: Corners, b: Corners, overlap: float) -> npt.NDArray[np.bool_]:
    """(N, M): whether a box of `a` and one of `b` share more than `overlap` of their union."""
    shared = shared_areas(a[:, None], b[None])
    return np.asarray(shared > overlap * (areas(a)[:, None] + areas(b)[None] - shared))


def any_overlap(corners: Corners, overlap: float) -> bool:
    """Whether two of the boxes share more than `overlap` of their union."""
    return bool(np.triu(overlaps(corners, corners, overlap), k=1).any())
