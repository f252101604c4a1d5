"""How many ratings and pairs would be enough."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

from evaluation.analysis.basics import FEWEST_FOR_FISHER, TAIL, fisher_interval
from evaluation.analysis.data import RatingTable
from evaluation.analysis.tally import tally

HALF_WIDTHS = (1.0, 0.5, 0.25)  # scale points
ICC_TARGET = 0.9  # "excellent" (Koo & Li 2016, "A guideline of selecting and reporting intraclass correlations")
PLANNED_R = (0.5, 0.7, 0.9)  # correlations to plan for, beside the one seen
R_WIDTH = 0.1  # total width of the correlation's interval
MOST = 10_000_000  # beyond this an answer is no advice


@dataclass(frozen=True)
class SampleSize:
    """Advice from the raw ratings.

    Args:
        ratings_per_stimulus_now, ci_half_width_now: medians over stimuli.
        ratings_for_half_width: ratings per stimulus for a t-interval of ± so many points, at the pooled deviation.
        ratings_for_icc_target: ratings per stimulus for ICC(2,k) = icc_target, by Spearman and Brown's formula.
        pairs_for_correlation_ci: by correlation ("0.5", "0.7", "0.9", and "seen" for the study's own), how many
            pairs give a Fisher interval of total width 0.1.
    """

    ratings_per_stimulus_now: float | None
    ci_half_width_now: float | None
    ratings_for_half_width: dict[str, int | None]
    icc_target: float
    ratings_for_icc_target: int | None
    pairs_for_correlation_ci: dict[str, int | None]
    advice: tuple[str, str]


def smallest(enough: Callable[[int], bool], first: int) -> int | None:
    """The smallest n ≥ first that is enough, where every larger n is too; None beyond MOST."""
    high = first
    while not enough(high):
        high *= 2
        if high > MOST:
            return None
    low = max(first, high // 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return high


def ratings_for_half_width(sd: float | None, half_width: float) -> int | None:
    """The smallest n with t(n − 1) · sd / √n ≤ half_width."""
    if sd is None:
        return None
    return smallest(lambda n: scipy.stats.t.ppf(1.0 - TAIL, n - 1) * sd / math.sqrt(n) <= half_width, 2)


def ratings_for_icc(icc2_1: float | None, target: float = ICC_TARGET) -> int | None:
    """Spearman & Brown (1910): k = target / (1 − target) · (1 − ρ) / ρ."""
    if icc2_1 is None or icc2_1 <= 0.0:
        return None
    k = target / (1.0 - target) * (1.0 - icc2_1) / icc2_1
    return max(1, math.ceil(k - 1e-9)) if k <= MOST else None


def pairs_for_width(r: float | None, width: float = R_WIDTH) -> int | None:
    """The smallest number of pairs whose Fisher interval around r spans at most `width`."""
    if r is None or abs(r) == 1.0:
        return None

    def narrow(n: int) -> bool:
        ends = fisher_interval(r, n)
        return ends is not None and ends[1] - ends[0] <= width

    return smallest(narrow, FEWEST_FOR_FISHER)


def sample_size(table: RatingTable, icc2_1: float | None, r: float | None, target_ratings: int) -> SampleSize:
    """Work out the advice.

    Args:
        icc2_1: of a single rating, over all stimuli.
        r: image MOS with music MOS; None where there are no pairs.
        target_ratings: what the study aimed at, per stimulus.
    """
    sums = tally(table)
    halves = [(ci95[1] - ci95[0]) / 2.0 for ci95 in sums.intervals() if ci95]
    several = sums.n > 1
    freedom = float(np.sum(sums.n[several] - 1))
    # Each stimulus's variance counts by its degrees of freedom.
    sd = math.sqrt(float(np.sum((sums.n[several] - 1) * sums.sd[several] ** 2)) / freedom) if freedom else None
    now = float(np.median(sums.n)) if len(sums.n) else None
    for_width = {str(h): ratings_for_half_width(sd, h) for h in HALF_WIDTHS}
    for_icc = ratings_for_icc(icc2_1)
    pairs = {str(planned): pairs_for_width(planned) for planned in PLANNED_R} | {"seen": pairs_for_width(r)}
    return SampleSize(
        ratings_per_stimulus_now=now,
        ci_half_width_now=float(np.median(halves)) if halves else None,
        ratings_for_half_width=for_width,
        icc_target=ICC_TARGET,
        ratings_for_icc_target=for_icc,
        pairs_for_correlation_ci=pairs,
        advice=(ratings_advice(now, target_ratings, for_width["0.5"], for_icc), pairs_advice(r, pairs)),
    )


def ratings_advice(now: float | None, target: int, for_width: int | None, for_icc: int | None) -> str:
    if not now or for_width is None:
        return "There are too few ratings yet to say how many would be enough."
    aim = f" (target {target})" if target else ""
    width = f"about {for_width} would give each MOS a 95 % interval of ± 0.5 points"
    icc = f", and {for_icc} an ICC(2,k) of {ICC_TARGET:g}" if for_icc else ""
    return f"A stimulus has {now:g} ratings now{aim}; {width}{icc}."


def pairs_advice(r: float | None, pairs: dict[str, int | None]) -> str:
    interval = f"within a 95 % interval {R_WIDTH:g} wide in all"
    if r is None or pairs["seen"] is None:
        return f"To know a correlation of 0.9 {interval}, plan for {pairs['0.9']} pairs."
    return f"To know the correlation seen (r = {r:.2f}) {interval}, {pairs['seen']} pairs are needed."
