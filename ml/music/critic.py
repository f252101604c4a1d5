"""What tells composed phrases from played ones: the critic that helps to choose among candidates.

Sampled music gives itself away: its upper line leaps where a melody steps, its rhythm wavers, it clings to the tonic.
A logistic regression on histograms of what follows what, fitted on the composer's own takes beside as long excerpts of
the training clips, says how far a take is from that (discriminator rejection sampling, Azadi et al. 2019). It hears
other things than the classifier that reports realism, and never the clips that one compares with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from ml.domain import Note
from ml.music.attributes import TOGETHER_S

Array = npt.NDArray[np.float64]

FEWEST_NOTES = 9  # a shorter phrase is not judged
OUTERMOST = 4.0  # deviations
HIGHEST, LOWEST = 5.0, -8.0  # log odds: beyond them a take is good, or bad, enough

# Edges of histograms. Steps are in semitones; times in log2 of seconds; ends are open.
STEPS = (-99, -12, -8, -5, -3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 5, 8, 12, 99)
PAUSES = (-9, -4, -3, -2.5, -2, -1.5, -1, -0.5, 0, 9)
TOP_PAUSES = (-9, -3, -2, -1.5, -1, -0.5, 0, 9)
LENGTHS = (-9, -4, -3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 9)
OVERLAPS = (-9, -2, -1, -0.3, 0.3, 1, 2, 3, 9)  # a note's length over the time to the next note's beginning
SIZES = (0.5, 1.5, 2.5, 3.5, 4.5, 99)  # of chords
DEGREES = tuple(np.arange(13) - 0.5)
SHORTEST_S = 0.03
LIKE = 0.2  # in log2: two pauses that differ by less are of one length
BELOW_TOP = 2  # semitones: an onset so near to the highest sounding note belongs to the upper line


def measure(notes: Sequence[Note], tonic: int) -> Array:
    """(n,) how a phrase moves.

    Args:
        notes: at least two onsets.
        tonic: pitch class that degrees count from.
    """
    ordered = sorted(notes, key=lambda note: note.start_s)
    start_s, end_s = (np.array([getattr(note, name) for note in ordered]) for name in ("start_s", "end_s"))
    pitch = np.array([note.pitch for note in ordered])
    velocity = np.array([float(note.velocity) for note in ordered])
    first = np.flatnonzero(np.concatenate([[True], np.diff(start_s) > TOGETHER_S]))
    onset_s = start_s[first]
    top, bottom = np.maximum.reduceat(pitch, first), np.minimum.reduceat(pitch, first)
    is_above = upper_line(start_s, end_s, pitch, onset_s, top)
    melody, melody_s = top[is_above], onset_s[is_above]
    pauses, length = logs(np.diff(onset_s)), np.log2(end_s - start_s)
    moves = np.diff(melody)
    parts = [
        histogram(np.diff(top), STEPS),
        histogram(moves, STEPS),
        histogram(np.diff(bottom), STEPS),
        histogram(pauses, PAUSES),
        histogram(logs(np.diff(melody_s)), TOP_PAUSES),
        histogram(length, LENGTHS),
        histogram(np.diff(first, append=len(pitch)), SIZES),
        histogram((pitch - tonic) % 12, DEGREES, end_s - start_s),
        histogram((bottom - tonic) % 12, DEGREES),
        histogram(length[:-1] - logs(np.diff(start_s)), OVERLAPS),
        *(spread(values) for values in (velocity / 30, top / 12, bottom / 12, (top - bottom) / 12, pauses)),
        [
            np.log2(len(first)),
            part(np.abs(np.diff(pauses)) < LIKE),
            part(np.sign(moves[1:]) == np.sign(moves[:-1])),
            part(np.abs(moves) <= BELOW_TOP),
            part(is_above),
        ],
    ]
    return np.concatenate([np.asarray(each, dtype=np.float64) for each in parts])


def upper_line(start_s: Array, end_s: Array, pitch: Array, onset_s: Array, top: Array) -> npt.NDArray[np.bool_]:
    """(onsets,) which of them are not below what still sounds then."""
    sounding = (start_s < onset_s[:, None] - TOGETHER_S) & (end_s > onset_s[:, None] + TOGETHER_S)
    above: npt.NDArray[np.bool_] = top >= np.where(sounding, pitch, 0).max(axis=1) - BELOW_TOP
    return above


def logs(seconds: Array) -> Array:
    return np.asarray(np.log2(np.maximum(seconds, SHORTEST_S)))


def histogram(values: npt.NDArray[np.generic], edges: Sequence[float], weights: Array | None = None) -> Array:
    """Parts of 1; all 0 where there are no values."""
    counts = np.histogram(values, edges, weights=weights)[0].astype(np.float64)
    return np.asarray(counts / max(counts.sum(), 1e-9))


def spread(values: Array) -> list[float]:
    return [float(values.mean()), float(values.std())] if len(values) else [0.0, 0.0]


def part(flags: npt.NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else 0.0


@dataclass(frozen=True)
class Critic:
    """A logistic regression on standard measures and their squares.

    Args:
        mean, deviation: (n,) of the measures.
        weights: (1 + 2 n,) of a constant, the measures and their squares.
    """

    mean: Array
    deviation: Array
    weights: Array

    def table(self, measures: Array) -> Array:
        """(…, n) → (…, 2 n): standard measures and their squares."""
        standard = np.clip((measures - self.mean) / self.deviation, -OUTERMOST, OUTERMOST)
        return np.concatenate([standard, standard**2], axis=-1)

    def realness(self, notes: Sequence[Note], tonic: int) -> float:
        """Log odds, LOWEST to HIGHEST, that somebody played these notes; 0 where they are too few to tell."""
        if len(notes) < FEWEST_NOTES:
            return 0.0
        odds = self.weights[0] + self.table(measure(notes, tonic)) @ self.weights[1:]
        return float(np.clip(odds, LOWEST, HIGHEST))

    def as_dict(self) -> dict[str, list[float]]:
        return {field.name: getattr(self, field.name).round(5).tolist() for field in fields(self)}

    @classmethod
    def from_dict(cls, data: dict[str, list[float]]) -> "Critic":
        return cls(**{field.name: np.array(data[field.name], dtype=np.float64) for field in fields(cls)})
