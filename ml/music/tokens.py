"""Notes ↔ events: each note is one event of four tokens, in the manner of Compound Word (Hsiao et al. 2021).

An event is (shift, pitch, duration, velocity): the time since the note before, the pitch brought to the key of C
(so that the network hears scale degrees, not keys), how long it sounds, how hard it is struck. EMOPIA's clips are
performances without a beat grid, so time stays in seconds, finely divided.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ml.domain import HIGHEST_PITCH, LOWEST_PITCH, Note
from ml.music.midi import one_key_one_note

Events = npt.NDArray[np.int64]  # (N, 4): shift, pitch, duration, velocity

# Seconds: 0–0.6 in steps of 20 ms (below what a listener takes for uneven), then each 8 % longer up to 3 s.
SHIFTS_S = np.concatenate([np.arange(31) * 0.02, 0.6 * 1.08 ** np.arange(1, 22)])
# Seconds: each 14 % longer, 0.05–6 s.
DURATIONS_S = np.geomspace(0.05, 6.0, 38)
VELOCITIES = np.arange(6, 127, 8)  # the middles of 16 bins
N_PITCHES = 128


class Sizes(NamedTuple):
    """How many tokens each part of an event has; one more stands for "start of piece"."""

    shift: int
    pitch: int
    duration: int
    velocity: int


SIZES = Sizes(len(SHIFTS_S), N_PITCHES, len(DURATIONS_S), len(VELOCITIES))
START = tuple(SIZES)  # the event before the first one: each part's extra token


def nearest(table: npt.NDArray[np.float64], values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Index of the entry of a sorted table nearest to each value."""
    right = np.searchsorted(table, values).clip(1, len(table) - 1)
    return np.where(values - table[right - 1] <= table[right] - values, right - 1, right).astype(np.int64)


def encode(notes: Sequence[Note], offset: int) -> Events:
    """(N, 4) events of notes in order of their start; `offset` semitones are taken from every pitch.

    Errors do not add up: each shift is measured from where the decoder will stand.
    """
    clock_s = notes[0].start_s if notes else 0.0
    shifts = []
    for note in notes:
        index = int(nearest(SHIFTS_S, np.array([note.start_s - clock_s]))[0])
        clock_s += SHIFTS_S[index]
        shifts.append(index)
    durations = nearest(DURATIONS_S, np.array([note.end_s - note.start_s for note in notes]))
    velocities = nearest(VELOCITIES.astype(np.float64), np.array([float(note.velocity) for note in notes]))
    pitches = np.array([note.pitch - offset for note in notes], dtype=np.int64)
    return np.stack([np.array(shifts, dtype=np.int64), pitches, durations, velocities], axis=1)


def decode(events: Events, offset: int, start_s: float = 0.0) -> tuple[Note, ...]:
    """Notes of (N, 4) events, `offset` semitones higher; octaves outside the piano are folded back onto it."""
    starts_s = start_s + np.cumsum(SHIFTS_S[events[:, 0]])
    return one_key_one_note(
        Note(fold(int(pitch) + offset), int(VELOCITIES[velocity]), float(at_s), float(at_s + DURATIONS_S[duration]))
        for at_s, (_, pitch, duration, velocity) in zip(starts_s, events, strict=True)
    )


def fold(pitch: int) -> int:
    """The pitch, moved by octaves onto the piano's keys."""
    while pitch < LOWEST_PITCH:
        pitch += 12
    while pitch > HIGHEST_PITCH:
        pitch -= 12
    return pitch
