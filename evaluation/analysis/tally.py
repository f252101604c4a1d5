"""Ratings counted and summed by participant and group, so that a bootstrap of raters is one matrix product."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy

from evaluation.analysis.basics import SAME, TAIL, Interval, interval, percentile_interval
from evaluation.analysis.data import Codes, Floats, RatingTable

DRAWS = 2000  # bootstrap draws: percentiles at 2.5 % then rest on 50 draws each side
BLOCK = 2_000_000  # weights held at a time: 16 MB


def resampled(n: int, seed: int, draws: int = DRAWS) -> Iterator[Floats]:
    """Blocks of (b, n) weights: how often each of n things is drawn when n are drawn with replacement.

    The same seed gives the same draws, however they fall into blocks.
    """
    rng = np.random.default_rng(seed)
    size = max(1, BLOCK // max(n, 1))
    for start in range(0, draws if n else 0, size):
        b = min(size, draws - start)
        drawn = rng.integers(0, n, size=(b, n)) + n * np.arange(b)[:, None]
        yield np.bincount(drawn.ravel(), minlength=b * n).reshape(b, n).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums of ratings.

    Args:
        count, total: (P, G) how many ratings each participant gave each group, and their sum.
        n, mean, sd: (G,) of all ratings of a group; NaN where n is 0 (sd: below 2).
    """

    count: Floats
    total: Floats
    n: Codes
    mean: Floats
    sd: Floats

    def intervals(self) -> list[Interval | None]:
        """Student's t-interval of each group's mean, not cut off at the scale's ends: its width stays honest."""
        with np.errstate(divide="ignore", invalid="ignore"):
            half = scipy.stats.t.ppf(1.0 - TAIL, self.n - 1.0) * self.sd / np.sqrt(self.n)
        return [interval(low, high) for low, high in zip(self.mean - half, self.mean + half, strict=True)]

    def draw_means(self, weights: Floats) -> Floats:
        """(b, G) group means when participants carry these (b, P) weights; NaN where nobody drawn rated a group."""
        with np.errstate(invalid="ignore"):
            return np.asarray((weights @ self.total) / (weights @ self.count), dtype=np.float64)

    def bootstrap_intervals(self, seed: int) -> list[Interval | None]:
        """Percentile intervals over draws of participants; None for a group with fewer than two ratings."""
        blocks = [self.draw_means(weights) for weights in resampled(len(self.count), seed)]
        if not blocks:
            return [None] * len(self.n)
        draws = np.concatenate(blocks)
        return [percentile_interval(draws[:, g]) if n >= 2 else None for g, n in enumerate(self.n)]


def tally(table: RatingTable, group: Codes | None = None, n_groups: int = 0) -> Tally:
    """Sum the ratings by participant and group.

    Args:
        group: (S,) each stimulus's group, −1 for none; without it every stimulus is its own group.
        n_groups: how many groups there are.
    """
    if group is None:
        group, n_groups = np.arange(len(table.stimuli)), len(table.stimuli)
    of_rating = group[table.stimulus]
    rows = of_rating >= 0
    g, score = of_rating[rows], table.score[rows]
    shape = (len(table.participants), n_groups)
    cell, size = table.participant[rows] * n_groups + g, shape[0] * shape[1]
    n = np.bincount(g, minlength=n_groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(g, score, n_groups) / n
        # Deviations from the mean, not sums of squares: equal scores then give a spread of (nearly) nothing.
        sd = np.sqrt(np.bincount(g, (score - mean[g]) ** 2, n_groups) / np.where(n > 1, n - 1, np.nan))
    return Tally(
        count=np.bincount(cell, minlength=size).reshape(shape).astype(np.float64),
        total=np.bincount(cell, score, size).reshape(shape).astype(np.float64),
        n=n,
        mean=mean,
        sd=np.where(sd < SAME, 0.0, sd),
    )
