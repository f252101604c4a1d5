"""Honest probabilities: temperature scaling (Guo et al. 2017, "On calibration of modern neural networks").

Label smoothing (Szegedy et al. 2016) teaches a network never to be surer than 0.91, which bends its probabilities
where no temperature can straighten them: where clear faces come out right, middling ones are too sure. So what was
mixed into the labels is first taken out of the probabilities.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

N_BINS = 15  # of confidence, equally wide, as in the paper
CANDIDATES = np.linspace(0.3, 3.0, 271)  # temperatures that are tried
LEAST = 1e-9  # probability
LABEL_SMOOTHING = 0.1  # that the networks are trained with
FLOOR = 0.002  # no expression is less likely before the temperature is applied


def unsmoothed(probabilities: Floats) -> Floats:
    """(…, 7) probabilities of networks trained with LABEL_SMOOTHING, without it."""
    uniform = 1 / probabilities.shape[-1]
    clear = np.maximum((probabilities - LABEL_SMOOTHING * uniform) / (1 - LABEL_SMOOTHING), FLOOR)
    return np.asarray(clear / clear.sum(axis=-1, keepdims=True))


def tempered(probabilities: Floats, temperature: float) -> Floats:
    """(…, 7) probabilities as they would be had the logits been divided by `temperature`."""
    scaled = np.log(np.maximum(probabilities, LEAST)) / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float64)


def best_temperature(probabilities: Floats, truth: Labels) -> float:
    """The temperature that gives `truth` the least negative log-likelihood.

    Args:
        probabilities: (N, 7), or (looks, N, 7) whose mean counts.
    """
    rows = np.arange(len(truth))
    looks = probabilities if probabilities.ndim == 3 else probabilities[None]
    losses = [-np.log(tempered(looks, t).mean(axis=0)[rows, truth]).mean() for t in CANDIDATES]
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
