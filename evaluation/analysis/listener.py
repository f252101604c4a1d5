"""The listener model's predicted MOS against what people heard."""

from dataclasses import dataclass

import numpy as np

from evaluation.analysis.basics import is_constant, pearson, spearman
from evaluation.analysis.data import RatingTable
from evaluation.analysis.tally import tally
from evaluation.design import MUSIC


@dataclass(frozen=True)
class Calibration:
    """The least-squares line: music MOS = intercept + slope × prediction."""

    slope: float
    intercept: float


@dataclass(frozen=True)
class ListenerModel:
    """Over the rated clips that have a prediction (raw MOS); bias is the mean of prediction less MOS."""

    n: int
    pearson: float | None
    spearman: float | None
    mean_absolute_error: float
    bias: float
    calibration: Calibration | None


def listener_model(table: RatingTable) -> ListenerModel | None:
    """Compare; None where no rated clip has a prediction."""
    sums = tally(table)
    rows = [(s.predicted_mos, sums.mean[i]) for i, s in enumerate(table.stimuli) if s.kind == MUSIC and sums.n[i]]
    both = np.array([(predicted, mos) for predicted, mos in rows if predicted is not None], dtype=np.float64)
    if not both.size:
        return None
    predicted, mos = both.T
    return ListenerModel(
        n=len(both),
        pearson=pearson(predicted, mos),
        spearman=spearman(predicted, mos),
        mean_absolute_error=float(np.abs(predicted - mos).mean()),
        bias=float((predicted - mos).mean()),
        calibration=None if is_constant(predicted) else Calibration(*line(predicted, mos)),
    )


def line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of the least-squares line."""
    dx = x - x.mean()
    slope = float(dx @ (y - y.mean()) / (dx @ dx))
    return slope, float(y.mean() - slope * x.mean())
