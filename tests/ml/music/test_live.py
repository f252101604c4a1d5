"""Music that goes on phrase by phrase: seamless, the same again, and back from bytes."""

from itertools import pairwise

import numpy as np
import pytest

from ml import emotion
from ml.domain import Note
from ml.errors import MidiError
from ml.music.live import PHRASE_S, REMEMBERED_S, Follower, Moment, Phrase, beginning, latest, seconds_of
from ml.music.maker import load_maker
from ml.music.phrases import LONGEST_SHIFT_S
from tests import base

HAPPY, SAD = emotion.target("happy"), emotion.target("sad")


@pytest.fixture(scope="module")
def follower() -> Follower:
    return Follower(base.small_maker())


def followed(follower: Follower, n: int, seed: int = 3) -> tuple[list[Phrase], Moment]:
    moment, phrases = beginning(seed), []
    for i in range(n):
        phrase, moment = follower.go_on(moment, HAPPY if i < n // 2 else SAD)
        phrases.append(phrase)
    return phrases, moment


def test_each_phrase_begins_where_the_one_before_ended(follower: Follower) -> None:
    phrases, moment = followed(follower, 12)
    assert [phrase.number for phrase in phrases] == list(range(12))
    assert phrases[0].begin_s == 0.0
    for one, next_one in pairwise(phrases):
        assert next_one.begin_s == one.end_s
    for phrase in phrases:
        assert all(phrase.begin_s <= note.start_s <= phrase.end_s + 1e-9 for note in phrase.notes)
        assert phrase.end_s - PHRASE_S * (phrase.number + 1) <= LONGEST_SHIFT_S
    starts_s = [note.start_s for phrase in phrases for note in phrase.notes]
    assert max(later - earlier for earlier, later in pairwise(starts_s)) <= LONGEST_SHIFT_S + 1e-9
    assert moment.clock_s == phrases[-1].end_s
    assert seconds_of(moment.recent) <= REMEMBERED_S + LONGEST_SHIFT_S


def test_a_moment_that_was_put_away_goes_on_as_if_it_never_was(follower: Follower) -> None:
    _, moment = followed(follower, 3)
    again = Moment.unpack(moment.pack())
    assert follower.go_on(again, SAD)[0] == follower.go_on(moment, SAD)[0]
    assert follower.go_on(Moment.unpack(beginning(5).pack()), SAD)[0] == follower.go_on(beginning(5), SAD)[0]


def test_a_moment_stays_small(follower: Follower) -> None:
    sizes = [len(followed(follower, n)[1].pack()) for n in (10, 40)]
    assert max(sizes) < 100_000
    assert sizes[1] < 2 * sizes[0]


def test_seeds_and_targets_make_different_music(follower: Follower) -> None:
    first = follower.go_on(beginning(0), HAPPY)[0].notes
    assert first == follower.go_on(beginning(0), HAPPY)[0].notes
    assert first != follower.go_on(beginning(1), HAPPY)[0].notes
    assert first != follower.go_on(beginning(0), SAD)[0].notes


def test_it_closes_on_its_own_tonic(follower: Follower) -> None:
    phrases, moment = followed(follower, 4)
    close = follower.close(moment)
    assert close.begin_s == phrases[-1].end_s
    assert min(note.start_s for note in close.notes) >= phrases[-1].notes[-1].start_s
    last: list[Note] = sorted(close.notes, key=lambda note: note.start_s)[-5:]
    assert min(note.pitch for note in last) % 12 == moment.tonic
    assert max(note.end_s for note in last) == pytest.approx(close.end_s)


@pytest.mark.parametrize("data", [b"", b"noise", b"PK\x03\x04cut"])
def test_other_bytes_are_no_moment(data: bytes) -> None:
    with pytest.raises(MidiError) as caught:
        Moment.unpack(data)
    assert caught.value.code == "bad-moment"


def test_the_latest_events_are_those_of_the_last_seconds() -> None:
    events = np.array([[50, 60, 10, 8], [25, 62, 10, 8], [25, 64, 10, 8]])  # … 0.5 s and 0.5 s apart
    assert latest(events, 0.6)[:, 1].tolist() == [62, 64]
    assert latest(events, 0.0)[:, 1].tolist() == [64]
    assert len(latest(events[:0], 5.0)) == 0


def test_the_trained_composer_turns_with_the_target() -> None:
    maker = load_maker()
    follower, heard = Follower(maker), {}
    for target in (HAPPY, SAD):
        moment = beginning(1)
        notes: list[Note] = []
        for _ in range(6):
            phrase, moment = follower.go_on(moment, target)
            notes.extend(phrase.notes)
        heard[target.name] = maker.emotion_map.heard(notes)
    assert heard["happy"][0] > heard["sad"][0] + 0.2
    assert heard["happy"][1] > heard["sad"][1] + 0.2
