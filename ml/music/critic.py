"""What tells composed phrases from played ones: the critic that helps to choose among candidates.

Sampled music gives itself away: its upper line leaps where a melody steps, its rhythm wavers, it clings to the tonic.
A logistic regression on histograms of what follows what, fitted on the composer's own takes beside as long excerpts of
the training clips, says how far a take is from that (discriminator rejection sampling, Azadi et al. 2019). It hears
other things than the classifier that reports realism, and never the clips that one compares with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from ml.domain import Note
from ml.music.passage import BELOW_TOP, Array, histogram, logs, part, passage_of, spread

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
LIKE = 0.2  # in log2: two pauses that differ by less are of one length


def measure(notes: Sequence[Note], tonic: int) -> Array:
    """(n,) how a phrase moves.

    Args:
        notes: at least two onsets.
        tonic: pitch class that degrees count from.
    """
    passage = passage_of(notes)
    pitch, first, top, bottom = passage.pitch, passage.first, passage.top, passage.bottom
    onset_s, held_s, velocity = passage.onset_s, passage.end_s - passage.start_s, passage.velocity
    pauses, length = logs(np.diff(onset_s)), np.log2(held_s)
    moves = np.diff(passage.line)
    parts = [
        histogram(np.diff(top), STEPS),
        histogram(moves, STEPS),
        histogram(np.diff(bottom), STEPS),
        histogram(pauses, PAUSES),
        histogram(logs(np.diff(passage.line_s)), TOP_PAUSES),
        histogram(length, LENGTHS),
        histogram(passage.sizes, SIZES),
        histogram((pitch - tonic) % 12, DEGREES, held_s),
        histogram((bottom - tonic) % 12, DEGREES),
        histogram(length[:-1] - logs(np.diff(passage.start_s)), OVERLAPS),
        *(spread(values) for values in (velocity / 30, top / 12, bottom / 12, (top - bottom) / 12, pauses)),
        [
            np.log2(len(first)),
            part(np.abs(np.diff(pauses)) < LIKE),
            part(np.sign(moves[1:]) == np.sign(moves[:-1])),
            part(np.abs(moves) <= BELOW_TOP),
            part(passage.is_above),
        ],
    ]
    return np.concatenate([np.asarray(each, dtype=np.float64) for each in parts])


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
        return float(np.clip(self.odds(measure(notes, tonic)), LOWEST, HIGHEST))

    def odds(self, measures: Array) -> Array:
        """(…, n) → (…): log odds without bounds."""
        return np.asarray(self.weights[0] + self.table(measures) @ self.weights[1:])

    def as_dict(self) -> dict[str, list[float]]:
        return {field.name: getattr(self, field.name).round(5).tolist() for field in fields(self)}

    @classmethod
    def from_dict(cls, data: dict[str, list[float]]) -> "Critic":
        return cls(**{field.name: np.array(data[field.name], dtype=np.float64) for field in fields(cls)})
