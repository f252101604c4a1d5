"""Does music sound as the face looks? Image MOS against music MOS, over pairs and within expressions."""

from dataclasses import dataclass

import numpy as np

from evaluation.analysis.basics import (
    FEWEST_FOR_R,
    Interval,
    correlation_p_value,
    fisher_interval,
    mean_interval,
    pearson,
    spearman,
)
from evaluation.analysis.crossed_bootstrap import crossed_bootstrap
from evaluation.analysis.data import Floats, RatingTable
from evaluation.analysis.pairs import PairPoint, Pairs, by_expression, complete_pairs, points


@dataclass(frozen=True)
class Within:
    """The correlation inside one expression, where clusters of different expressions cannot inflate it."""

    expression: str
    pairs: int
    pearson: float | None
    ci95: Interval | None


@dataclass(frozen=True)
class WithinPooled:
    """Both MOS centred in each expression, then correlated over all pairs of expressions that have two or more."""

    pearson: float
    ci95: Interval | None
    pairs: int


@dataclass(frozen=True)
class Difference:
    """Music MOS less image MOS; the interval is Student's over pairs."""

    expression: str
    pairs: int
    mean: float
    ci95: Interval | None


@dataclass(frozen=True)
class Correlation:
    """Image MOS against music MOS over the pairs rated on both sides.

    Args:
        ci95: Fisher's. bootstrap95: participants and pairs drawn together (crossed).
        p_value: two-sided, of no correlation, for Pearson's.
    """

    pearson: float | None
    ci95: Interval | None
    bootstrap95: Interval | None
    spearman: float | None
    p_value: float | None
    pairs: int
    within: tuple[Within, ...]
    within_pooled: WithinPooled | None
    difference: tuple[Difference, ...]


@dataclass(frozen=True)
class StudyCorrelation(Correlation):
    """The raw correlation with its points, and the screened one beside it."""

    points: tuple[PairPoint, ...]
    screened: Correlation | None


def correlate(pairs: Pairs, seed: int) -> Correlation | None:
    """Every figure about the pairs; None for fewer than three."""
    n, image, music = len(pairs), pairs.image.mean, pairs.music.mean
    if n < FEWEST_FOR_R:
        return None
    r = pearson(image, music)
    return Correlation(
        pearson=r,
        ci95=fisher_interval(r, n),
        bootstrap95=crossed_bootstrap(pairs, seed),
        spearman=spearman(image, music),
        p_value=correlation_p_value(r, n),
        pairs=n,
        within=tuple(within(name, image[rows], music[rows]) for name, rows in by_expression(pairs)),
        within_pooled=within_pooled(pairs),
        difference=differences(pairs),
    )


def within(expression: str, image: Floats, music: Floats) -> Within:
    r = pearson(image, music)
    return Within(expression, image.size, r, fisher_interval(r, image.size))


def within_pooled(pairs: Pairs) -> WithinPooled | None:
    """The partial correlation given expression: centring g groups costs g − 1 of Fisher's pairs."""
    groups = [rows for _, rows in by_expression(pairs) if rows.size >= 2]
    if not groups:
        return None
    image = np.concatenate([pairs.image.mean[rows] - pairs.image.mean[rows].mean() for rows in groups])
    music = np.concatenate([pairs.music.mean[rows] - pairs.music.mean[rows].mean() for rows in groups])
    n_left = image.size - (len(groups) - 1)
    r = pearson(image, music) if n_left >= FEWEST_FOR_R else None
    return None if r is None else WithinPooled(r, fisher_interval(r, n_left), image.size)


def differences(pairs: Pairs) -> tuple[Difference, ...]:
    """Music less image: over all pairs first, then by expression."""
    apart = pairs.music.mean - pairs.image.mean
    groups = [("all", np.arange(len(pairs))), *by_expression(pairs)]
    return tuple(
        Difference(name, rows.size, float(apart[rows].mean()), mean_interval(apart[rows])) for name, rows in groups
    )


def study_correlation(raw: RatingTable, screened: RatingTable, seed: int) -> StudyCorrelation | None:
    """The raw figures, the points of the scatter, and the screened figures."""
    pairs = complete_pairs(raw)
    found = correlate(pairs, seed)
    if found is None:
        return None
    after = found if screened is raw else correlate(complete_pairs(screened), seed)
    return StudyCorrelation(**vars(found), points=points(pairs), screened=after)
