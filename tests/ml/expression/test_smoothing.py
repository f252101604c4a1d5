"""The last second of a face."""

import numpy as np
import pytest

from ml.domain import Expression
from ml.expression.smoothing import SmoothedExpression
from tests.base import expression


def test_one_odd_frame_does_not_turn_the_reading() -> None:
    smoothed = SmoothedExpression()
    for i in range(4):
        smoothed.add(expression(happy=0.9), now_s=i * 0.2)
    assert smoothed.add(expression(sad=0.9), now_s=0.8).label == "happy"


@pytest.mark.parametrize("fps", [3, 5, 10, 20])
def test_a_change_is_followed_within_half_a_second(fps: int) -> None:
    smoothed = SmoothedExpression()
    for i in range(2 * fps):
        smoothed.add(expression(happy=0.8), now_s=i / fps)
    labels = {}
    for i in range(fps):
        labels[i / fps] = smoothed.add(expression(sad=0.8), now_s=2 + i / fps).label
    assert all(label == "sad" for late_s, label in labels.items() if late_s >= 0.34)


def test_a_noisy_face_is_shown_about_twice_as_calmly_as_it_is_read() -> None:
    random, smoothed = np.random.default_rng(0), SmoothedExpression()
    read = [Expression(tuple(random.dirichlet(np.full(7, 2.0)).tolist())) for _ in range(300)]
    shown = [smoothed.add(reading, now_s=i / 5) for i, reading in enumerate(read)]

    def flicker(readings: list[Expression]) -> float:
        return float(np.abs(np.diff([reading.probabilities for reading in readings], axis=0)).mean())

    assert flicker(shown[5:]) < 0.5 * flicker(read[5:])


def test_probabilities_still_sum_to_one() -> None:
    smoothed = SmoothedExpression()
    for i in range(5):
        last = smoothed.add(expression(happy=0.1 * i), now_s=0.2 * i)
    assert sum(last.probabilities) == pytest.approx(1.0)


def test_a_face_that_left_is_forgotten() -> None:
    smoothed = SmoothedExpression()
    smoothed.add(expression(happy=0.9), now_s=0.0)
    assert smoothed.at(0.9) is not None
    assert smoothed.at(1.1) is None
