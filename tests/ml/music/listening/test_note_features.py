"""Features of notes: golden values of plain pieces, and sense for odd ones."""

import math
from itertools import pairwise

import numpy as np
import pytest

from ml.domain import Note
from ml.music.listening.harmony import CHORDS, chords, dissonance, tonality
from ml.music.listening.note_features import note_features
from ml.music.listening.register import lines, register
from ml.music.listening.rhythm import loudness, pulse, rhythm, touch
from ml.music.listening.score import score_of
from tests import base


def chord(*pitches: int, start_s: float = 0.0, length_s: float = 1.0, velocity: int = 64) -> list[Note]:
    return [Note(p, velocity, start_s, start_s + length_s) for p in pitches]


def test_rates_count_onsets_and_notes_apart() -> None:
    triads = score_of([n for i in range(9) for n in chord(60, 64, 67, start_s=i * 0.5)])  # 9 onsets in 4 s
    found = rhythm(triads)
    assert found["onset_rate"] == pytest.approx(math.log2(9 / 4)) and found["notes_per_onset"] == 3
    assert found["note_rate"] == pytest.approx(math.log2(27 / 4)) and found["chord_share"] == 1
    assert found["wait_median"] == pytest.approx(-1) and found["wait_deviation"] == pytest.approx(0, abs=1e-9)


def test_a_spread_chord_is_one_onset() -> None:
    spread = [Note(60 + 4 * i, 64, 0.03 * i, 1.0) for i in range(3)]
    assert len(score_of(spread).first) == 1 and len(score_of([*spread, Note(60, 64, 0.2, 1.0)]).first) == 2


def test_a_steady_beat_has_a_clear_pulse_and_a_ragged_one_has_not() -> None:
    steady = score_of([Note(60, 64, i * 0.5, i * 0.5 + 0.3) for i in range(60)])
    random = np.random.default_rng(0).uniform(0, 30, 60)
    ragged = score_of([Note(60, 64, t, t + 0.3) for t in sorted(random.tolist())])
    lag_s, clarity = pulse(steady)
    assert lag_s % 0.5 == pytest.approx(0, abs=0.03) and clarity > 0.8 > pulse(ragged)[1] + 0.3


def test_fullness_is_how_many_notes_sound_at_once() -> None:
    held = [n for i in range(9) for n in chord(48, 60, 64, 67, start_s=float(i))]  # 4 notes, always; 8 s of strokes
    assert touch(score_of(held))["fullness"] == pytest.approx(math.log2(36 / 8))
    short = [Note(n.pitch, 64, n.start_s, n.start_s + 0.25) for n in held]
    assert touch(score_of(short))["legato"] == pytest.approx(-2) and touch(score_of(short))["detached_share"] == 1


def test_a_crescendo_is_heard() -> None:
    found = loudness(score_of([Note(60, 20 + i, i * 0.1, i * 0.1 + 0.1) for i in range(100)]))
    assert found["velocity_by_time"] == pytest.approx(1) and found["velocity_step"] == 1


@pytest.mark.parametrize("tonic", range(12))
def test_mode_and_degrees_do_not_depend_on_the_key(tonic: int) -> None:
    major = tonality(score_of([n for i, r in enumerate((0, 5, 7, 0)) for n in chord(*(60 + tonic + r + s for s in CHORDS["major"]), start_s=float(i))]))  # fmt: skip  # noqa: E501
    minor = tonality(score_of([n for i, r in enumerate((0, 5, 7, 0)) for n in chord(*(60 + tonic + r + s for s in CHORDS["minor"]), start_s=float(i))]))  # fmt: skip  # noqa: E501
    assert major["mode"] > 0.1 > -0.1 > minor["mode"] and major["third"] > 0 > minor["third"]
    assert major["degree_1"] == pytest.approx(3 / 12) and major["outside_scale"] == pytest.approx(0)


@pytest.mark.parametrize("name", ["major", "minor", "diminished", "dominant_seventh", "suspended"])
def test_chords_are_named(name: str) -> None:
    played = [n for i in range(8) for n in chord(*(55 + step for step in CHORDS[name]), start_s=float(i))]
    found = chords(score_of(played))
    assert found[f"chord_{name}"] == 1 and found["chord_fit"] == pytest.approx(1) and found["chord_change"] == 0


def test_a_triad_is_more_consonant_than_a_cluster() -> None:
    triad, cluster = (dissonance(score_of(chord(*pitches))) for pitches in ((60, 64, 67), (60, 61, 62)))
    assert triad["consonance"] == pytest.approx((0.594 + 0.386 + 1.240) / 3)
    assert cluster["consonance"] == pytest.approx((-1.428 * 2 - 0.582) / 3)
    assert dissonance(score_of(chord(60, 66)))["interval_tritones"] == 1


def test_lines_and_register_follow_the_highest_and_lowest_notes() -> None:
    found = lines(score_of([n for i, top in enumerate((72, 74, 76, 72)) for n in chord(48, top, start_s=float(i))]))
    assert found["bottom"] == 48 and found["top"] == 73.5 and found["top_steps"] == pytest.approx(2 / 3)
    assert register(score_of(chord(40, 50, 60)))["low_share"] == pytest.approx(1 / 3)


ODD = {
    "one note": [Note(60, 64, 3.0, 3.1)],
    "one chord": chord(60, 64, 67),
    "two notes": chord(60) + chord(61, start_s=0.5),
    "five notes": list(base.scale(5)),
    "one key": [Note(60, 64, i * 0.1, i * 0.1 + 0.1) for i in range(50)],
    "held for minutes": [Note(30, 1, 0.0, 500.0), Note(31, 127, 0.001, 0.002)],
    "a long pause": [*base.scale(), Note(60, 64, 100.0, 100.5)],
    "every key at once": chord(*range(21, 109)),
}


@pytest.mark.parametrize("name", ODD)
def test_features_are_finite_and_the_same_for_any_piece(name: str) -> None:
    found = note_features(ODD[name])
    assert set(found) == set(note_features(base.scale()))
    assert all(math.isfinite(value) and abs(value) < 1000 for value in found.values())


def test_only_relative_times_count() -> None:
    notes = base.scale()
    later = [Note(n.pitch, n.velocity, n.start_s + 7, n.end_s + 7) for n in notes]
    before, after = note_features(notes), note_features(later)
    assert all(after[name] == pytest.approx(value, abs=1e-6) for name, value in before.items())
    assert all(a.start_s < b.start_s for a, b in pairwise(notes))
