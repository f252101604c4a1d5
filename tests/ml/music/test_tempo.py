"""The tempo of notes: found where there is a pulse, and nothing where there is none."""

import numpy as np
import pytest

from ml.domain import Note
from ml.music.midi import read_notes
from ml.music.tempo import tempo_of
from tests import base


def beats(bpm: float, n: int = 40, shaken_s: float = 0.0) -> list[Note]:
    """One stroke a beat, every second one with a bass note, played as unevenly as asked."""
    random = np.random.default_rng(0)
    starts = np.arange(n) * 60 / bpm + random.normal(0, shaken_s, n).clip(-0.05, 0.05) + 0.1
    melody = [Note(72, 70, float(at_s), float(at_s) + 0.2) for at_s in starts]
    bass = [Note(48, 80, float(at_s), float(at_s) + 0.4) for at_s in starts[::2]]
    return sorted(melody + bass, key=lambda note: note.start_s)


@pytest.mark.parametrize("bpm", [66.0, 80.0, 96.0, 110.0])
@pytest.mark.parametrize("shaken_s", [0.0, 0.01])
def test_it_finds_a_steady_beat(bpm: float, shaken_s: float) -> None:
    assert tempo_of(beats(bpm, shaken_s=shaken_s)) == pytest.approx(bpm, rel=0.02)


def test_it_prefers_the_pulse_that_people_tap() -> None:
    for step_s in (0.125, 0.25):  # nobody taps 480 or 240 a minute
        tempo = tempo_of(base.scale(n=64, step_s=step_s))
        assert tempo is not None
        assert 60 < tempo < 130


def test_a_played_song_has_its_songs_tempo() -> None:
    """POP909's song 1: its annotated beats lie 0.667 s apart."""
    assert tempo_of(read_notes(base.SONG)) == pytest.approx(90, rel=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_notes_strewn_at_random_have_none(seed: int) -> None:
    starts = np.sort(np.random.default_rng(seed).uniform(0, 30, 150))
    assert tempo_of([Note(60, 64, float(at_s), float(at_s) + 0.2) for at_s in starts]) is None


@pytest.mark.parametrize("n", [1, 3, 7])
def test_a_handful_of_notes_has_none(n: int) -> None:
    assert tempo_of(base.scale(n=n)) is None
    assert tempo_of([Note(60 + i, 64, 0.0, 1.0) for i in range(12)]) is None
