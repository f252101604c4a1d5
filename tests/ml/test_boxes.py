"""Arithmetic on boxes, and the suppression of those that overlap."""

import numpy as np
import pytest
import torch

from ml.boxes import any_overlap, best_of, moved, squares_around
from ml.torchvision_ops import nms


@pytest.mark.parametrize("overlap", [0.0, 0.3, 0.5, 0.7])
def test_the_best_boxes_stay(overlap: float) -> None:
    random = np.random.default_rng(0)
    starts = random.uniform(0, 100, (80, 2))
    corners = np.concatenate([starts, starts + random.uniform(1, 60, (80, 2))], axis=1)
    scores = random.uniform(size=80)
    others = nms(torch.from_numpy(corners), torch.from_numpy(scores), overlap)
    assert best_of(corners, scores, overlap).tolist() == others.tolist()


def test_a_box_within_another_goes() -> None:
    corners = np.array([[0.0, 0, 10, 10], [2, 2, 6, 6], [20, 0, 30, 10]])
    scores = np.array([0.9, 0.8, 0.95])
    assert best_of(corners, scores, 0.7).tolist() == [2, 0, 1]
    assert best_of(corners, scores, 0.7, of_smaller=True).tolist() == [2, 0]


def test_no_boxes_are_no_trouble() -> None:
    nothing = np.empty((0, 4))
    assert len(best_of(nothing, np.empty(0), 0.5)) == len(squares_around(nothing)) == 0
    assert not any_overlap(nothing, 0.5)


def test_a_square_goes_around_the_middle() -> None:
    assert squares_around(np.array([[10.0, 20, 30, 60]]), 1.1).tolist() == [pytest.approx([-2, 18, 42, 62])]


def test_offsets_are_in_widths_and_heights() -> None:
    assert moved(np.array([[0.0, 0, 10, 20]]), np.array([[0.1, 0.1, -0.1, 0.5]])).tolist() == [[1, 2, 9, 30]]


def test_boxes_on_the_same_face_are_noticed() -> None:
    apart = np.array([[0.0, 0, 10, 10], [8, 0, 18, 10]])
    assert not any_overlap(apart, 0.5)
    assert any_overlap(apart - [[0, 0, 0, 0], [6, 0, 6, 0]], 0.5)
