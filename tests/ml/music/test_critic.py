"""The critics: what they measure, that they tell leaps from steps, that they help to choose, and their file."""

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
from ml.music.critic import FOREST, Critic
from ml.music.line import REACH
from ml.music.maker import WEIGHTS, MusicMaker, heard_s, load_maker
from ml.music.measures import FEWEST_NOTES, N_MEASURES, STEPS, note_to_note, of_phrase
from ml.music.passage import PASSAGE_S, PHRASE_S, SPANS_S, passage_of
from ml.music.played import Played, load_played, path_beside, save_played
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
    leaps, steps = some([-9, -5, 5, 9], 0), some([-2, -1, 1, 2], 100)
    return Critic(critic_train.fitted(leaps, steps), critic_train.grown(leaps, steps))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """The committed composer's, in a folder of their own; what it was taught does not lie there."""
    path = tmp_path / WEIGHTS.name
    shutil.copy(WEIGHTS, path)
    shutil.copy(WEIGHTS.with_suffix(".json"), path.with_suffix(".json"))
    return path


def test_upper_line_and_bass_are_measured_apart_and_key_does_not_matter() -> None:
    notes = played(np.array([2]), 0)
    measures = note_to_note(passage_of(notes, PASSAGE_S), 0)
    ups = measures[: len(STEPS) - 1]  # all onsets' tops: the first is the line's own, above the bass
    assert ups.sum() == pytest.approx(1.0) and ups[STEPS.index(1.5)] > 0
    higher = [Note(n.pitch + 5, n.velocity, n.start_s, n.end_s) for n in notes]
    differ = np.abs(note_to_note(passage_of(higher, PASSAGE_S), 5) - measures) > 1e-9
    assert differ.sum() == 2  # the mean heights of both hands


def test_it_tells_steps_from_leaps_that_it_never_saw(melodious: Critic) -> None:
    stepping = [played(np.array([-2, -1, 1, 2]), 500 + i) for i in range(10)]
    leaping = [played(np.array([-9, -5, 5, 9]), 600 + i) for i in range(10)]
    for critic in (melodious, Critic(melodious.line)):  # with a forest and without
        assert critic.realness(stepping, PHRASE_S).min() > critic.realness(leaping, PHRASE_S).max()
    few = stepping[0][: FEWEST_NOTES - 1]
    assert melodious.realness([few, stepping[0]], PHRASE_S)[0] == 0.0 == melodious.realness([few], PHRASE_S)[0]


def test_the_forest_counts_beside_the_line(melodious: Critic) -> None:
    notes = [played(np.array([-5, -2, 3, 9]), 7 + i) for i in range(8)]
    measures = np.array([of_phrase(each) for each in notes])
    added = melodious.realness(notes, PHRASE_S) - Critic(melodious.line).realness(notes, PHRASE_S)
    assert melodious.trees and added == pytest.approx(FOREST * melodious.trees.odds(measures)) and added.std() > 0


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
    realness = melodious.realness(phrases, PHRASE_S).tolist()
    chosen = phrases.index([note for note in score.notes if note.start_s < 8.0])
    assert realness[chosen] == max(realness) > min(realness)


def test_the_committed_composer_has_one_for_each_length() -> None:
    critics = load_maker().critics
    realness = [float(critics[span_s].realness([base.scale(n=40, tonic=60)], span_s)[0]) for span_s in SPANS_S]
    assert np.isfinite(realness).all() and all(critic.trees for critic in critics.values())


def test_as_much_is_heard_as_there_is() -> None:
    assert [heard_s(until_s) for until_s in (5.0, 8.0, 15.9, 16.0, 27.0)] == [8.0, 8.0, 8.0, 16.0, 16.0]


def critic_of(n_measures: int) -> Critic:
    """One that was fitted on noise."""
    composed, real = np.random.default_rng(0).normal(size=(2, 30, n_measures))
    return Critic(critic_train.fitted(composed, real), critic_train.grown(composed, real))


def test_they_come_back_from_their_file(melodious: Critic, weights: Path) -> None:
    moves, other = [0.5] * (2 * REACH + 1), critic_of(N_MEASURES[SPANS_S[1]])
    save_played(Played(moves, {PHRASE_S: melodious, SPANS_S[1]: other}), {"name": "test"}, weights)
    again, notes = load_played(weights), [played(np.array([-2, 3]), 7 + i) for i in range(5)]
    realness = melodious.realness(notes, PHRASE_S)
    assert again.critics[PHRASE_S].realness(notes, PHRASE_S) == pytest.approx(realness, abs=0.01)
    assert again.moves == moves and load_maker(weights).critics.keys() == set(SPANS_S)
    assert not load_maker(weights, as_played=False).critics


def test_what_does_not_fit_is_refused_by_name(melodious: Critic, weights: Path) -> None:
    path = path_beside(weights)
    card = path.with_suffix(".json")
    save_played(Played([], {PHRASE_S: melodious}), {"name": "test"}, weights)
    with pytest.raises(CheckpointError, match=r"its critics know \{8.0: 319\} measures by .*critic_train"):
        load_played(weights)
    card.write_text(json.dumps({"config": json.loads(card.read_text())["config"] | {"spans_s": SPANS_S}}))
    with pytest.raises(CheckpointError, match=r"do not fit their card .*16\.mean"):
        load_played(weights)
    path.write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match=r"composer-played\.safetensors: the critics cannot be read"):
        load_played(weights)
    card.write_text('{"config": {"composer": "of another day"}}')
    with pytest.raises(CheckpointError, match=r"not made for the weights in composer\.safetensors; .*critic_train"):
        load_maker(weights)


def test_training_writes_them_beside_the_weights(
    emopia: Path, weights: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = base.small_maker()
    monkeypatch.setattr(critic_train, "load_maker", lambda *_, **__: small)
    monkeypatch.setattr(critic_train, "N_TREES", 10)
    arguments = ["critic_train", str(emopia), "--pieces", "5", "--weights", str(weights)]
    monkeypatch.setattr(sys, "argv", arguments)
    command.run(critic_train.main)
    taught, card = load_played(weights), json.loads(path_beside(weights).with_suffix(".json").read_text())
    assert card["command"] == "python -m ml.music.critic_train emopia.zip --pieces 5"
    assert all(0.5 < auc <= 1 for span in card["auc_left_out"].values() for auc in span.values())
    assert len(taught.moves) == 2 * REACH + 1 and np.std(taught.moves) > 0
    critic = taught.critics[PHRASE_S]
    assert critic.trees and critic.realness([base.scale(n=40, tonic=60)], PHRASE_S)[0] != 0
    assert json.loads(capsys.readouterr().out)["auc_left_out"] == card["auc_left_out"]
