"""Training: a tiny run through the command, its card, and a run that is cut off and goes on as if it never was."""

import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from ml import checkpoints, command
from ml.domain import EXPRESSIONS
from ml.expression import train
from ml.expression.augment import ERASE_PROBABILITY, augment, erase, mixed
from ml.expression.data import FaceSet, load_split
from ml.expression.lessons import Recipe
from ml.expression.model import ExpressionCNN, ExpressionConfig, widen
from ml.expression.read import load_reader
from ml.expression.views import standardise
from tests.ml.expression.test_data import make_folder
from tests.ml.expression.test_recognition import write_model

SMALL = ExpressionConfig(stem=4, widths=(8, 8, 8), depths=(1, 1, 1))
PEAK = 0.1


@pytest.fixture(autouse=True)
def small_and_alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A small network on one thread: beside other work, threads cost such a network more than they give."""
    monkeypatch.setattr(train, "ExpressionConfig", lambda **_: SMALL)
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "faces")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    """python -m ml.expression.train ARGUMENTS on the CPU."""
    monkeypatch.setattr(sys, "argv", ["train", *map(str, arguments), "--device", "cpu"])
    command.run(train.main)


def weights(out: Path) -> dict[str, torch.Tensor]:
    model, _ = checkpoints.load_model(out / "expression.safetensors", ExpressionConfig, ExpressionCNN)
    return model.state_dict()


def test_a_run_leaves_weights_a_card_and_a_line_per_epoch(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, data, "--epochs", 1, "--out", tmp_path / "out")
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    card = checkpoints.read_card(tmp_path / "out" / "expression.safetensors")
    assert [row["epoch"] for row in rows] == [1]
    assert card["history"] == rows
    assert 0 < rows[0]["loss"] < 5
    assert 0 <= card["test_accuracy_centre_view"] <= 1
    assert card["command"] == "python -m ml.expression.train faces --epochs 1 --seed 0"
    assert card["parameters"] == sum(p.numel() for p in ExpressionCNN(SMALL).parameters())
    assert all(tensor.isfinite().all() for tensor in weights(tmp_path / "out").values())


def test_a_run_that_is_cut_off_goes_on_as_if_it_never_was(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    run(monkeypatch, data, "--epochs", 3, "--out", whole)

    train_epoch = train.Trainer.train_epoch

    def stopped_in_the_second(trainer: train.Trainer, faces: FaceSet) -> float:
        if trainer.epoch == 1:
            raise KeyboardInterrupt
        return train_epoch(trainer, faces)

    with monkeypatch.context() as patch:
        patch.setattr(train.Trainer, "train_epoch", stopped_in_the_second)
        with pytest.raises(SystemExit) as stopped:
            run(patch, data, "--epochs", 3, "--out", cut)
    assert stopped.value.code == 130
    assert [path.name for path in cut.iterdir()] == ["last.pt"]  # no weights before the end

    run(monkeypatch, data, "--epochs", 3, "--out", cut, "--resume")
    histories = [checkpoints.read_card(out / "expression.safetensors")["history"] for out in (whole, cut)]
    assert [row["loss"] for row in histories[0]] == [row["loss"] for row in histories[1]]
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(cut)[name]), name


def test_two_seeds_train_two_networks(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in (0, 1):
        run(monkeypatch, data, "--epochs", 1, "--seed", seed, "--out", tmp_path / str(seed))
    heads = [weights(tmp_path / str(seed))["head.weight"] for seed in (0, 1)]
    assert heads[0].shape == (len(EXPRESSIONS), 8)
    assert not torch.equal(*heads)


def test_a_run_can_begin_from_a_checkpoint(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, data, "--epochs", 1, "--out", tmp_path / "first")
    first = tmp_path / "first" / "expression.safetensors"
    trainer = train.Trainer(SMALL, Recipe(), 1, 0, torch.device("cpu"), tmp_path / "begun")
    trainer.begin_from(first, load_split(data, "train"))
    begun = trainer.model.state_dict()
    assert all(torch.equal(tensor, begun[name]) for name, tensor in weights(tmp_path / "first").items())
    run(monkeypatch, data, "--epochs", 1, "--seed", 1, "--weights", first, "--lr", 0.05, "--out", tmp_path / "second")
    card = checkpoints.read_card(tmp_path / "second" / "expression.safetensors")
    assert card["begun_from"]["command"] == "python -m ml.expression.train faces --epochs 1 --seed 0"
    assert card["command"].endswith("--seed 1 --weights expression.safetensors --lr 0.05")


def test_a_run_can_begin_from_a_network_that_recognises_faces(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = ExpressionConfig(architecture="recognition", n_blocks=2, input_px=64)
    monkeypatch.setattr(train, "ExpressionConfig", lambda **_: config)
    folder = tmp_path / "model"
    folder.mkdir()
    write_model(folder)
    run(monkeypatch, data, "--epochs", 1, "--small-px", 48, "--weights", folder, "--out", tmp_path / "out")
    card = checkpoints.read_card(tmp_path / "out" / "expression.safetensors")
    assert "identities" in card["begun_from"]["weights"]
    assert card["config"]["architecture"] == "recognition"


def test_a_teacher_reads_the_training_faces_once_a_run(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    run(monkeypatch, data, "--epochs", 1, "--teacher", 0.5, "--out", out)
    readings = np.load(out / "teacher.npy")
    labels = load_split(data, "train").labels
    assert readings.sum(axis=1) == pytest.approx(np.ones(len(labels)))
    run(monkeypatch, data, "--epochs", 1, "--teacher", 0.5, "--out", out, "--resume")
    trainer = train.Trainer(SMALL, Recipe(teacher=0.25), 1, 0, torch.device("cpu"), out)
    targets = trainer.lessons.targets(load_split(data, "train")).numpy()
    expected = 0.75 * np.eye(len(EXPRESSIONS))[labels] + 0.25 * readings
    assert targets == pytest.approx(expected, abs=1e-6)


def test_teachers_read_what_the_network_is_shown_a_few_rounds_long(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, train_faces = tmp_path / "out", load_split(data, "train")
    run(monkeypatch, data, "--epochs", 3, "--mixup", 1.0, "--teacher", 0.5, "--rounds", 2, "--out", out)
    assert sorted(path.name for path in out.glob("*.npy")) == ["teacher-0.npy", "teacher-1.npy"]
    recipe = Recipe(mixup=1.0, teacher=0.5, rounds=2)
    trainer = train.Trainer(SMALL, recipe, 3, 0, torch.device("cpu"), out)
    epochs = []
    for epoch in range(3):
        ((x, target),) = trainer.lessons.of_epoch(epoch, train_faces, 40)
        epochs.append((x, target))
    assert torch.equal(epochs[0][0], epochs[2][0]) and torch.equal(epochs[0][1], epochs[2][1])
    assert not torch.equal(epochs[0][0], epochs[1][0])

    x, target = epochs[0]
    read = load_reader("live").networks[0].logits(x.numpy()).argmax(axis=1)
    readings = np.load(out / "teacher-0.npy")
    assert (readings.argmax(axis=1) == read).mean() > 0.7  # one of the three teachers, on the very pictures
    labels = 2 * target.numpy() - readings  # what is left is the blend of labels
    assert labels.sum(axis=1) == pytest.approx(np.ones(len(labels)), abs=1e-5)
    assert ((labels > 1e-5).sum(axis=1) <= 2).all()


def test_a_view_is_the_same_in_any_size() -> None:
    large, small = (augment(faces(), px, torch.Generator().manual_seed(3)) for px in (48, 24))
    halved = torch.nn.functional.avg_pool2d(large, 2)
    together = torch.corrcoef(torch.stack([halved.flatten(), small.flatten()]))[0, 1]
    assert together > 0.7


def test_blended_faces_have_blended_targets() -> None:
    x = torch.arange(8.0).view(8, 1, 1, 1).expand(8, 1, 4, 4)
    target = torch.nn.functional.one_hot(torch.arange(8) % 7, 7).float()
    seen, wanted = mixed(x, target, 0.2, torch.Generator().manual_seed(0))
    assert wanted.sum(dim=1).tolist() == pytest.approx([1.0] * 8)
    assert 0 < (wanted.max(dim=1).values < 0.99).sum() < 8  # some are blended, most are nearly themselves
    assert torch.equal(mixed(x, target, 0.0, torch.Generator())[0], x)
    assert not torch.equal(seen, x)


@pytest.mark.parametrize(
    ("arguments", "named"), [(["nowhere.zip"], "nowhere.zip"), (["faces", "--small-px", 36], "--small-px 36")]
)
def test_a_wrong_input_is_one_line_and_status_2(
    arguments: list[object],
    named: str,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(data.parent)
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, *arguments, "--out", tmp_path / "out")
    assert stopped.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    assert named in output.err
    assert not (tmp_path / "out").exists()


def test_the_rate_warms_up_then_falls_to_zero() -> None:
    rates = [train.learning_rate(i / 10, 45, PEAK) for i in range(451)]
    top = rates.index(max(rates))
    assert top == pytest.approx(train.WARMUP_EPOCHS * 10, abs=1)
    assert 0 < rates[0] < PEAK / 50
    assert rates[top] == pytest.approx(PEAK, rel=0.01)
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] == pytest.approx(0.0, abs=1e-9)
    assert all(0 < train.learning_rate(epoch, 1, PEAK) <= PEAK for epoch in (0.0, 0.5, 0.99))  # shorter than warm-up


def faces(n: int = 16) -> torch.Tensor:
    """(n, 1, 48, 48) standardised noise."""
    return torch.from_numpy(standardise(np.random.default_rng(0).integers(0, 256, (n, 48, 48), dtype=np.uint8)))


@pytest.mark.parametrize("px", [32, 40])
def test_augmented_faces_have_the_asked_size_and_follow_the_seed(px: int) -> None:
    first, again, other = (augment(faces(), px, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert first.shape == (16, 1, px, px)
    assert first.isfinite().all()
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)


def test_each_face_of_a_batch_is_changed_in_its_own_way() -> None:
    same = faces(1).expand(16, 1, 48, 48)
    seen = augment(same, 40, torch.Generator().manual_seed(0))
    assert len({picture.sum().item() for picture in seen}) == 16


def test_erasing_blanks_one_rectangle_in_some_pictures() -> None:
    random = torch.Generator().manual_seed(0)
    white = torch.ones(400, 1, 40, 40)
    erased = erase(white, lambda low, high: torch.empty(400).uniform_(low, high, generator=random), 40)
    blank = (erased == 0).squeeze(1)  # (400, 40, 40)
    assert blank.any(dim=(1, 2)).float().mean().item() == pytest.approx(ERASE_PROBABILITY, abs=0.08)
    for mask in blank[blank.any(dim=(1, 2))]:
        height, width = int(mask.any(dim=1).sum()), int(mask.any(dim=0).sum())
        assert mask.sum().item() == height * width
        assert all(0.15 * 40 - 1 <= side <= 0.4 * 40 + 1 for side in (height, width))


def test_a_widened_network_reads_as_it_did_and_learns_in_its_new_channels() -> None:
    narrow, wide = ExpressionCNN(SMALL).eval(), ExpressionCNN(dataclasses.replace(SMALL, inner=16)).eval()
    widen(wide, narrow)
    x = torch.randn(3, 1, 40, 40)
    torch.testing.assert_close(wide(x), narrow(x))
    wide(x).sum().backward()
    gradient = dict(wide.named_parameters())["blocks.2.conv2.weight"].grad
    assert gradient is not None and gradient.shape[1] == 16 and bool(gradient[:, 8:].any())
