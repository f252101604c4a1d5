"""Reading faces in photos, by hand and from the command line."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ml import checkpoints, command
from ml.domain import EXPRESSIONS, Face
from ml.errors import CheckpointError
from ml.expression import read
from ml.expression.model import ExpressionCNN, ExpressionConfig, class_probabilities
from ml.expression.read import ExpressionReader, load_reader
from tests.ml.pictures import QUARTER_TURN_RIGHT, encoded, finder, landscape, portrait, scaled

CARD = {"config": {"stem": 4, "widths": [4, 8], "depths": [1, 1], "input_px": 40, "view_px": 44.0, "temperature": 2.0}}


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A small network with random weights."""
    torch.manual_seed(0)
    path = tmp_path / "expression.safetensors"
    model = ExpressionCNN(ExpressionConfig(stem=4, widths=(4, 8), depths=(1, 1), temperature=2.0))
    checkpoints.save(model, CARD, path)
    return path


@pytest.fixture
def portrait_jpeg(tmp_path: Path) -> Path:
    return written(tmp_path / "portrait.jpg", encoded(portrait()))


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def run_read(monkeypatch: pytest.MonkeyPatch, weights: Path, *arguments: str | Path) -> None:
    """python -m ml.expression.read ARGUMENTS with these weights."""
    monkeypatch.setattr(read, "load_reader", lambda model: load_reader(model, weights))
    monkeypatch.setattr(read, "FaceFinder", lambda detection_px: finder())
    monkeypatch.setattr(sys, "argv", ["read", *map(str, arguments)])
    command.run(read.main)


def json_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def portrait_face() -> Face:
    return finder().find(portrait())[0]


def test_the_models_differ_in_how_many_views_they_take(weights: Path) -> None:
    face = portrait_face()
    pixels = torch.from_numpy(face.pixels.copy())[None]
    for model, ten_views in (("live", False), ("best", True)):
        reader = load_reader(model, weights)
        expected = class_probabilities(reader.model, pixels, ten_views)[0].tolist()
        assert reader.read(face).probabilities == pytest.approx(expected, abs=1e-6)
    assert load_reader("live", weights).read(face) != load_reader("best", weights).read(face)


def test_the_card_builds_the_network(weights: Path) -> None:
    assert load_reader("live", weights).model.config == ExpressionConfig(4, (4, 8), (1, 1), 40, 44.0, 2.0)


def test_several_faces_read_as_each_alone(weights: Path) -> None:
    reader = load_reader("best", weights)
    face = portrait_face()
    mirrored = Face(np.ascontiguousarray(face.pixels[::-1]), face.box, face.confidence)
    together = reader.read_all([face, mirrored])
    for one, alone in zip(together, [reader.read(face), reader.read(mirrored)], strict=True):
        assert one.probabilities == pytest.approx(alone.probabilities, abs=1e-5)
    assert reader.read_all([]) == []


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"nowhere\.json") as caught:
        load_reader("live", tmp_path / "nowhere.safetensors")
    assert caught.value.code == "no-checkpoint"


def test_missing_weights_beside_a_card_are_named(weights: Path) -> None:
    weights.unlink()
    with pytest.raises(CheckpointError, match=r"expression\.safetensors"):
        load_reader("live", weights)


@pytest.mark.parametrize("config", [{"layers": 3}, {"widths": 5}, {"stem": "four"}, {"widths": [4], "depths": [1, 1]}])
def test_a_card_that_builds_no_network_is_refused(weights: Path, config: dict[str, Any]) -> None:
    checkpoints.write_json({"config": config}, weights.with_suffix(".json"))
    with pytest.raises(CheckpointError) as caught:
        load_reader("live", weights)
    assert caught.value.code == "bad-checkpoint"


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(CheckpointError, match="'better'"):
        load_reader("better")


def test_json_has_every_face_with_its_reading(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], weights: Path, portrait_jpeg: Path
) -> None:
    run_read(monkeypatch, weights, portrait_jpeg, "--json")
    (report,) = json_lines(capsys)
    assert report["file"] == str(portrait_jpeg)
    (face,) = report["faces"]
    assert list(face) == ["box", "confidence", "expression", "probabilities", "valence", "arousal"]
    assert face["box"] == pytest.approx((181, 61, 87, 114), abs=6)
    assert tuple(face["probabilities"]) == EXPRESSIONS
    assert sum(face["probabilities"].values()) == pytest.approx(1, abs=0.001)
    assert face["expression"] == max(EXPRESSIONS, key=face["probabilities"].__getitem__)


def test_boxes_are_in_pixels_of_the_photo_turned_upright(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], weights: Path, tmp_path: Path
) -> None:
    lying = np.rot90(scaled(portrait(), 4))  # 2048 px: read at 1600
    photo = written(tmp_path / "large.jpg", encoded(lying, orientation=QUARTER_TURN_RIGHT))
    run_read(monkeypatch, weights, photo, "--json")
    (report,) = json_lines(capsys)
    assert report["faces"][0]["box"] == pytest.approx([4 * v for v in (181, 61, 87, 114)], abs=24)


def test_a_photo_without_a_face_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], weights: Path, portrait_jpeg: Path
) -> None:
    nobody = written(portrait_jpeg.with_name("coffee.png"), encoded(landscape(), "PNG"))
    run_read(monkeypatch, weights, nobody, portrait_jpeg, "--json", "--model", "live")
    first, second = json_lines(capsys)
    assert first == {"file": str(nobody), "faces": []}
    assert len(second["faces"]) == 1


def test_without_json_it_speaks_to_people(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], weights: Path, portrait_jpeg: Path
) -> None:
    nobody = written(portrait_jpeg.with_name("coffee.png"), encoded(landscape(), "PNG"))
    run_read(monkeypatch, weights, portrait_jpeg, nobody)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{portrait_jpeg}: ") and "valence" in first
    assert second == f"{nobody}: no face"


@pytest.mark.parametrize("data", [None, b"", b"no picture", encoded(portrait())[:9000]])
def test_a_wrong_photo_ends_with_status_2_and_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    weights: Path,
    tmp_path: Path,
    data: bytes | None,
) -> None:
    photo = tmp_path / "wrong.jpg"
    if data is not None:
        photo.write_bytes(data)
    with pytest.raises(SystemExit) as ended:
        run_read(monkeypatch, weights, photo, "--json")
    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert out == "" and err.count("\n") == 1 and str(photo) in err


def test_the_portrait_reads_as_happy() -> None:
    reader: ExpressionReader = load_reader("best")  # the committed weights
    assert reader.read(portrait_face()).label == "happy"
