"""Training against a discriminator: what passages are measured by, what is drawn, what gains, and a run cut off."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from ml import checkpoints
from ml.domain import Note
from ml.music.adversary import train
from ml.music.adversary.discriminator import Discriminator
from ml.music.adversary.passages import advantages
from ml.music.adversary.rollouts import Sampler, log_likelihood
from ml.music.maker import WEIGHTS, load_maker
from ml.music.measures import of_passage, of_phrases, phrase_begins_s, pulse, returns
from ml.music.model import Composer
from ml.music.passage import PASSAGE_S, passage_of
from ml.music.phrases import LONGEST_SHIFT_S
from ml.music.tokens import SHIFTS_S, START
from tests.ml.music.test_train import emopia as emopia

GROUP = 3


def figure(n: int, every_s: float, steps: tuple[int, ...] = (0, 4, 7, 4)) -> list[Note]:
    """A figure that comes again and again."""
    return [Note(60 + steps[i % len(steps)], 70, every_s * i, every_s * (i + 1)) for i in range(n)]


def composer() -> Composer:
    maker = load_maker()
    model = Composer(maker.weights.config)
    model.load_state_dict({name: torch.tensor(array) for name, array in maker.weights.arrays.items()})
    return model.eval()


def test_a_metronome_keeps_its_pulse_and_chance_keeps_none() -> None:
    even, chance = np.arange(0, PASSAGE_S, 0.25), np.sort(np.random.default_rng(0).uniform(0, PASSAGE_S, 80))
    kept, loose = (pulse(onset_s, np.ones(80), (PASSAGE_S,), PASSAGE_S) for onset_s in (even, chance))
    assert kept[0] > 0.9 and loose[0] < 0.4
    assert 2 ** kept[3] == pytest.approx(0.25, rel=0.01) or 2 ** kept[3] == pytest.approx(0.125, rel=0.01)


def test_what_comes_back_is_counted() -> None:
    assert returns([1, 2, 1, 2, 1, 2], (2,)) == [pytest.approx(3 / 5), pytest.approx(3 / 5)]
    assert returns(list(range(9)), (2,)) == [0.0, 0.0]
    assert returns([1], (2, 3)) == [0.0] * 4


def test_transposed_music_measures_alike_but_for_its_height() -> None:
    notes = figure(64, 0.3)
    higher = [Note(n.pitch + 5, n.velocity, n.start_s, n.end_s) for n in notes]
    differs = np.abs(of_passage(notes) - of_passage(higher)) > 1e-6
    assert differs.sum() <= 5  # heights, and what counts as the left hand's


def test_thin_music_has_measures_too() -> None:
    thin = [Note(60, 70, 1.8 * i, 1.8 * i + 0.1) for i in range(10)]
    assert np.isfinite(of_passage(thin)).all()
    phrases = of_phrases(thin)
    assert len(phrases) == len(phrase_begins_s()) and phrases == [None] * len(phrases)
    assert passage_of(thin, PASSAGE_S).line.tolist() == [60] * 10


def test_the_discriminator_knows_what_it_never_saw() -> None:
    random = np.random.default_rng(0)
    composed, played = random.normal(0, 1, (80, 12)), random.normal(0.8, 0.6, (80, 12))
    told = Discriminator(composed, played, seed=0)
    assert told.odds(random.normal(0, 1, (40, 12))).mean() < -0.5
    assert told.odds(random.normal(0.8, 0.6, (40, 12))).mean() > 0.5


def test_passages_are_drawn_as_likely_as_is_said() -> None:
    torch.manual_seed(0)
    model, conditions = composer(), torch.zeros(4, load_maker().weights.config.condition)
    passages = Sampler(model).passages(conditions, 3.0)
    for events in passages:
        shifts_s = SHIFTS_S[events[:, 0]]
        assert shifts_s[0] == 0 and shifts_s.max() <= LONGEST_SHIFT_S
        assert shifts_s[:-1].sum() < 3.0 <= shifts_s.sum()
    first = torch.from_numpy(np.concatenate([[START], passages[0]]))[None]
    with torch.no_grad():
        likely = log_likelihood(model(first, conditions[:1]), first)
    assert likely.shape == (1, len(passages[0])) and (likely < 0).all() and likely.mean() > -12
    lone = likely[0, 0].exp()  # of the first event, counted among many
    firsts = np.array([each[0] for each in Sampler(model).passages(conditions[:1].repeat(3000, 1), 0.0)])
    assert (firsts == passages[0][0]).all(axis=1).mean() == pytest.approx(lone.item(), abs=0.02)


def test_what_beats_the_others_for_its_condition_gains() -> None:
    events = np.zeros((30, 4), dtype=np.int64)
    events[:, 0] = int(np.argmin(np.abs(SHIFTS_S - 0.6)))  # 18 s
    whole = np.array([5.0, 0.0, 1.0, -5.0, -4.0, -6.0])
    parts = np.zeros((6, len(phrase_begins_s())))
    parts[1, 0] = 3.0
    gained = advantages([events] * 6, whole, parts, GROUP)
    assert gained[0].mean() > 0 > gained[5].mean()
    assert np.mean([each.mean() for each in gained[GROUP:]]) == pytest.approx(0, abs=1e-9)  # however bad the group
    early, late = gained[1][:10].mean(), gained[1][20:].mean()
    assert early > late  # the phrase that was good gains, not what came long after it


def run(emopia: Path, out: Path, *more: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["train", str(emopia), *more, "--out", str(out)])
        train.main()


def test_a_run_goes_on_where_it_was_cut_off(emopia: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ROUNDS", 1), ("N_CONDITIONS", 2), ("GROUP", 2), ("STEPS", 1), ("LIKELIHOOD_BATCH", 1)):
        monkeypatch.setattr(train, name, value)
    run(emopia, tmp_path, "--epochs", "2")
    first = json.loads((tmp_path / "composer.json").read_text())
    (tmp_path / "composer.json").unlink()
    state = torch.load(tmp_path / "last.pt", weights_only=True)
    state["epoch"], state["history"] = 1, state["history"][:1]
    torch.save(state, tmp_path / "last.pt")
    run(emopia, tmp_path, "--resume")
    card = checkpoints.read_card(tmp_path / "composer.safetensors")
    assert [row["epoch"] for row in card["adversary"]["history"]] == [1, 2]
    assert card["adversary"]["history"][0] == first["adversary"]["history"][0]
    assert card["adversary"]["passages_composed"] == 8
    assert card["emotion_map"] == checkpoints.read_card(WEIGHTS)["emotion_map"]
    assert not load_maker(tmp_path / "composer.safetensors").critics
