"""Krippendorff's alpha for interval data, from sums rather than pairs.

K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011). With the interval metric (c − k)² the sum over
all ordered pairs of m values is 2 (m Σx² − (Σx)²), so disagreement needs one pass over the ratings.
"""

import numpy as np

from evaluation.analysis.basics import SAME, Interval, number, percentile_interval
from evaluation.analysis.data import Floats, RatingTable
from evaluation.analysis.tally import resampled
from evaluation.design import HIGHEST, LOWEST

MIDDLE = (LOWEST + HIGHEST) / 2.0  # scores are taken from here: smaller squares, less rounding


def unit_sums(table: RatingTable) -> Floats:
    """(4, U) for each stimulus with two ratings or more: m, Σx, Σx², and its disagreement Σ(x − x′)²/(m − 1)."""
    size, x = len(table.stimuli), table.score - MIDDLE
    m, s1, s2 = (np.bincount(table.stimulus, x**power, size) for power in (0, 1, 2))
    paired = m >= 2
    m, s1, s2 = m[paired], s1[paired], s2[paired]
    return np.stack([m, s1, s2, 2.0 * np.maximum(m * s2 - s1**2, 0.0) / (m - 1.0)])


def alpha_of(n: Floats, s1: Floats, s2: Floats, disagreement: Floats) -> Floats:
    """1 − observed / expected disagreement from sums over units (scalars or arrays); NaN where nothing varies."""
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = 2.0 * (n * s2 - s1**2) / (n * (n - 1.0))
        return np.where(expected > SAME**2, 1.0 - disagreement / n / expected, np.nan)


def krippendorff_alpha(table: RatingTable) -> float | None:
    """Alpha over the stimuli with two ratings or more; None when there are none, or all their ratings are equal."""
    sums = unit_sums(table).sum(axis=1)
    return number(float(alpha_of(*sums))) if sums[0] else None


def alpha_interval(table: RatingTable, seed: int) -> Interval | None:
    """Percentile bootstrap over units (stimuli); None for fewer than two units."""
    units = unit_sums(table)
    if units.shape[1] < 2:
        return None
    draws = [alpha_of(*(weights @ units.T).T) for weights in resampled(units.shape[1], seed)]
    return percentile_interval(np.concatenate(draws))
