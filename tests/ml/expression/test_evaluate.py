"""The measures against hand-worked examples."""

import numpy as np
import pytest

from ml.expression.calibration import (
    FLOOR,
    UNCHANGED,
    Floats,
    best_calibration,
    calibrated,
    cross_fitted,
    expected_calibration_error,
    tempered,
    unsmoothed,
)
from ml.expression.evaluate import measures, seen_in


def one_hot(predicted: list[int], confidence: float = 1.0) -> Floats:
    """(N, 7) probabilities: `confidence` on the predicted label, the rest shared."""
    probabilities = np.full((len(predicted), 7), (1 - confidence) / 6)
    probabilities[np.arange(len(predicted)), predicted] = confidence
    return probabilities


def test_accuracy_f1_and_confusion_of_a_worked_example() -> None:
    truth = np.array([0, 0, 1, 2, 3, 4, 5, 6])
    result = measures(one_hot([0, 1, 1, 2, 3, 4, 5, 5]), truth)
    assert result["accuracy"] == 6 / 8
    assert result["recall"] == {
        "angry": 0.5, "disgust": 1.0, "fear": 1.0, "happy": 1.0, "sad": 1.0, "surprise": 1.0, "neutral": 0.0
    }  # fmt: skip
    # F1: angry 2/3, disgust 2/3, fear, happy and sad 1, surprise 2/3, neutral 0
    assert result["macro_f1"] == pytest.approx((2 / 3 * 3 + 3) / 7, abs=1e-5)
    assert result["confusion"][0] == [1, 1, 0, 0, 0, 0, 0]
    assert result["confusion"][6] == [0, 0, 0, 0, 0, 1, 0]
    assert result["n"] == np.sum(result["confusion"]) == 8


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    truth = np.array([0] * 10)
    three_wrong = [0] * 7 + [1] * 3
    assert expected_calibration_error(one_hot(three_wrong, 0.7), truth) == pytest.approx(0.0)
    assert expected_calibration_error(one_hot(three_wrong, 0.9), truth) == pytest.approx(0.2)


def test_the_same_picture_is_recognised_under_other_light() -> None:
    random = np.random.default_rng(0)
    known, new = random.integers(0, 200, (2, 5, 48, 48), dtype=np.uint8)
    brighter = (known[2:3] * 0.9 + 20).astype(np.uint8)
    assert seen_in(np.concatenate([new, brighter]), known).tolist() == [False] * 5 + [True]


def test_label_smoothing_is_taken_out_again() -> None:
    honest = np.random.default_rng(0).dirichlet(np.full(7, 0.6), 500)
    smoothed = 0.7 * honest + 0.3 / 7
    found = unsmoothed(smoothed, 0.3)
    assert np.abs(found - honest).max() < 7 * FLOOR and found.sum(axis=1) == pytest.approx(1.0)
    assert unsmoothed(np.eye(7), 0.1).min() > 0.0


def test_cross_fitting_makes_overconfident_probabilities_honest() -> None:
    random = np.random.default_rng(0)
    honest = tempered(random.dirichlet(np.full(7, 1.5), 8000), 1.0)
    truth = np.array([random.choice(7, p=row / row.sum()) for row in honest])
    boastful = tempered(honest, 0.5)
    looks = (0.7 * boastful + 0.3 / 7)[None]  # as a network says it whose targets were smoothed
    found = best_calibration(looks, truth)
    assert found.smoothing == pytest.approx(0.3, abs=0.05)
    assert found.temperature == pytest.approx(2.0, abs=0.3)
    error = expected_calibration_error(honest, truth)  # of so many draws
    assert expected_calibration_error(calibrated(looks, UNCHANGED), truth) > 3 * error
    assert expected_calibration_error(cross_fitted(looks, truth), truth) < 1.5 * error
    assert (cross_fitted(looks, truth).argmax(axis=1) == boastful.argmax(axis=1)).all()
