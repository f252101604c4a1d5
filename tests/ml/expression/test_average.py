"""A network and its warm restart become one."""

import copy
import dataclasses

import numpy as np
import pytest
import torch

from ml.domain import FACE_PX
from ml.errors import CheckpointError
from ml.expression.average import averaged, take_statistics
from ml.expression.data import FaceSet
from ml.expression.model import ExpressionCNN, ExpressionConfig, centre_logits

CONFIG = ExpressionConfig(stem=8, widths=(8, 8, 8), depths=(1, 1, 1))


@pytest.fixture
def faces() -> FaceSet:
    grey = np.random.default_rng(0).integers(0, 256, (40, FACE_PX, FACE_PX), dtype=np.uint8)
    return FaceSet(grey, np.zeros(40, dtype=np.int64))


def network(seed: int, config: ExpressionConfig = CONFIG) -> ExpressionCNN:
    torch.manual_seed(seed)
    return ExpressionCNN(config)


def logits(model: ExpressionCNN, faces: FaceSet) -> torch.Tensor:
    return centre_logits(model, faces.faces)


def test_the_mean_of_a_network_with_itself_is_that_network(faces: FaceSet) -> None:
    one = network(0)
    take_statistics(one, faces)
    read = centre_logits(one, faces.faces)
    assert torch.allclose(centre_logits(averaged(copy.deepcopy(one), one, 0.3, faces), faces.faces), read)
    assert not one.training


def test_the_weights_lie_between_and_the_statistics_are_those_of_the_faces(faces: FaceSet) -> None:
    before, after = network(0), network(1)
    wanted = 0.25 * before.head.weight + 0.75 * after.head.weight
    first = copy.deepcopy(after)
    mean = averaged(before, after, 0.75, faces)
    assert torch.allclose(mean.head.weight, wanted)
    variances = [name for name in mean.state_dict() if name.endswith("running_var")]
    assert variances and all(not torch.equal(mean.state_dict()[v], first.state_dict()[v]) for v in variances)


def test_two_kinds_of_networks_have_no_mean(faces: FaceSet) -> None:
    with pytest.raises(CheckpointError, match="no mean"):
        averaged(network(0, dataclasses.replace(CONFIG, stem=16)), network(0), 0.5, faces)
