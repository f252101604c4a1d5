"""Honest probabilities: temperature scaling (Guo et al. 2017, "On calibration of modern neural networks")."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

N_BINS = 15  # of confidence, equally wide, as in the paper
CANDIDATES = np.linspace(0.3, 3.0, 271)  # temperatures that are tried
LEAST = 1e-9  # probability


def tempered(probabilities: Floats, temperature: float) -> Floats:
    """(N, 7) probabilities as they would be had the logits been divided by `temperature`."""
    scaled = np.log(np.maximum(probabilities, LEAST)) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)


def best_temperature(probabilities: Floats, truth: Labels) -> float:
    """The temperature that gives `truth` the least negative log-likelihood."""
    rows = np.arange(len(truth))
    losses = [-np.log(tempered(probabilities, t)[rows, truth]).mean() for t in CANDIDATES]
    return float(CANDIDATES[int(np.argmin(losses))])


def cross_fitted(probabilities: Floats, truth: Labels) -> Floats:
    """Each half of the faces (every other one) at the temperature that suits the other half."""
    halves = np.arange(len(truth)) % 2
    result = np.empty_like(probabilities)
    for half in (0, 1):
        here = halves == half
        result[here] = tempered(probabilities[here], best_temperature(probabilities[~here], truth[~here]))
    return result


def expected_calibration_error(probabilities: Floats, truth: Labels) -> float:
    """Mean gap between confidence and accuracy over N_BINS bins of confidence, weighted by their counts."""
    confidence, hit = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    gaps = [abs(confidence[bins == b].sum() - hit[bins == b].sum()) for b in range(N_BINS)]
    return float(sum(gaps) / len(truth))
