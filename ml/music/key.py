"""The key of a piece: the tonic's pitch class and the mode, by correlation with key profiles.

Profiles: Albrecht & Shanahan (2013), "The use of large corpora to train a new type of key-finding algorithm",
Music Perception 31(1): relative durations of the scale degrees in 490 major- and minor-key works.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.domain import Note

MAJOR_PROFILE = np.array([0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081])
MINOR_PROFILE = np.array([0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052])
LONGEST_WEIGHT_S = 2.0  # a held note says no more about the key after this


@dataclass(frozen=True)
class Key:
    """A tonic (pitch class, 0 = C), a mode, and how clearly the mode is major.

    Args:
        majorness: correlation with the best major profile less that with the best minor one, about −0.5…0.5.
    """

    tonic: int
    mode: str
    majorness: float

    @property
    def offset(self) -> int:
        return offset_of(self.tonic)


def offset_of(tonic: int) -> int:
    """Semitones from C to the tonic by the shorter way, −5…6: subtract it to bring a pitch to C."""
    return tonic if tonic <= 6 else tonic - 12


def pitch_class_weights(notes: Sequence[Note]) -> npt.NDArray[np.float64]:
    """(12,) seconds sounded by each pitch class, each note counted up to LONGEST_WEIGHT_S."""
    weights = np.zeros(12)
    for note in notes:
        weights[note.pitch % 12] += min(note.end_s - note.start_s, LONGEST_WEIGHT_S)
    return weights


def find_key(notes: Sequence[Note]) -> Key:
    """The key whose profile correlates best with the notes' pitch classes."""
    weights = pitch_class_weights(notes)
    weights = weights + 1e-9 * np.arange(12)  # one note alone still has a correlation
    scores = {
        (mode, tonic): float(np.corrcoef(np.roll(profile, tonic), weights)[0, 1])
        for mode, profile in (("major", MAJOR_PROFILE), ("minor", MINOR_PROFILE))
        for tonic in range(12)
    }
    mode, tonic = max(scores, key=scores.__getitem__)
    best = {m: max(score for (mode_, _), score in scores.items() if mode_ == m) for m in ("major", "minor")}
    return Key(tonic, mode, best["major"] - best["minor"])


def mode_on(notes: Sequence[Note], tonic: int) -> str:
    """The mode over a known tonic, by which of the two thirds sounds longer."""
    weights = pitch_class_weights(notes)
    return "major" if weights[(tonic + 4) % 12] >= weights[(tonic + 3) % 12] else "minor"
