"""Beginning from a face-recognition network: its weights, taken over, compute what they did."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ml.errors import CheckpointError
from ml.expression import recognition

TWO_BLOCKS = 2
FACES = torch.randn(64, 1, 64, 64, generator=torch.Generator().manual_seed(0))


def write_model(folder: Path) -> dict[str, recognition.Floats]:
    """A folder as face-api lays it out, with random weights; the last tensor is not quantised, as some are not."""
    random = np.random.default_rng(0)
    names = ["conv32_down", *(f"{block}/conv{i}" for block in recognition.BLOCKS[:TWO_BLOCKS] for i in (1, 2))]
    entries, raw, tensors = [], b"", {}
    for name in names:
        filters = [7, 7, 3, 32] if name == "conv32_down" else [3, 3, 32, 32]
        for part, shape in (("conv/filters", filters), ("scale/weights", [32]), ("scale/biases", [32])):
            stored = random.integers(0, 256, shape, dtype=np.uint8)
            least = -0.5 if part == "conv/filters" else 0.1
            how = {"dtype": "uint8", "scale": 0.004, "min": least}
            entries.append({"name": f"{name}/{part}", "shape": shape, "quantization": how})
            tensors[f"{name}/{part}"] = (stored * 0.004 + least).astype(np.float32)
            raw += stored.tobytes()
    plain = random.random(7).astype(np.float32)
    entries.append({"name": "fc", "shape": [7]})
    tensors["fc"] = plain
    (folder / "weights.bin").write_bytes(raw + plain.tobytes())
    (folder / recognition.MANIFEST).write_text(json.dumps([{"paths": ["weights.bin"], "weights": entries}]))
    return tensors


def convolved(x: torch.Tensor, tensors: dict[str, recognition.Floats], name: str, stride: int = 1) -> torch.Tensor:
    """One convolution as face-api has it: filters, then a scale and a shift for each channel."""
    filters = torch.from_numpy(tensors[f"{name}/conv/filters"]).permute(3, 2, 0, 1)
    scale, shift = (torch.from_numpy(tensors[f"{name}/scale/{part}"]).view(-1, 1, 1) for part in ("weights", "biases"))
    return F.conv2d(x, filters, stride=stride, padding=filters.size(-1) // 2) * scale + shift


def test_the_weights_taken_over_compute_what_they_did(tmp_path: Path) -> None:
    tensors = write_model(tmp_path)
    layers = recognition.trunk(TWO_BLOCKS)
    recognition.load_into_trunk(layers, tmp_path, FACES)
    x = (FACES * recognition.GREY_UNIT).expand(-1, 3, -1, -1)
    x = F.max_pool2d(convolved(x, tensors, "conv32_down", stride=2).relu(), 3, 2, 1)
    for block in recognition.BLOCKS[:TWO_BLOCKS]:
        inner = convolved(x, tensors, f"{block}/conv1").relu()
        x = (convolved(inner, tensors, f"{block}/conv2") + x).relu()
    with torch.inference_mode():
        assert torch.allclose(layers(FACES), x, rtol=1e-3, atol=1e-3 * float(x.abs().mean()))
    deviations = [m.weight.std().item() for m in layers.modules() if isinstance(m, torch.nn.Conv2d)]
    assert deviations == pytest.approx([(2 / 49) ** 0.5] + [(2 / 288) ** 0.5] * 4, rel=1e-3)


@pytest.mark.parametrize("px", [64, 80, 96, 112])
def test_the_whole_trunk_takes_any_size(px: int) -> None:
    with torch.inference_mode():
        assert recognition.trunk().eval()(torch.zeros(1, 1, px, px)).shape[:2] == (1, 256)


def test_a_folder_without_the_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=str(tmp_path)) as caught:
        recognition.load_into_trunk(recognition.trunk(), tmp_path, FACES)
    assert caught.value.code == "no-checkpoint"


def test_other_weights_are_refused(tmp_path: Path) -> None:
    write_model(tmp_path)  # holds two blocks only
    with pytest.raises(CheckpointError, match="conv32_3") as caught:
        recognition.load_into_trunk(recognition.trunk(), tmp_path, FACES)
    assert caught.value.code == "bad-checkpoint"
