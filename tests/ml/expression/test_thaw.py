"""From the network that the product runs back to one that can be trained on."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ml import checkpoints
from ml.domain import FACE_PX
from ml.errors import CheckpointError
from ml.expression import export
from ml.expression.average import take_statistics
from ml.expression.data import FaceSet
from ml.expression.model import ExpressionCNN, ExpressionConfig, centre_logits
from ml.expression.thaw import LENGTH, load_trainable
from tests.ml.expression.test_export import checkpoint

CONFIG = ExpressionConfig(stem=8, widths=(8, 8, 8), depths=(1, 1, 2))


@pytest.fixture
def faces() -> FaceSet:
    """Blurred noise, so that no two read alike."""
    coarse = np.random.default_rng(0).integers(0, 256, (64, FACE_PX // 8, FACE_PX // 8), dtype=np.uint8)
    return FaceSet(coarse.repeat(8, axis=1).repeat(8, axis=2), np.zeros(64, dtype=np.int64))


@pytest.fixture
def exported(tmp_path: Path, faces: FaceSet) -> Path:
    """A network whose normalisations all do something, as training leaves them, in 8 bits beside the original."""
    torch.manual_seed(0)
    model = ExpressionCNN(CONFIG)
    for norm in (layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)):
        nn.init.uniform_(norm.weight, 0.5, 1.5)
        nn.init.normal_(norm.bias, std=0.5)
    take_statistics(model, faces)
    checkpoints.save(model, {"config": dataclasses.asdict(CONFIG), "seed": 7}, tmp_path / "whole.safetensors")
    export.export(tmp_path / "whole.safetensors", tmp_path / "exported.onnx", faces, faces)
    return tmp_path / "exported.onnx"


def test_what_was_exported_reads_alike_and_can_be_trained_on(exported: Path, faces: FaceSet) -> None:
    before, _ = load_trainable(exported.with_name("whole.safetensors"), faces)
    thawed, card = load_trainable(exported, faces)
    read, expected = (centre_logits(model, faces.faces) for model in (thawed, before))
    differ = (expected - expected.mean(dim=0)).std()  # from face to face
    assert card["seed"] == 7
    assert (read - expected).std() < 0.2 * differ  # rounded to 8 bits, and to 16 before
    lengths = thawed.blocks[1].get_parameter("conv1.weight").flatten(1).norm(dim=1)
    assert torch.allclose(lengths, torch.tensor(LENGTH))
    thawed.train()  # statistics of a batch, instead of those that it was given
    thawed.dropout.eval()
    assert (centre_logits(thawed, faces.faces) - read).std() < 0.1 * differ


def test_another_architecture_and_a_broken_file_are_refused(tmp_path: Path, exported: Path, faces: FaceSet) -> None:
    export.export(checkpoint(tmp_path, "two"), tmp_path / "two.onnx", faces, faces)
    with pytest.raises(CheckpointError, match='a "recognition" cannot be trained on'):
        load_trainable(tmp_path / "two.onnx", faces)
    shutil.copy(exported.with_suffix(".json"), tmp_path / "broken.json")
    (tmp_path / "broken.onnx").write_bytes(exported.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="broken.onnx: no network that can be trained on"):
        load_trainable(tmp_path / "broken.onnx", faces)
