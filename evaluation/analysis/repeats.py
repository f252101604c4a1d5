"""How well participants agree with themselves on the stimuli they rated twice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.analysis.basics import SAME, pearson
from evaluation.analysis.data import Repeat
from evaluation.analysis.reliability import anova_components, icc


@dataclass(frozen=True)
class RepeatAgreement:
    """Over all repeats of all participants, screened or not.

    Args:
        within_one_point: share of repeats at most one point apart.
        icc: ICC(2,1) of first and second showing (absolute agreement).
    """

    n: int
    mean_absolute_difference: float
    within_one_point: float
    pearson: float | None
    icc: float | None


def repeat_agreement(repeats: Sequence[Repeat]) -> RepeatAgreement | None:
    if not repeats:
        return None
    scores = np.array([[repeat.first, repeat.second] for repeat in repeats])
    apart = np.abs(scores[:, 0] - scores[:, 1])
    found = anova_components(scores.T) if len(repeats) >= 3 else None
    return RepeatAgreement(
        n=len(repeats),
        mean_absolute_difference=float(apart.mean()),
        within_one_point=float(np.mean(apart <= 1.0 + SAME)),
        pearson=pearson(scores[:, 0], scores[:, 1]),
        icc=icc(stimulus=found[1], participant=found[0], residual=found[2]) if found else None,
    )
