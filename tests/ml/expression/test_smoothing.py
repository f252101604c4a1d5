"""The last second of a face."""

import pytest

from ml.expression.smoothing import SmoothedExpression
from tests.base import expression


def test_one_odd_frame_does_not_turn_the_reading() -> None:
    smoothed = SmoothedExpression()
    for i in range(4):
        smoothed.add(expression(happy=0.9), now_s=i * 0.2)
    assert smoothed.add(expression(sad=0.9), now_s=0.8).label == "happy"


def test_a_change_is_followed_within_a_second() -> None:
    smoothed = SmoothedExpression()
    smoothed.add(expression(happy=0.9), now_s=0.0)
    assert smoothed.add(expression(sad=0.9), now_s=1.1).as_dict()["sad"] == pytest.approx(0.9)


def test_a_face_that_left_is_forgotten() -> None:
    smoothed = SmoothedExpression()
    smoothed.add(expression(happy=0.9), now_s=0.0)
    assert smoothed.at(0.9) is not None
    assert smoothed.at(1.1) is None
