"""How far each rater goes with the others: the picture that shows who heard something else."""

from dataclasses import dataclass

import numpy as np

from evaluation.analysis.basics import pearson
from evaluation.analysis.data import Floats, RatingTable


@dataclass(frozen=True)
class Rater:
    """One participant against the mean of everybody else who rated the same stimuli.

    Args:
        pearson: correlation of their scores with the others' means; None for fewer than three such stimuli or a
            constant side.
        difference: mean of their score less the others' mean, in scale points; None if they share no stimulus.
    """

    participant: str
    pearson: float | None
    difference: float | None


def raters(table: RatingTable) -> list[Rater]:
    """Every participant of the table, in its order."""
    others = others_means(table)
    lines = []
    for code, name in enumerate(table.participants):
        mine = (table.participant == code) & np.isfinite(others)
        own, their = table.score[mine], others[mine]
        lines.append(Rater(name, pearson(own, their), float((own - their).mean()) if own.size else None))
    return lines


def others_means(table: RatingTable) -> Floats:
    """(N,) for each rating the mean of all other ratings of its stimulus; NaN where there is no other."""
    n_stimuli = len(table.stimuli)
    n = np.bincount(table.stimulus, minlength=n_stimuli)[table.stimulus]
    total = np.bincount(table.stimulus, weights=table.score, minlength=n_stimuli)[table.stimulus]
    return np.where(n > 1, (total - table.score) / np.maximum(n - 1, 1), np.nan)
