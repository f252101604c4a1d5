"""The critic: what it measures, that it tells leaps from steps, and that it helps to choose."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from ml import command, emotion
from ml.domain import Note
from ml.errors import CheckpointError
from ml.music import critic_train, maker
from ml.music.critic import Critic
from ml.music.line import REACH
from ml.music.maker import WEIGHTS, MusicMaker, heard_s, load_maker
from ml.music.measures import FEWEST_NOTES, N_MEASURES, STEPS, note_to_note, of_phrase
from ml.music.passage import PASSAGE_S, SPANS_S, passage_of
from ml.music.request import Request
from tests import base
from tests.ml.music.test_train import emopia as emopia

RIGHT_HAND, OCTAVE = 72, 12


def played(steps: np.ndarray, seed: int) -> list[Note]:
    """A line that moves by random choices of `steps` over a low held note."""
    random = np.random.default_rng(seed)
    pitches = RIGHT_HAND + np.clip(random.choice(steps, 24).cumsum(), -OCTAVE, OCTAVE)
    line = [Note(int(pitch), 70, 0.3 * i, 0.3 * i + 0.28) for i, pitch in enumerate(pitches)]
    return [Note(36, 60, 0.0, 7.2), *line]


def some(steps: list[int], first: int) -> np.ndarray:
    return np.array([of_phrase(played(np.array(steps), first + i)) for i in range(40)])


@pytest.fixture(scope="module")
def melodious() -> Critic:
    """Fitted on lines that leap beside lines that step."""
    return critic_train.fitted(some([-9, -5, 5, 9], 0), some([-2, -1, 1, 2], 100))


def test_upper_line_and_bass_are_measured_apart_and_key_does_not_matter() -> None:
    notes = played(np.array([2]), 0)
    measures = note_to_note(passage_of(notes, PASSAGE_S), 0)
    ups = measures[: len(STEPS) - 1]  # all onsets' tops: the first is the line's own, above the bass
    assert ups.sum() == pytest.approx(1.0) and ups[STEPS.index(1.5)] > 0
    higher = [Note(n.pitch + 5, n.velocity, n.start_s, n.end_s) for n in notes]
    differ = np.abs(note_to_note(passage_of(higher, PASSAGE_S), 5) - measures) > 1e-9
    assert differ.sum() == 2  # the mean heights of both hands


def test_it_tells_steps_from_leaps_that_it_never_saw(melodious: Critic) -> None:
    stepping = [melodious.realness(played(np.array([-2, -1, 1, 2]), 500 + i)) for i in range(10)]
    leaping = [melodious.realness(played(np.array([-9, -5, 5, 9]), 600 + i)) for i in range(10)]
    assert min(stepping) > max(leaping)
    assert melodious.realness(played(np.array([1]), 0)[: FEWEST_NOTES - 1]) == 0.0


def test_it_comes_back_from_its_card(melodious: Critic) -> None:
    again = Critic.from_dict(json.loads(json.dumps(melodious.as_dict())))
    notes = played(np.array([-2, 3]), 7)
    assert again.realness(notes) == pytest.approx(melodious.realness(notes), abs=0.01)


@pytest.mark.parametrize("span_s", SPANS_S)
def test_extreme_music_is_measured_too(span_s: float) -> None:
    one_chord = [Note(40 + i, 127, 0.0, 0.02) for i in range(FEWEST_NOTES)]
    measures = of_phrase(one_chord, span_s)
    assert np.isfinite(measures).all() and len(measures) == N_MEASURES[span_s]


def test_of_the_takes_of_a_phrase_the_more_real_one_is_chosen(
    melodious: Critic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maker, "REALNESS", 100.0)
    small = base.small_maker()
    choosy = MusicMaker(small.weights, small.emotion_map, "test", critics={8.0: melodious})
    request = Request(emotion.target("happy"), 12.0, seed=3, n_candidates=4)
    score = maker.Score(choosy, request, 0, np.random.default_rng(3))
    phrases = score.add(8.0)
    realness = [melodious.realness(phrase) for phrase in phrases]
    chosen = phrases.index([note for note in score.notes if note.start_s < 8.0])
    assert realness[chosen] == max(realness) > min(realness)


def test_the_committed_composer_has_one_for_each_length() -> None:
    realness = [c.realness(base.scale(n=40, tonic=60), span_s) for span_s, c in load_maker().critics.items()]
    assert len(realness) == len(SPANS_S) and np.isfinite(realness).all()


def test_as_much_is_heard_as_there_is() -> None:
    assert [heard_s(until_s) for until_s in (5.0, 8.0, 15.9, 16.0, 27.0)] == [8.0, 8.0, 8.0, 16.0, 16.0]


def test_critics_that_know_other_measures_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "composer.safetensors"
    shutil.copy(WEIGHTS, path)
    card = json.loads(WEIGHTS.with_suffix(".json").read_text())
    del card["played"]["critics"]["16"]
    path.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(CheckpointError, match=r"its critics know \{8.0: 319\} measures by .*critic_train"):
        load_maker(path)
    assert not load_maker(path, as_played=False).critics


def test_training_puts_it_into_the_card(
    emopia: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    card = tmp_path / "composer.json"
    card.write_text('{"name": "composer"}')
    small = base.small_maker()
    monkeypatch.setattr(critic_train, "load_maker", lambda **_: small)
    monkeypatch.setattr(sys, "argv", ["critic_train", str(emopia), "--pieces", "5", "--out", str(card)])
    command.run(critic_train.main)
    written = json.loads(card.read_text())
    assert written["name"] == "composer"
    played = written["played"]
    assert played["command"] == "python -m ml.music.critic_train emopia.zip --pieces 5"
    assert all(0.5 < auc <= 1 for auc in played["auc_left_out"].values())
    assert len(played["moves"]) == 2 * REACH + 1 and np.std(played["moves"]) > 0
    assert Critic.from_dict(played["critics"]["8"]).realness(base.scale(n=40, tonic=60)) != 0
    assert json.loads(capsys.readouterr().out)["auc_left_out"] == played["auc_left_out"]
