"""How far raters agree: ICC(2,1), ICC(2,k) with intervals, and Krippendorff's alpha.

ICC: P. E. Shrout & J. L. Fleiss, "Intraclass correlations: uses in assessing rater reliability", Psychological
Bulletin 86 (1979): a stimulus's true spread over the spread of one rating (2,1) or of the mean of k (2,k), raters
drawn at random. Complete tables use their mean squares; tables with gaps the same variance components by REML,
which are the mean squares' wherever a table is complete and no component comes out negative.
"""

import math
from dataclasses import dataclass

import numpy as np
import scipy

from evaluation.analysis.basics import SAME, TAIL, Interval, interval, number
from evaluation.analysis.data import Codes, Floats, RatingTable
from evaluation.analysis.krippendorff import alpha_interval, krippendorff_alpha
from evaluation.analysis.reml import Factor, fit_reml
from evaluation.design import IMAGE, MUSIC


@dataclass(frozen=True)
class Components:
    """Variances of a rating, in squared scale points, and what they were estimated from.

    Args:
        k, per_participant: ratings per stimulus and per participant (harmonic means).
        participants, stimuli, ratings: how many there are.
    """

    participant: float
    stimulus: float
    residual: float
    k: float
    per_participant: float
    participants: int
    stimuli: int
    ratings: int


@dataclass(frozen=True)
class Agreement:
    """Reliability of one set of ratings; those never rated and those who rated nothing do not count.

    The ICC interval is F-based: Shrout & Fleiss's (McGraw & Wong 1996, case 2A) on a complete table; with gaps the
    same with the mean squares that the variance components imply. Alpha's is a bootstrap over stimuli.
    """

    n_participants: int
    n_stimuli: int
    ratings_per_stimulus: float | None
    icc2_1: float | None
    icc2_k: float | None
    k: float | None
    icc2_k_ci95: Interval | None
    krippendorff_alpha: float | None
    krippendorff_alpha_ci95: Interval | None


@dataclass(frozen=True)
class Reliability:
    """Agreement on the images, on the music, and on both together."""

    image: Agreement | None
    music: Agreement | None
    all: Agreement


def harmonic_mean(counts: Codes) -> float:
    return float(counts.size / np.sum(1.0 / counts))


def counted(codes: Codes) -> Codes:
    """How many ratings each code that occurs has."""
    return np.unique(codes, return_counts=True)[1].astype(np.int64)


def components(table: RatingTable) -> Components | None:
    """Variance components of the ratings; None where residual and participants cannot be told apart."""
    by_stimulus, by_participant, n = counted(table.stimulus), counted(table.participant), len(table)
    s, p = by_stimulus.size, by_participant.size
    if s < 2 or p < 2 or n - s - p + 1 < 1:
        return None
    if n == s * p:
        scores = table.matrix()
        rated = ~np.isnan(scores)
        found = anova_components(scores[rated.any(axis=1)][:, rated.any(axis=0)])
    else:
        found = reml_components(table)
    if found is None:
        return None
    participant, stimulus, residual = found
    return Components(
        participant, stimulus, residual, harmonic_mean(by_stimulus), harmonic_mean(by_participant), p, s, n
    )


def anova_components(scores: Floats) -> tuple[float, float, float] | None:
    """Participant, stimulus and residual variance of a complete (P, S) table, from its mean squares."""
    p, s = scores.shape
    grand, of_p, of_s = scores.mean(), scores.mean(axis=1), scores.mean(axis=0)
    left_over = scores - of_p[:, None] - of_s + grand
    ms_p = s * np.sum((of_p - grand) ** 2) / (p - 1)
    ms_s = p * np.sum((of_s - grand) ** 2) / (s - 1)
    ms_e = np.sum(left_over**2) / ((p - 1) * (s - 1))
    if np.ptp(scores) < SAME:
        return None
    return float((ms_p - ms_e) / s), float((ms_s - ms_e) / p), float(ms_e)


def reml_components(table: RatingTable) -> tuple[float, float, float] | None:
    factors = [Factor.of("participant", table.participant), Factor.of("stimulus", table.stimulus)]
    fit = fit_reml(table.score, np.ones((len(table), 1)), factors)
    return None if fit is None else (fit.variances["participant"], fit.variances["stimulus"], fit.residual)


def icc(stimulus: float, participant: float, residual: float, k: float = 1.0) -> float | None:
    """Share of true spread in the mean of k ratings by k participants."""
    whole = stimulus + (participant + residual) / k
    return number(stimulus / whole) if whole > SAME**2 else None


def icc_interval(c: Components) -> Interval | None:
    """F-based interval of ICC(2,k).

    Shrout & Fleiss's lower and upper limits come from one relation: the stimuli's mean square over
    F · (k σ²_s + V-part) with V = σ²_participant + σ²_residual, whose estimate has Satterthwaite's ν degrees of
    freedom. Written with variance components it also serves tables with gaps: k is then a harmonic mean, and the
    error's degrees of freedom are N − S − P + 1.
    """
    rho, noise = icc(c.stimulus, c.participant, c.residual), c.participant + c.residual
    if rho is None or rho >= 1.0 or noise <= SAME**2:
        return None
    ms_s, ms_p = c.residual + c.k * c.stimulus, c.residual + c.per_participant * c.participant
    odds = c.k * rho / (1.0 - rho)
    part_p, part_e = odds * ms_p / c.per_participant, (1.0 + odds * (1.0 - 1.0 / c.per_participant)) * c.residual
    spread = part_p**2 / (c.participants - 1) + part_e**2 / (c.ratings - c.stimuli - c.participants + 1)
    if spread <= SAME**4:
        return None
    nu, df = (part_p + part_e) ** 2 / spread, c.stimuli - 1
    low = ms_s / scipy.stats.f.ppf(1.0 - TAIL, df, nu)
    high = ms_s * scipy.stats.f.ppf(1.0 - TAIL, nu, df)
    return ordered(*(averaged((ms - c.residual) / noise) for ms in (low, high)))


def averaged(signal_to_noise: float) -> float:
    """k·R → ICC(2,k) = kR/(1 + kR), where R is true spread over V; NaN where the denominator is not positive."""
    return signal_to_noise / (1.0 + signal_to_noise) if signal_to_noise > -1.0 else math.nan


def ordered(low: float, high: float) -> Interval | None:
    return interval(low, high) if low <= high else None


def agreement(table: RatingTable, seed: int) -> Agreement:
    """Everything about one set of ratings."""
    by_stimulus = counted(table.stimulus)
    k = harmonic_mean(by_stimulus) if by_stimulus.size else None
    c = components(table)
    return Agreement(
        n_participants=counted(table.participant).size,
        n_stimuli=by_stimulus.size,
        ratings_per_stimulus=k,
        icc2_1=icc(c.stimulus, c.participant, c.residual) if c else None,
        icc2_k=icc(c.stimulus, c.participant, c.residual, c.k) if c else None,
        k=k,
        icc2_k_ci95=icc_interval(c) if c else None,
        krippendorff_alpha=krippendorff_alpha(table),
        krippendorff_alpha_ci95=alpha_interval(table, seed),
    )


def reliability(table: RatingTable, seed: int) -> Reliability:
    """Agreement by kind and over all; a kind without ratings has none."""
    both = agreement(table, seed)
    image, music = table.of_kind(IMAGE), table.of_kind(MUSIC)
    if not len(image) or not len(music):  # one kind only: it is all there is
        return Reliability(both if len(image) else None, both if len(music) else None, both)
    return Reliability(agreement(image, seed), agreement(music, seed), both)
