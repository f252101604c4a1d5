"""What a listener hears in a piece, in numbers, and how those numbers go with valence and arousal.

Two small linear models, both fitted on the training clips and kept in the composer's card:
the *template* says which attributes a valence–arousal point usually has (it steers the composer), the *judge*
says which point a piece's attributes suggest (it picks among candidates). EMelodyGen (Zhou et al. 2023) found
that mode, tempo, register and loudness carry most of the emotion.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.domain import Note
from ml.music.key import find_key

Array = npt.NDArray[np.float64]

NAMES = ("mode", "density", "register", "loudness", "articulation", "spread")
RIDGE = 3.0  # in clips: how many clips' worth of doubt the linear fits start from


def attributes(notes: Sequence[Note]) -> Array:
    """(6,) raw attributes of a piece.

    mode: correlation with the best major key less that with the best minor one; density: log2 of notes a second;
    register: mean pitch (MIDI number); loudness: mean velocity; articulation: log2 of the median note length in
    seconds; spread: deviation of pitch in semitones.
    """
    seconds = max(notes[-1].start_s - notes[0].start_s, 0.5)
    pitches = np.array([n.pitch for n in notes], dtype=np.float64)
    lengths = np.array([n.end_s - n.start_s for n in notes])
    return np.array(
        [
            find_key(notes).majorness,
            np.log2(len(notes) / seconds),
            pitches.mean(),
            np.mean([n.velocity for n in notes]),
            np.log2(np.median(lengths)),
            pitches.std(),
        ]
    )


@dataclass(frozen=True)
class EmotionMap:
    """Attributes ↔ valence and arousal.

    Args:
        mean, deviation: (6,) of the training clips' attributes; everything below is in these standard units.
        template: (3, 6): rows 1, valence, arousal → expected attributes.
        judge: (7, 2): rows 1, six attributes → valence, arousal.
    """

    mean: Array
    deviation: Array
    template: Array
    judge: Array

    def standard(self, raw: Array) -> Array:
        """(…, 6) raw attributes → standard units, held to ±3."""
        return np.clip((raw - self.mean) / self.deviation, -3.0, 3.0)

    def expected(self, valence: float, arousal: float) -> Array:
        """(6,) standard attributes that music at this point usually has."""
        return np.array([1.0, valence, arousal]) @ self.template

    def heard(self, notes: Sequence[Note]) -> tuple[float, float]:
        """The valence and arousal that the piece's attributes suggest, each held to −1…1."""
        valence, arousal = np.clip(with_one(self.standard(attributes(notes))) @ self.judge, -1.0, 1.0)
        return float(valence), float(arousal)

    def as_dict(self) -> dict[str, list[float] | list[list[float]]]:
        return {name: getattr(self, name).round(5).tolist() for name in ("mean", "deviation", "template", "judge")}

    @classmethod
    def from_dict(cls, data: dict[str, list[float]]) -> "EmotionMap":
        return cls(
            **{name: np.array(data[name], dtype=np.float64) for name in ("mean", "deviation", "template", "judge")}
        )


def with_one(x: Array) -> Array:
    """Put a constant 1 before the last axis."""
    return np.concatenate([np.ones((*x.shape[:-1], 1)), x], axis=-1)


def ridge(x: Array, y: Array) -> Array:
    """Least squares of y on x with all but the constant column held back by RIDGE."""
    penalty = RIDGE * np.eye(x.shape[1])
    penalty[0, 0] = 0.0
    return np.linalg.solve(x.T @ x + penalty, x.T @ y).astype(np.float64)


def fit(raw: Array, points: Array) -> EmotionMap:
    """Fit both maps on (N, 6) raw attributes and (N, 2) valence–arousal points."""
    mean, deviation = raw.mean(axis=0), raw.std(axis=0)
    standard = np.clip((raw - mean) / deviation, -3.0, 3.0)
    return EmotionMap(mean, deviation, ridge(with_one(points), standard), ridge(with_one(standard), points))


def out_of_fold(raw: Array, points: Array, groups: Sequence[str], n_folds: int = 10) -> Array:
    """(N, 2) points predicted for each clip by judges that never saw its song."""
    songs = sorted(set(groups))
    fold_of = {song: i % n_folds for i, song in enumerate(songs)}
    folds = np.array([fold_of[group] for group in groups])
    predicted = np.zeros_like(points)
    for k in range(n_folds):
        emotion_map = fit(raw[folds != k], points[folds != k])
        predicted[folds == k] = with_one(emotion_map.standard(raw[folds == k])) @ emotion_map.judge
    return np.clip(predicted, -1.0, 1.0)
