"""The correlation's interval when both participants and pairs are drawn anew."""

import numpy as np

from evaluation.analysis.basics import SAME, Interval, percentile_interval
from evaluation.analysis.data import Floats
from evaluation.analysis.pairs import Pairs
from evaluation.analysis.tally import resampled


def crossed_bootstrap(pairs: Pairs, seed: int) -> Interval | None:
    """Percentile interval of Pearson's r when participants and pairs are both drawn with replacement.

    Each draw of participants gives both MOS of every pair anew, each draw of pairs says how often a pair counts
    (Owen 2007, "The pigeonhole bootstrap"). A pair that none of the drawn participants rated on both sides drops
    out of that draw.
    """
    rng = np.random.default_rng([seed, len(pairs)])
    draws = []
    for weights in resampled(len(pairs.image.count), seed):
        image, music = pairs.image.draw_means(weights), pairs.music.draw_means(weights)
        times = rng.multinomial(len(pairs), np.full(len(pairs), 1.0 / len(pairs)), size=len(weights))
        draws.append(weighted_pearson(image, music, times.astype(np.float64)))
    return percentile_interval(np.concatenate(draws)) if draws else None


def weighted_pearson(x: Floats, y: Floats, weight: Floats) -> Floats:
    """(b,) correlations along the rows of (b, K) values; undefined values weigh nothing, undefined results are NaN."""
    weight = np.where(np.isfinite(x) & np.isfinite(y), weight, 0.0)
    x, y = np.where(weight > 0, x, 0.0), np.where(weight > 0, y, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = weight.sum(axis=1, keepdims=True)
        dx = x - (weight * x).sum(axis=1, keepdims=True) / total
        dy = y - (weight * y).sum(axis=1, keepdims=True) / total
        sxx, syy, sxy = ((weight * a * b).sum(axis=1) for a, b in ((dx, dx), (dy, dy), (dx, dy)))
        r = sxy / np.sqrt(sxx * syy)
    return np.where((sxx > SAME**2) & (syy > SAME**2), r, np.nan)
