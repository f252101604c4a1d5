"""From a trained checkpoint to the network that the product runs."""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from ml import checkpoints, command
from ml.expression import export
from ml.expression.calibration import UNCHANGED
from ml.expression.data import load_split
from ml.expression.model import ExpressionCNN, ExpressionConfig, centre_logits
from ml.expression.network import load_network
from ml.expression.read import CENTRE, ExpressionReader, load_reader
from tests.ml.expression.test_data import make_folder

CONFIGS = {
    "one": ExpressionConfig(stem=8, widths=(8, 8, 8), depths=(1, 1, 1)),
    "two": ExpressionConfig(architecture="recognition", input_px=64, n_blocks=4),
}


def checkpoint(folder: Path, name: str) -> Path:
    """A network with random weights, as training would leave it."""
    torch.manual_seed(0)
    path = folder / f"{name}.safetensors"
    checkpoints.save(ExpressionCNN(CONFIGS[name]), {"config": dataclasses.asdict(CONFIGS[name]), "seed": 7}, path)
    return path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["export", *map(str, arguments)])
    command.run(export.main)


def test_two_networks_become_live_and_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = make_folder(tmp_path / "faces"), tmp_path / "out"
    pairs = [f"{name}={checkpoint(tmp_path, name)}" for name in CONFIGS]
    run(monkeypatch, data, *pairs, "--out", out)
    card = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert card == json.loads((out / "expression.json").read_text())
    assert sorted(path.name for path in out.iterdir()) == [
        "expression-one.json", "expression-one.onnx", "expression-two.json", "expression-two.onnx", "expression.json"
    ]  # fmt: skip
    live, best = (load_reader(model, out / "expression.json") for model in ("live", "best"))
    assert [len(live.networks), len(live.views), len(best.networks), len(best.views)] == [1, 1, 2, 10]
    assert card["public_test"]["best"]["n"] == len(load_split(data, "test"))
    assert live.calibration._asdict().items() <= card["config"]["live"].items()
    assert checkpoints.read_card(out / "expression-two.onnx")["seed"] == 7


@pytest.mark.parametrize("name", CONFIGS)
def test_8_bits_read_nearly_as_32_do(tmp_path: Path, name: str) -> None:
    faces = load_split(make_folder(tmp_path / "faces"), "train")
    path = tmp_path / f"{name}.onnx"
    export.export(checkpoint(tmp_path, name), path, faces, faces)
    model, _ = checkpoints.load_model(tmp_path / f"{name}.safetensors", ExpressionConfig, ExpressionCNN)
    expected = centre_logits(model, faces.faces).softmax(dim=-1).numpy()
    read = ExpressionReader([load_network(path)], CENTRE, UNCHANGED).probabilities(faces.faces)
    assert np.abs(read - expected).max() < 0.05
    assert path.stat().st_size < 0.7 * (tmp_path / f"{name}.safetensors").stat().st_size + 30_000  # half precision's


def test_a_new_network_joins_one_that_was_exported_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, first, out = make_folder(tmp_path / "faces"), tmp_path / "first", tmp_path / "out"
    run(monkeypatch, data, f"one={checkpoint(tmp_path, 'one')}", "--out", first)
    before = (first / "expression-one.onnx").read_bytes()
    run(monkeypatch, data, f"one={first / 'expression-one.onnx'}", f"two={checkpoint(tmp_path, 'two')}", "--out", out)
    assert (out / "expression-one.onnx").read_bytes() == before
    assert checkpoints.read_card(out / "expression-one.onnx")["seed"] == 7
    assert len(load_reader("best", out / "expression.json").networks) == 2
    again = [f"{name}={out / f'expression-{name}.onnx'}" for name in ("two", "one")]
    run(monkeypatch, data, *again, "--out", out)
    card = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert card["config"]["live"]["networks"] == ["two"]
    assert (out / "expression-one.onnx").read_bytes() == before


@pytest.mark.parametrize("pair", ["one", "=one.safetensors", "one="])
def test_a_network_without_a_name_or_a_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pair: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, "faces", pair)
    assert stopped.value.code == 2
    assert f"{pair!r} is not NAME=CHECKPOINT" in capsys.readouterr().err
