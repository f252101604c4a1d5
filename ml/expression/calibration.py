"""Honest probabilities: temperature scaling (Guo et al. 2017, "On calibration of modern neural networks").

Label smoothing (Szegedy et al. 2016) teaches a network never to be surer than 0.91, which bends its probabilities
where no temperature can straighten them: where clear faces come out right, middling ones are too sure. A teacher's
readings smooth the labels as well. So how much was mixed into them is fitted, beside the temperature, and taken out.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

N_BINS = 15  # of confidence, equally wide, as in the paper
LEAST = 1e-9  # probability
LABEL_SMOOTHING = 0.1  # that the networks are trained with
FLOOR = 0.005  # no expression is less likely before the temperature is applied
SMOOTHINGS, TEMPERATURES = (0.0, 0.6), (0.3, 3.0)  # among which the best is sought
STARTS = (0.1, 0.35)  # smoothings from which it is sought: FLOOR makes valleys


class Calibration(NamedTuple):
    """How what networks see becomes probabilities."""

    smoothing: float  # the part of a target that was shared among all expressions, taken out
    temperature: float  # divides the logits after that


UNCHANGED = Calibration(smoothing=0.0, temperature=1.0)


def calibrated(looks: Floats, calibration: Calibration) -> Floats:
    """(looks, N, 7) probabilities, each calibrated by itself → (N, 7), their mean."""
    clear = unsmoothed(looks, calibration.smoothing)
    return np.asarray(tempered(clear, calibration.temperature).mean(axis=0))


def unsmoothed(probabilities: Floats, smoothing: float) -> Floats:
    """(…, 7) probabilities of networks whose targets were smoothed, without it."""
    uniform = 1 / probabilities.shape[-1]
    clear = np.maximum((probabilities - smoothing * uniform) / (1 - smoothing), FLOOR)
    return np.asarray(clear / clear.sum(axis=-1, keepdims=True))


def tempered(probabilities: Floats, temperature: float) -> Floats:
    """(…, 7) probabilities as they would be had the logits been divided by `temperature`."""
    scaled = np.log(np.maximum(probabilities, LEAST)) / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float64)


def best_calibration(looks: Floats, truth: Labels) -> Calibration:
    """What gives `truth` the least negative log-likelihood, rounded as a card holds it; looks are (looks, N, 7)."""
    rows = np.arange(len(truth))

    def loss(candidate: Floats) -> float:
        return float(-np.log(calibrated(looks, Calibration(*candidate))[rows, truth]).mean())

    found = min(
        (minimize(loss, (start, 1.0), method="Nelder-Mead", bounds=(SMOOTHINGS, TEMPERATURES)) for start in STARTS),
        key=lambda attempt: attempt.fun,
    )
    return Calibration(*(round(float(value), 3) for value in found.x))


def cross_fitted(looks: Floats, truth: Labels) -> Floats:
    """(N, 7): each half of the faces (every other one) by the calibration that suits the other half."""
    halves = np.arange(len(truth)) % 2
    result = np.empty(looks.shape[1:])
    for half in (0, 1):
        here = halves == half
        result[here] = calibrated(looks[:, here], best_calibration(looks[:, ~here], truth[~here]))
    return result


def expected_calibration_error(probabilities: Floats, truth: Labels) -> float:
    """Mean gap between confidence and accuracy over N_BINS bins of confidence, weighted by their counts."""
    confidence, hit = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    gaps = [abs(confidence[bins == b].sum() - hit[bins == b].sum()) for b in range(N_BINS)]
    return float(sum(gaps) / len(truth))
