"""Notes as the arrays that measures are taken of: onsets, the outer voices, the upper line."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.domain import Note
from ml.music.attributes import TOGETHER_S

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PASSAGE_S, PHRASE_S = 20.0, 8.0
SPANS_S = (PHRASE_S, 2 * PHRASE_S)  # how much music is heard at a time, where there is so much
HELD_S = 2.0  # a note says no more of the harmony after this
SHORTEST_S = 0.03
DEGREES = tuple(np.arange(13) - 0.5)  # edges of a histogram of pitch classes
BELOW_TOP = 2  # semitones: an onset so near to the highest sounding note belongs to the upper line


@dataclass(frozen=True)
class Passage:
    """Some notes that follow each other; N notes, O onsets (what begins together is one).

    Args:
        start_s, end_s, pitch, velocity: (N,) in order of their start; the first begins at 0.
        first: (O,) which note is the first of each onset.
        top, bottom: (O,) the highest and the lowest pitch that begins there.
        is_above: (O,) whether it belongs to the upper line.
        span_s: how long was listened; no note begins later.
    """

    start_s: Array
    end_s: Array
    pitch: Ints
    velocity: Array
    first: Ints
    top: Ints
    bottom: Ints
    is_above: npt.NDArray[np.bool_]
    span_s: float

    @property
    def onset_s(self) -> Array:
        """(O,) when notes begin."""
        return self.start_s[self.first]

    @property
    def sizes(self) -> Ints:
        """(O,) how many notes begin there."""
        return np.diff(self.first, append=len(self.pitch))

    @property
    def line(self) -> Ints:
        """The upper line's pitches."""
        return self.top[self.is_above]

    @property
    def line_s(self) -> Array:
        """When the upper line's notes begin."""
        return self.onset_s[self.is_above]


def passage_of(notes: Sequence[Note], span_s: float) -> Passage:
    """The arrays of at least one note."""
    ordered = sorted(notes, key=lambda note: note.start_s)
    start_s, end_s = (np.array([getattr(note, name) for note in ordered]) for name in ("start_s", "end_s"))
    start_s, end_s = start_s - start_s[0], end_s - start_s[0]
    pitch = np.array([note.pitch for note in ordered])
    velocity = np.array([float(note.velocity) for note in ordered])
    first = np.flatnonzero(np.concatenate([[True], np.diff(start_s) > TOGETHER_S]))
    top, bottom = np.maximum.reduceat(pitch, first), np.minimum.reduceat(pitch, first)
    is_above = upper_line(start_s, end_s, pitch, start_s[first], top)
    return Passage(start_s, end_s, pitch, velocity, first, top, bottom, is_above, span_s)


def upper_line(start_s: Array, end_s: Array, pitch: Ints, onset_s: Array, top: Ints) -> npt.NDArray[np.bool_]:
    """(O,) which onsets are not below what still sounds then."""
    sounding = (start_s < onset_s[:, None] - TOGETHER_S) & (end_s > onset_s[:, None] + TOGETHER_S)
    above: npt.NDArray[np.bool_] = top >= np.where(sounding, pitch, 0).max(axis=1) - BELOW_TOP
    return above


def logs(seconds: Array) -> Array:
    """log2 of times, none shorter than SHORTEST_S."""
    return np.asarray(np.log2(np.maximum(seconds, SHORTEST_S)))


def histogram(values: npt.NDArray[np.generic], edges: Sequence[float], weights: Array | None = None) -> Array:
    """Parts of 1; all 0 where there are no values."""
    counts = np.histogram(values, edges, weights=weights)[0].astype(np.float64)
    return np.asarray(counts / max(counts.sum(), 1e-9))


def spread(values: Array) -> list[float]:
    """Mean and deviation; zeros where there are no values."""
    return [float(values.mean()), float(values.std())] if len(values) else [0.0, 0.0]


def part(flags: npt.NDArray[np.bool_]) -> float:
    """How many of them are true, 0–1."""
    return float(flags.mean()) if len(flags) else 0.0
