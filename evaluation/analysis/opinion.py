"""Mean opinion scores: per stimulus, raw and screened, and per expression."""

from dataclasses import dataclass

import numpy as np

from evaluation.analysis.basics import Interval, in_usual_order, mean_interval, number
from evaluation.analysis.data import RatingTable
from evaluation.analysis.tally import Tally, tally
from evaluation.design import HIGHEST, IMAGE, MUSIC


@dataclass(frozen=True)
class Opinion:
    """One stimulus's MOS: Student's t-interval, not cut off at the scale's ends, and the bootstrap over raters."""

    n: int
    mos: float | None
    ci95: Interval | None
    bootstrap95: Interval | None


@dataclass(frozen=True)
class StimulusOpinion:
    """One stimulus's line in the report; `mos` and what follows it are raw, `counts` are of scores rounded to 0–10."""

    stimulus: str
    kind: str
    pair: str
    expression: str
    n: int
    mos: float | None
    sd: float | None
    ci95: Interval | None
    bootstrap95: Interval | None
    screened: Opinion
    predicted_mos: float | None
    counts: tuple[int, ...]


@dataclass(frozen=True)
class ExpressionOpinion:
    """The stimuli of one expression and kind: the mean of their MOS, and its t-interval over stimuli."""

    expression: str
    kind: str
    stimuli: int
    ratings: int
    mos: float | None
    ci95: Interval | None


def opinions(table: RatingTable, seed: int) -> list[Opinion]:
    """Each stimulus's MOS and its two intervals."""
    sums = tally(table)
    return [
        Opinion(int(n), number(mos), ci95, bootstrap95)
        for n, mos, ci95, bootstrap95 in zip(
            sums.n, sums.mean, sums.intervals(), sums.bootstrap_intervals(seed), strict=True
        )
    ]


def score_counts(table: RatingTable) -> list[tuple[int, ...]]:
    """How often each stimulus got 0, 1, … 10, halves rounded up."""
    n_scores = int(HIGHEST) + 1
    cell = table.stimulus * n_scores + np.floor(table.score + 0.5).astype(np.int64)
    counts = np.bincount(cell, minlength=len(table.stimuli) * n_scores).reshape(-1, n_scores)
    return [tuple(row) for row in counts.tolist()]


def stimulus_opinions(raw: RatingTable, screened: RatingTable, seed: int) -> tuple[StimulusOpinion, ...]:
    """Every stimulus, raw and screened side by side."""
    before, after = opinions(raw, seed), opinions(screened, seed)
    deviations, counts = tally(raw).sd, score_counts(raw)
    return tuple(
        StimulusOpinion(
            stimulus=s.label,
            kind=s.kind,
            pair=s.pair,
            expression=s.expression,
            n=before[i].n,
            mos=before[i].mos,
            sd=number(deviations[i]),
            ci95=before[i].ci95,
            bootstrap95=before[i].bootstrap95,
            screened=after[i],
            predicted_mos=s.predicted_mos,
            counts=counts[i],
        )
        for i, s in enumerate(raw.stimuli)
    )


def expression_opinions(table: RatingTable) -> tuple[ExpressionOpinion, ...]:
    """Mean MOS by expression and kind, images first; empty where no stimulus has an expression."""
    sums = tally(table)
    present = {(s.expression, s.kind) for s in table.stimuli}
    cells = [(e, kind) for e in in_usual_order(e for e, _ in present if e) for kind in (IMAGE, MUSIC)]
    return tuple(expression_opinion(table, sums, e, kind) for e, kind in cells if (e, kind) in present)


def expression_opinion(table: RatingTable, sums: Tally, expression: str, kind: str) -> ExpressionOpinion:
    members = np.array([s.expression == expression and s.kind == kind for s in table.stimuli])
    mos = sums.mean[members & (sums.n > 0)]
    return ExpressionOpinion(
        expression=expression,
        kind=kind,
        stimuli=int(members.sum()),
        ratings=int(sums.n[members].sum()),
        mos=float(mos.mean()) if mos.size else None,
        ci95=mean_interval(mos),
    )
