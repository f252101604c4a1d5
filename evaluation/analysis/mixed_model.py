"""The study's mixed model: what kind and expression do to a rating, participants and stimuli drawn at random."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from evaluation.analysis.basics import TAIL, Interval, codes_of, in_usual_order, interval
from evaluation.analysis.data import Floats, RatingTable
from evaluation.analysis.reliability import counted, harmonic_mean, icc
from evaluation.analysis.reml import Factor, Fit, fit_reml
from evaluation.design import IMAGE, MUSIC

REFERENCE = "neutral"  # the expression that the others are compared with, where the study has it
UNKNOWN = "unknown"  # stimuli without an expression in a study that has some
FEWEST_PAIRS = 5  # complete pairs, to tell a pair's share from its stimuli's
MOST_LEVELS = 400  # pairs beside the smaller factor: beyond this a pair's own effect would cost seconds

# From the richest model to the poorest: the first that the stimuli can carry is fitted.
FORMULAS: tuple[tuple[str, ...], ...] = (
    ("kind", "expression", "kind:expression"),
    ("kind", "expression"),
    ("kind",),
    ("expression",),
    (),
)


@dataclass(frozen=True)
class FixedEffect:
    """One fixed effect in scale points; z is estimate / se, interval and p are from Student's t with df."""

    term: str
    estimate: float
    se: float
    ci95: Interval | None
    z: float
    df: int
    p_value: float


@dataclass(frozen=True)
class Variances:
    """In squared scale points; `pair` is None where pairs have no effect of their own in the model."""

    participant: float
    stimulus: float
    pair: float | None
    residual: float


@dataclass(frozen=True)
class MixedModel:
    """The model fitted by REML to the raw ratings.

    The reference is an image of the first expression (neutral where the study has it). Every fixed effect differs
    between stimuli, not within them, so its t has (stimuli − fixed effects) degrees of freedom: Wald's normal
    interval would be too narrow for a study of few stimuli.

    Args:
        icc2_1, icc2_k: from these variances, a stimulus's true spread being stimulus + pair: agreement on what
            kind and expression do not already say. k is the harmonic mean of ratings per stimulus.
        seconds: what the fit took.
    """

    formula: str
    fixed: tuple[FixedEffect, ...]
    variances: Variances
    icc2_1: float | None
    icc2_k: float | None
    n_ratings: int
    converged: bool
    seconds: float


def mixed_model(table: RatingTable) -> MixedModel | None:
    """Fit the richest model that the ratings carry; None where they carry none."""
    started = time.perf_counter()
    n, by_stimulus = len(table), counted(table.stimulus)
    n_participants = counted(table.participant).size
    if by_stimulus.size < 2 or n_participants < 2 or n - by_stimulus.size - n_participants + 1 < 1:
        return None
    terms, columns, design = choose_design(table)
    factors = random_factors(table)
    fit = fit_reml(table.score, design[table.stimulus], factors)
    if fit is None:
        return None
    found = fit.variances
    variances = Variances(found["participant"], found["stimulus"], found.get("pair"), fit.residual)
    signal = variances.stimulus + (variances.pair or 0.0)
    k = harmonic_mean(by_stimulus)
    return MixedModel(
        formula=" + ".join(["score ~ 1", *terms, *(f"(1 | {factor.name})" for factor in factors)]),
        fixed=fixed_effects(fit, columns, by_stimulus.size - len(columns)),
        variances=variances,
        icc2_1=icc(signal, variances.participant, variances.residual),
        icc2_k=icc(signal, variances.participant, variances.residual, k),
        n_ratings=n,
        converged=fit.converged,
        seconds=time.perf_counter() - started,
    )


def choose_design(table: RatingTable) -> tuple[tuple[str, ...], list[str], Floats]:
    """The terms, the names of the columns and the (S, p) columns of the richest model of full rank.

    More rated stimuli than columns are asked for: else the columns would take the stimuli's own spread.
    """
    rated = np.unique(table.stimulus)
    for terms in FORMULAS:
        names, design = design_columns(table, terms)
        if names is not None and rated.size > len(names) == np.linalg.matrix_rank(design[rated]):
            return terms, names, design
    raise AssertionError("a constant alone always has full rank")


def design_columns(table: RatingTable, terms: Sequence[str]) -> tuple[list[str] | None, Floats]:
    """Treatment-coded columns for each stimulus; no names where a term has nothing to compare."""
    music = np.array([s.kind == MUSIC for s in table.stimuli], dtype=np.float64)
    shown = [s.expression or UNKNOWN for s in table.stimuli]
    levels = in_usual_order(shown)
    reference = REFERENCE if REFERENCE in levels else levels[0]
    expressions = {name: np.array([e == name for e in shown], dtype=np.float64) for name in levels if name != reference}
    columns = {"Intercept": np.ones(len(table.stimuli))}
    if "kind" in terms:
        columns[f"kind[{MUSIC}]"] = music
    if "expression" in terms:
        columns |= {f"expression[{name}]": column for name, column in expressions.items()}
    if "kind:expression" in terms:
        columns |= {f"kind[{MUSIC}]:expression[{name}]": music * column for name, column in expressions.items()}
    comparable = "expression" not in terms or bool(expressions)
    return list(columns) if comparable else None, np.column_stack(list(columns.values()))


def random_factors(table: RatingTable) -> list[Factor]:
    """Participants and stimuli, and pairs where enough of them have both sides."""
    factors = [Factor.of("participant", table.participant), Factor.of("stimulus", table.stimulus)]
    names, codes = codes_of([s.pair for s in table.stimuli])
    sides = [{table.stimuli[i].kind for i in np.unique(table.stimulus) if codes[i] == g} for g in range(len(names))]
    complete = sum(kinds == {IMAGE, MUSIC} for kinds, name in zip(sides, names, strict=True) if name)
    pair = Factor.of("pair", np.array([codes[i] if names[codes[i]] else -1 for i in table.stimulus], dtype=np.int64))
    if complete >= FEWEST_PAIRS and pair.n + min(factor.n for factor in factors) <= MOST_LEVELS:
        factors.append(pair)
    return factors


def fixed_effects(fit: Fit, names: Sequence[str], df: int) -> tuple[FixedEffect, ...]:
    quantile = scipy.stats.t.ppf(1.0 - TAIL, df)
    effects = []
    for name, estimate, se in zip(names, fit.beta.tolist(), np.sqrt(np.diag(fit.covariance)).tolist(), strict=True):
        z = estimate / se
        ci95 = interval(estimate - quantile * se, estimate + quantile * se)
        effects.append(FixedEffect(name, estimate, se, ci95, z, df, float(2.0 * scipy.stats.t.sf(abs(z), df))))
    return tuple(effects)
