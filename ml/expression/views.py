"""What a network sees of a face: light and contrast taken out, a part of it, moved or mirrored. Without PyTorch."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ml.domain import FACE_PX, Pixels

Floats = npt.NDArray[np.float32]

LEAST_DEVIATION = 4.0  # grey levels: a blank picture stays blank


def standardise(faces: Pixels) -> Floats:
    """(B, 48, 48) uint8 → (B, 1, 48, 48), each face with mean 0 and deviation 1."""
    x = faces[:, None].astype(np.float32)
    mean, deviation = x.mean(axis=(1, 2, 3), keepdims=True), x.std(axis=(1, 2, 3), keepdims=True, ddof=1)
    return np.asarray((x - mean) / np.maximum(deviation, LEAST_DEVIATION))


def fixed_view(x: Floats, view_px: float, px: int, shift: tuple[float, float] = (0, 0), flip: bool = False) -> Floats:
    """The same view of every face, (B, 1, 48, 48) → (B, 1, px, px).

    What `ml.expression.augment.view` does, as two products: rows and columns are sampled each by themselves.

    Args:
        view_px: how much of the face it shows, in source pixels.
        shift: to the right and down, in source pixels.
        flip: mirrored.
    """
    columns, rows = sampler(view_px, px, shift[0], flip), sampler(view_px, px, shift[1], False)
    return np.asarray(rows @ x @ columns.T)


@lru_cache(maxsize=64)
def sampler(view_px: float, px: int, shift: float, flip: bool) -> Floats:
    """(px, 48): which two of a face's pixels each pixel of a view lies between, and how near; the edge goes on."""
    at = (np.arange(px) + 0.5) / px - 0.5  # −0.5 … 0.5 over the view
    source = np.clip(FACE_PX / 2 - 0.5 + (-at if flip else at) * view_px + shift, 0, FACE_PX - 1)
    distance = np.abs(source[:, None] - np.arange(FACE_PX))
    weights: Floats = np.maximum(1 - distance, 0).astype(np.float32)
    return weights
