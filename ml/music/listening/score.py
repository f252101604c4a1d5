"""Notes as arrays, ready to be measured: times from the first stroke, strokes grouped into onsets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.domain import Note

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Features = dict[str, float]

# Two strokes closer than this are heard as one onset: chords of good pianists spread over some 30 ms (Goebl 2001,
# "Melody lead in piano performance", JASA 110(1)), and performances in EMOPIA are transcribed to about 10 ms.
ONE_ONSET_S = 0.05
SHORTEST_SPAN_S = 1.0  # rates of a shorter piece are counted as if it lasted so long


@dataclass(frozen=True)
class Score:
    """N notes in order of their start, in n onsets.

    Args:
        start_s, end_s: (N,) seconds from the first stroke.
        pitch: (N,) MIDI numbers.
        velocity: (N,) 1–127.
        onset: (N,) which onset a note belongs to, 0 … n − 1.
    """

    start_s: Floats
    end_s: Floats
    pitch: Ints
    velocity: Floats
    onset: Ints

    @property
    def length_s(self) -> Floats:
        return self.end_s - self.start_s

    @property
    def first(self) -> Ints:
        """(n,) index of each onset's first note."""
        return np.flatnonzero(np.diff(self.onset, prepend=-1))

    @property
    def onset_s(self) -> Floats:
        """(n,) when each onset is struck."""
        return self.start_s[self.first]

    @property
    def span_s(self) -> float:
        """From the first stroke to the last, at least SHORTEST_SPAN_S."""
        return max(float(self.start_s[-1]), SHORTEST_SPAN_S)


def score_of(notes: Sequence[Note]) -> Score:
    """Arrays of at least one note, in order of their start."""
    start_s = np.array([n.start_s for n in notes])
    onset = np.concatenate([[0], np.cumsum(np.diff(start_s) > ONE_ONSET_S)]).astype(np.int64)
    return Score(
        start_s - start_s[0],
        np.array([n.end_s for n in notes]) - start_s[0],
        np.array([n.pitch for n in notes], dtype=np.int64),
        np.array([n.velocity for n in notes], dtype=np.float64),
        onset,
    )


def share(weights: Floats) -> Floats:
    """Weights as parts of 1; all equal where there are none."""
    total = weights.sum()
    return weights / total if total > 0 else np.full(len(weights), 1 / len(weights))


def entropy(parts: Floats) -> float:
    """Shannon's, in bits, of parts that sum to 1."""
    return float(-(parts * np.log2(np.maximum(parts, 1e-12))).sum())


def correlation(x: Floats, y: Floats) -> float:
    """Pearson's; 0 where one of the two does not vary."""
    if len(x) < 2 or np.ptp(x) < 1e-9 or np.ptp(y) < 1e-9:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])
