"""Weights and cards: there and back, and a refusal by name for all that can be missing, broken or unfit."""

import stat
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn

from ml import checkpoints
from ml.errors import CheckpointError

CARD = {"config": {"n_in": 3, "widths": [8, 4]}, "data": "FER2013", "seed": 0}


@dataclass(frozen=True)
class Config:
    n_in: int
    widths: tuple[int, ...]


def network(width: int = 8) -> nn.Module:
    return nn.Sequential(nn.Linear(3, width), nn.BatchNorm1d(width), nn.Dropout())


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A checkpoint with its card."""
    torch.manual_seed(0)
    checkpoints.save(network(), CARD, tmp_path / "weights" / "a.safetensors")
    return tmp_path / "weights" / "a.safetensors"


def assert_refused(code: str, path: Path, model: nn.Module) -> None:
    with pytest.raises(CheckpointError) as refused:
        checkpoints.load_into(model, path)
    assert refused.value.code == code
    assert str(path) in refused.value.detail


def test_weights_come_back_in_half_precision_ready_to_read(saved: Path) -> None:
    torch.manual_seed(0)
    original, loaded = network(), network().train()
    checkpoints.load_into(loaded, saved)
    assert not loaded.training
    for name, tensor in loaded.state_dict().items():
        expected = original.state_dict()[name]
        assert tensor.dtype == expected.dtype
        assert torch.equal(tensor, expected.half().float() if tensor.is_floating_point() else expected)


def test_a_card_comes_back_as_it_was_written(saved: Path) -> None:
    assert checkpoints.read_card(saved) == CARD


def test_a_card_builds_its_model(saved: Path) -> None:
    built: list[Config] = []

    def build(config: Config) -> nn.Module:
        built.append(config)
        return network()

    model, card = checkpoints.load_model(saved, Config, build)
    assert built == [Config(3, (8, 4))]  # with tuples again, where JSON has lists
    assert card == CARD
    assert not model.training


def test_nothing_half_written_stays_and_everyone_may_read(saved: Path) -> None:
    assert sorted(path.name for path in saved.parent.iterdir()) == ["a.json", "a.safetensors"]
    assert all(path.stat().st_mode & stat.S_IROTH for path in saved.parent.iterdir())


def test_missing_weights_are_refused_by_name(tmp_path: Path) -> None:
    assert_refused("no-checkpoint", tmp_path / "nowhere.safetensors", network())


@pytest.mark.parametrize("n_bytes", [0, 5, 200], ids=["empty", "stub", "cut"])
def test_broken_weights_are_refused_by_name(saved: Path, n_bytes: int) -> None:
    saved.write_bytes(saved.read_bytes()[:n_bytes])
    assert_refused("no-checkpoint", saved, network())


@pytest.mark.parametrize("model", [network(9), nn.Linear(3, 8)], ids=["shape", "names"])
def test_weights_that_do_not_fit_are_refused_by_name(saved: Path, model: nn.Module) -> None:
    assert_refused("bad-checkpoint", saved, model)


@pytest.mark.parametrize(
    ("text", "code"),
    [(None, "no-checkpoint"), ("", "no-checkpoint"), ("{half", "no-checkpoint"), ("[]", "bad-checkpoint")]
    + [('{"config": 3}', "bad-checkpoint"), ('{"seed": 0}', "bad-checkpoint")],
)
def test_a_broken_card_is_refused_by_name(saved: Path, text: str | None, code: str) -> None:
    card = saved.with_suffix(".json")
    card.unlink()
    if text is not None:
        card.write_text(text)
    with pytest.raises(CheckpointError, match=r"a\.json") as refused:
        checkpoints.read_card(saved)
    assert refused.value.code == code


def test_a_card_of_another_model_is_refused(saved: Path) -> None:
    saved.with_suffix(".json").write_text('{"config": {"n_out": 3}}')
    with pytest.raises(CheckpointError, match=r"a\.safetensors.*'n_out'") as refused:
        checkpoints.load_model(saved, Config, lambda config: network())
    assert refused.value.code == "bad-checkpoint"
