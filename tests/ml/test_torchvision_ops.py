"""The stand-in for torchvision's non-maximum suppression."""

import sys

import pytest
import torch

from ml import torchvision_ops
from ml.torchvision_ops import nms


def nms_by_hand(boxes: list[list[float]], scores: list[float], threshold: float) -> list[int]:
    """The definition, one pair of boxes at a time."""
    kept: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        if all(overlap(boxes[i], boxes[k]) <= threshold for k in kept):
            kept.append(i)
    return kept


def overlap(a: list[float], b: list[float]) -> float:
    """Intersection over union of two boxes."""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / union if union else 0.0


def random_boxes(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    corners = torch.rand(n, 2, generator=random) * 100
    return torch.cat([corners, corners + 1 + torch.rand(n, 2, generator=random) * 60], dim=1), torch.rand(
        n, generator=random
    )


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.7, 1.0])
@pytest.mark.parametrize("n", [0, 1, 2, 60])
def test_it_keeps_what_the_definition_keeps(n: int, threshold: float) -> None:
    boxes, scores = random_boxes(n, seed=n)
    kept = nms(boxes, scores, threshold)
    assert kept.dtype == torch.int64
    assert kept.tolist() == nms_by_hand(boxes.tolist(), scores.tolist(), threshold)


def test_boxes_without_area_suppress_nothing() -> None:
    boxes = torch.tensor([[5.0, 5, 5, 5], [5, 5, 5, 5], [0, 0, 10, 10]])
    assert nms(boxes, torch.tensor([0.9, 0.8, 0.7]), 0.5).tolist() == [0, 1, 2]


def test_torchvision_can_be_imported_and_agrees() -> None:
    torchvision_ops.ensure()
    torchvision_ops.ensure()  # a second call changes nothing
    from torchvision.ops import batched_nms

    boxes, scores = random_boxes(50, seed=1)
    groups = torch.arange(50) % 2
    kept = batched_nms(boxes, scores, groups, 0.4).tolist()
    by_group = [(groups == g).nonzero().flatten() for g in (0, 1)]
    expected = [i for own in by_group for i in own[nms(boxes[own], scores[own], 0.4)].tolist()]
    assert sorted(kept) == sorted(expected)


def test_working_operators_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    monkeypatch.setattr(torchvision_ops, "_library", None)
    monkeypatch.setattr(torchvision_ops, "operators_load", lambda: True)
    torchvision_ops.ensure()
    assert torchvision_ops._library is None
    assert "torchvision" not in sys.modules
