"""Notes to events and back."""

import numpy as np

from ml.domain import HIGHEST_PITCH, LOWEST_PITCH
from ml.music.midi import read_notes
from ml.music.roundtrip import report
from ml.music.tokens import DURATIONS_S, SHIFTS_S, SIZES, decode, encode, fold, nearest
from tests import base


def test_a_real_song_survives_the_round_trip() -> None:
    notes = read_notes(base.SONG)
    back = decode(encode(notes, offset=6), offset=6, start_s=notes[0].start_s)
    assert len(back) >= 0.99 * len(notes)  # strokes of one key that now coincide become one
    pitches = {n.pitch for n in notes}
    assert {n.pitch for n in back} == pitches


def test_times_do_not_drift() -> None:
    notes = base.scale(n=400, step_s=0.1371)
    back = decode(encode(notes, offset=0), offset=0)
    errors = [abs(a.start_s - b.start_s) for a, b in zip(notes, back, strict=True)]
    assert max(errors) <= 0.011  # half of the finest step


def test_velocity_and_duration_stay_within_half_a_step() -> None:
    back = decode(encode(base.scale(), offset=0), offset=0)
    for before, after in zip(base.scale(), back, strict=True):
        assert abs(before.velocity - after.velocity) <= 4
        assert abs(np.log((after.end_s - after.start_s) / (before.end_s - before.start_s))) <= np.log(1.14) / 2 + 1e-9


def test_every_token_fits_its_vocabulary() -> None:
    events = encode(read_notes(base.SONG), offset=6)
    assert (events >= 0).all()
    assert (events < np.array(SIZES)).all()


def test_nearest_is_the_nearest() -> None:
    for table in (SHIFTS_S, DURATIONS_S):
        values = np.random.default_rng(0).uniform(0, 7, 200)
        expected = np.abs(values[:, None] - table).argmin(axis=1)
        assert (nearest(table, values) == expected).all()


def test_octaves_beyond_the_piano_are_folded_back() -> None:
    folded = [fold(pitch) for pitch in range(128)]
    assert min(folded) >= LOWEST_PITCH
    assert max(folded) <= HIGHEST_PITCH
    assert all((a - b) % 12 == 0 for a, b in enumerate(folded))


def test_the_round_trip_is_reported() -> None:
    song = read_notes(base.SONG)
    told = report("one song", [song])
    assert told["notes"] == len(song)
    assert told["notes_lost"] <= 0.01 * len(song)
    assert told["start_ms"][1] <= 10.0
    assert told["length_percent"][0] <= 3.5  # half of a step of 14 % at most, half of that in the median
    assert report("its half", [song[: len(song) // 2]])["notes"] == len(song) // 2
