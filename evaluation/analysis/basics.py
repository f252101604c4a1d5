"""Means, correlations and their intervals: the small statistics that every part of the analysis shares.

A figure that the data cannot give (a mean of nothing, a correlation with a constant) is None, never NaN.
"""

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist

import numpy as np
import scipy  # its parts come with their first use: scipy.stats takes a second, which no other page should wait for

from evaluation.analysis.data import Codes, Floats
from ml.domain import EXPRESSIONS

Interval = tuple[float, float]

CONFIDENCE = 0.95
TAIL = (1.0 - CONFIDENCE) / 2.0
NORMAL_QUANTILE = NormalDist().inv_cdf(1.0 - TAIL)  # 1.96
SAME = 1e-9  # scale points: values closer than this are rounding, not spread
FEWEST_FOR_R = 3  # with two points every correlation is ±1
FEWEST_FOR_FISHER = 4  # its standard error is 1/√(n − 3)


def number(x: float) -> float | None:
    """A plain float, or None for what is not finite."""
    return float(x) if math.isfinite(x) else None


def interval(low: float, high: float) -> Interval | None:
    """Two plain floats, or None if either is not finite."""
    return (float(low), float(high)) if math.isfinite(low) and math.isfinite(high) else None


def mean_interval(values: Floats) -> Interval | None:
    """Student's t-interval of a mean; None for fewer than two values."""
    if values.size < 2:
        return None
    half = scipy.stats.t.ppf(1.0 - TAIL, values.size - 1) * values.std(ddof=1) / math.sqrt(values.size)
    return interval(values.mean() - half, values.mean() + half)


def percentile_interval(draws: Floats) -> Interval | None:
    """The middle 95 % of bootstrap draws; draws in which the figure was undefined (NaN) are left out."""
    defined = draws[np.isfinite(draws)]
    if defined.size == 0:
        return None
    low, high = np.quantile(defined, [TAIL, 1.0 - TAIL])
    return interval(low, high)


def is_constant(x: Floats) -> bool:
    return x.size == 0 or float(np.ptp(x)) < SAME


def pearson(x: Floats, y: Floats) -> float | None:
    """Pearson's product-moment correlation; None for fewer than three points or a constant side."""
    if x.size < FEWEST_FOR_R or is_constant(x) or is_constant(y):
        return None
    dx, dy = x - x.mean(), y - y.mean()
    r = float(dx @ dy / math.sqrt(float(dx @ dx) * float(dy @ dy)))
    return min(1.0, max(-1.0, r))


def spearman(x: Floats, y: Floats) -> float | None:
    """Pearson's correlation of the ranks, ties sharing their mean rank."""
    return pearson(scipy.stats.rankdata(x), scipy.stats.rankdata(y))


def correlation_p_value(r: float | None, n: int) -> float | None:
    """Two-sided p of r = 0 from t = r √((n − 2)/(1 − r²)) with n − 2 degrees of freedom."""
    if r is None or n < FEWEST_FOR_R:
        return None
    if abs(r) == 1.0:
        return 0.0
    return float(2.0 * scipy.stats.t.sf(abs(r) * math.sqrt((n - 2) / (1.0 - r * r)), n - 2))


def fisher_interval(r: float | None, n: int) -> Interval | None:
    """Fisher's interval of a correlation: atanh r ± 1.96/√(n − 3), taken back through tanh.

    Args:
        n: pairs; for a correlation with q things held constant, n less q (Fisher 1924).

    Returns:
        None for fewer than four pairs, and for r = ±1, whose atanh is infinite.
    """
    if r is None or n < FEWEST_FOR_FISHER or abs(r) == 1.0:
        return None
    half = NORMAL_QUANTILE / math.sqrt(n - 3)
    return interval(math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half))


def codes_of(values: Sequence[str]) -> tuple[tuple[str, ...], Codes]:
    """Names in order of first appearance, and each value's index among them."""
    names = tuple(dict.fromkeys(values))
    index = {name: i for i, name in enumerate(names)}
    return names, np.array([index[value] for value in values], dtype=np.int64)


def in_usual_order(expressions: Iterable[str]) -> list[str]:
    """The different expressions among these in the order that every table has; other names after them, sorted."""
    present = set(expressions)
    return [name for name in EXPRESSIONS if name in present] + sorted(present - set(EXPRESSIONS))
