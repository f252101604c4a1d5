"""From the network that the product runs back to one that can be trained on."""

import shutil
from pathlib import Path

import pytest
import torch

from ml.errors import CheckpointError
from ml.expression import export
from ml.expression.data import FaceSet, load_split
from ml.expression.model import centre_logits
from ml.expression.thaw import LENGTH, load_trainable
from tests.ml.expression.test_data import make_folder
from tests.ml.expression.test_export import checkpoint


@pytest.fixture
def faces(tmp_path: Path) -> FaceSet:
    return load_split(make_folder(tmp_path / "faces"), "train")


@pytest.fixture
def exported(tmp_path: Path, faces: FaceSet) -> Path:
    path = tmp_path / "exported.onnx"
    export.export(checkpoint(tmp_path, "one"), path, faces, faces)
    return path


def test_what_was_exported_reads_alike_and_can_be_trained_on(tmp_path: Path, exported: Path, faces: FaceSet) -> None:
    before, _ = load_trainable(tmp_path / "one.safetensors", faces)
    thawed, card = load_trainable(exported, faces)
    read, expected = (centre_logits(model, faces.faces).softmax(dim=-1) for model in (thawed, before))
    assert card["seed"] == 7
    assert (read - expected).abs().max() < 0.02  # rounded to 8 bits, and to 16 before
    lengths = thawed.blocks[1].get_parameter("conv1.weight").flatten(1).norm(dim=1)
    assert torch.allclose(lengths, torch.tensor(LENGTH))
    thawed.train()  # statistics of a batch, instead of those that it was given
    thawed.dropout.eval()
    assert torch.allclose(centre_logits(thawed, faces.faces).softmax(dim=-1), read, atol=0.02)


def test_another_architecture_and_a_broken_file_are_refused(tmp_path: Path, exported: Path, faces: FaceSet) -> None:
    export.export(checkpoint(tmp_path, "two"), tmp_path / "two.onnx", faces, faces)
    with pytest.raises(CheckpointError, match='a "recognition" cannot be trained on'):
        load_trainable(tmp_path / "two.onnx", faces)
    shutil.copy(exported.with_suffix(".json"), tmp_path / "broken.json")
    (tmp_path / "broken.onnx").write_bytes(exported.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="broken.onnx: no network that can be trained on"):
        load_trainable(tmp_path / "broken.onnx", faces)
