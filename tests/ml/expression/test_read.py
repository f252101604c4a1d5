"""Reading faces in photos, by hand and from the command line."""

import dataclasses
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ml import checkpoints, command
from ml.domain import EXPRESSIONS, Face
from ml.errors import CheckpointError
from ml.expression import read
from ml.expression.augment import view
from ml.expression.calibration import UNCHANGED, Calibration, calibrated
from ml.expression.export import write_onnx
from ml.expression.model import ExpressionCNN, ExpressionConfig, centre_logits
from ml.expression.read import THIRTY_VIEWS, ExpressionReader, View, beside, load_reader
from ml.expression.views import fixed_view, standardise
from tests.ml.pictures import QUARTER_TURN_RIGHT, encoded, finder, landscape, portrait, scaled

SMALL = {
    "one": ExpressionConfig(stem=4, widths=(4, 8), depths=(1, 1), input_px=40),
    "two": ExpressionConfig(stem=4, widths=(8, 8), depths=(1, 1), input_px=32, view_px=46.0),
}
CONFIG: dict[str, dict[str, Any]] = {
    "live": {"networks": ["one"], "views": 1, "smoothing": 0.1, "temperature": 2.0},
    "best": {"networks": ["one", "two"], "views": 30, "smoothing": 0.2, "temperature": 0.5},
}


def small_network(name: str) -> ExpressionCNN:
    torch.manual_seed(len(SMALL[name].widths))
    return ExpressionCNN(SMALL[name]).eval()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A card and two small networks with random weights, never changed."""
    path = tmp_path_factory.mktemp("weights") / "expression.json"
    checkpoints.write_json({"config": CONFIG}, path)
    for name, config in SMALL.items():
        write_onnx(small_network(name), beside(path, name))
        checkpoints.write_json({"config": dataclasses.asdict(config)}, beside(path, name).with_suffix(".json"))
    return path


@pytest.fixture
def weights(exported: Path, tmp_path: Path) -> Path:
    """The same in a folder of the test's own."""
    return Path(shutil.copytree(exported.parent, tmp_path / "weights")) / exported.name


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


def test_live_looks_once_with_one_network(weights: Path) -> None:
    face = portrait_face()
    logits = centre_logits(small_network("one"), face.pixels[None])
    look = logits.softmax(dim=-1).numpy()
    expected = calibrated(look[None], Calibration(smoothing=0.1, temperature=2.0))[0].tolist()
    assert load_reader("live", weights).read(face).probabilities == pytest.approx(expected, abs=1e-5)


def test_best_averages_thirty_views_by_every_network(weights: Path) -> None:
    face, best = portrait_face(), load_reader("best", weights)
    assert len(set(THIRTY_VIEWS)) == 30
    looks = [
        ExpressionReader([network], [view], best.calibration).read(face).probabilities
        for network in best.networks
        for view in THIRTY_VIEWS
    ]
    assert best.read(face).probabilities == pytest.approx(np.mean(looks, axis=0).tolist(), abs=1e-5)


def test_a_wider_view_shows_more_of_the_face(weights: Path) -> None:
    (network,) = load_reader("live", weights).networks
    reader, x = ExpressionReader([network], [], UNCHANGED), standardise(portrait_face().pixels[None])
    wider = fixed_view(x, network.view_px + 3, network.input_px)
    expected = torch.from_numpy(network.logits(wider)).softmax(dim=-1).numpy()
    assert reader.one_look(network, x, View(wider_px=3.0)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("shift", "flip"), [((0, 0), False), ((2, -2), True), ((-3, 1), False)])
def test_a_fixed_view_is_what_the_affine_one_is(shift: tuple[float, float], flip: bool) -> None:
    x = torch.randn(3, 1, 48, 48, generator=torch.Generator().manual_seed(0))
    scale = 46.0 / 48
    affine = torch.tensor([[-scale if flip else scale, 0, shift[0] / 24], [0, scale, shift[1] / 24]])
    expected = view(x, affine.expand(3, 2, 3), 40)
    assert np.allclose(fixed_view(x.numpy(), 46.0, 40, shift, flip), expected.numpy(), atol=1e-5)


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
        load_reader("live", tmp_path / "nowhere.json")
    assert caught.value.code == "no-checkpoint"


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:1000])])
def test_a_missing_or_broken_network_beside_the_card_is_named(weights: Path, damage: Callable[[Path], Any]) -> None:
    damage(beside(weights, "one"))
    with pytest.raises(CheckpointError, match=r"expression-one\.onnx") as caught:
        load_reader("live", weights)
    assert caught.value.code == "no-checkpoint"


@pytest.mark.parametrize(
    "config",
    [{}, {"live": {}}, {"live": 3}, {"live": CONFIG["live"] | {"views": 3}}],
    ids=["none", "empty", "3", "views"],
)
def test_a_card_that_describes_no_reader_is_refused(weights: Path, config: dict[str, Any]) -> None:
    checkpoints.write_json({"config": config}, weights)
    with pytest.raises(CheckpointError) as caught:
        load_reader("live", weights)
    assert caught.value.code == "bad-checkpoint"


def test_a_network_of_another_shape_than_its_card_says_is_refused(weights: Path) -> None:
    shutil.copy(beside(weights, "two"), beside(weights, "one"))
    with pytest.raises(CheckpointError, match="shapes") as caught:
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
