"""A composer's weights without PyTorch."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ml import checkpoints
from ml.errors import CheckpointError
from ml.music.model import weights_of
from ml.music.weights import load_weights, shapes
from tests import base


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    composer = base.small_composer()
    path = tmp_path / "composer.safetensors"
    checkpoints.save(composer, {"config": dataclasses.asdict(composer.config)}, path)
    return path


def test_what_is_loaded_is_what_the_network_has(saved: Path) -> None:
    composer = base.small_composer()
    loaded, _ = load_weights(saved)
    own = weights_of(composer)
    assert loaded.config == own.config
    assert shapes(own.config) == {name: array.shape for name, array in own.arrays.items()}
    for name, array in own.arrays.items():  # saved in half precision
        assert np.allclose(loaded.arrays[name], array, atol=1e-3), name


def test_weights_of_another_shape_are_refused_by_name(saved: Path) -> None:
    card = json.loads(saved.with_suffix(".json").read_text())
    card["config"]["head"] = 9
    saved.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(CheckpointError, match=r"composer\.safetensors.*heads\.0\.inner\.bias") as refused:
        load_weights(saved)
    assert refused.value.code == "bad-checkpoint"


def test_a_broken_file_is_refused_by_name(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:100])
    with pytest.raises(CheckpointError, match=r"composer\.safetensors") as refused:
        load_weights(saved)
    assert refused.value.code == "no-checkpoint"


def test_composing_does_not_import_pytorch() -> None:
    program = "import sys; from ml.music.maker import load_maker; load_maker(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
