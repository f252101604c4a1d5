"""Timing: a blurred pulse becomes clearer, and nothing else changes."""

import numpy as np
import pytest

from ml.domain import Note
from ml.music.timing import PERIODS_S, kept_period, tightened, tightened_by_phrases

BEAT_S = 0.25


def blurred(seed: int, n: int = 80) -> list[Note]:
    """A quarter of the beats are left out, the others are played 30 ms too early or too late."""
    random = np.random.default_rng(seed)
    beats = np.flatnonzero(random.random(n) < 0.75) * BEAT_S + 1
    return [Note(60, 70, at_s, at_s + 0.2) for at_s in np.sort(beats + random.normal(0, 0.03, len(beats))).tolist()]


def off_beat_s(notes: list[Note]) -> float:
    """The deviation of the notes' starts from the beats."""
    off = (np.array([note.start_s for note in notes]) + BEAT_S / 2) % BEAT_S
    return float(off.std())


def test_the_pulse_is_found_and_kept_better() -> None:
    notes = blurred(0)
    period_s = kept_period(np.array([note.start_s for note in notes]), np.ones(len(notes)))
    assert period_s == pytest.approx(BEAT_S, rel=0.02) or period_s == pytest.approx(2 * BEAT_S, rel=0.02)
    assert off_beat_s(tightened(notes[:20], notes[20:])) == pytest.approx(0.7 * off_beat_s(notes[20:]), rel=0.15)
    assert off_beat_s(tightened_by_phrases(notes, 8.0)) < 0.85 * off_beat_s(notes)


def test_order_lengths_and_the_first_note_stay() -> None:
    notes = blurred(1)
    found = tightened([], notes, strength=1.0)
    assert found[0].start_s == pytest.approx(notes[0].start_s)
    assert [n.end_s - n.start_s for n in found] == pytest.approx([n.end_s - n.start_s for n in notes])
    assert max(abs(a.start_s - b.start_s) for a, b in zip(found, notes, strict=True)) <= PERIODS_S[-1]
    after = tightened(notes[:40], notes[40:], strength=1.0)
    assert min(note.start_s for note in after) >= notes[39].start_s


def test_too_few_notes_and_no_strength_move_nothing() -> None:
    notes = blurred(2)
    assert tightened([], notes[:4]) == notes[:4] and tightened(notes, []) == []
    assert [n.start_s for n in tightened([], notes, 0.0)] == pytest.approx([n.start_s for n in notes])
