"""What a listener hears in a piece, in numbers, and how those numbers go with valence and arousal.

Two small linear models, both fitted on the training clips and kept in the composer's card:
the *template* says which attributes a valence–arousal point usually has (it steers the composer), the *judge*
says which point a piece's attributes suggest (it picks among candidates). EMelodyGen (Zhou et al. 2023) found
that mode, tempo, register and spread carry most of the emotion.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from ml.domain import Note
from ml.music.key import Key, find_key

Array = npt.NDArray[np.float64]

NAMES = ("mode", "pace", "chord_size", "register", "loudness", "articulation", "spread", "fullness")
MODE, PACE, REGISTER, ARTICULATION = (NAMES.index(name) for name in ("mode", "pace", "register", "articulation"))
RIDGE = 3.0  # in clips: how many clips' worth of doubt the linear fits start from
OUTERMOST = 3.0  # deviations
TOGETHER_S = 0.05  # notes that begin within this of each other are heard as one chord


def attributes(notes: Sequence[Note], key: Key | None = None) -> Array:
    """(8,) raw attributes of a piece.

    mode: correlation with the best major key less that with the best minor one; pace: log2 of chords and single
    notes struck a second; chord_size: notes struck together, mean; register: mean pitch (MIDI number); loudness: mean
    velocity; articulation: log2 of the median note length in seconds; spread: deviation of pitch in semitones;
    fullness: log2 of how many notes sound at a time, mean.

    Args:
        notes: at least one, in order of their start.
        key: theirs, where it is known already.
    """
    starts_s = np.array([n.start_s for n in notes])
    seconds = max(starts_s[-1] - starts_s[0], 0.5)
    n_struck = 1 + int((np.diff(starts_s) > TOGETHER_S).sum())
    pitches = np.array([n.pitch for n in notes], dtype=np.float64)
    lengths_s = np.array([n.end_s - n.start_s for n in notes])
    return np.array(
        [
            (key or find_key(notes)).majorness,
            np.log2(n_struck / seconds),
            len(notes) / n_struck,
            pitches.mean(),
            np.mean([n.velocity for n in notes]),
            np.log2(np.median(lengths_s)),
            pitches.std(),
            np.log2(lengths_s.sum() / seconds),
        ]
    )


def slowed(raw: Array, factor: float) -> Array:
    """The attributes of the same notes played `factor` times as slowly."""
    changed = raw.copy()
    changed[..., PACE] -= np.log2(factor)
    changed[..., ARTICULATION] += np.log2(factor)
    return changed


@dataclass(frozen=True)
class EmotionMap:
    """Attributes ↔ valence and arousal.

    Args:
        mean, deviation: (8,) of the training clips' attributes; everything below is in these standard units.
        template: (3, 8): rows 1, valence, arousal → expected attributes.
        scatter: (8, 8): times standard normal numbers, how clips lie around what the template expects.
        judge: (9, 2): rows 1, eight attributes → valence, arousal.
    """

    mean: Array
    deviation: Array
    template: Array
    scatter: Array
    judge: Array

    def standard(self, raw: Array) -> Array:
        """(…, 8) raw attributes → standard units."""
        return (raw - self.mean) / self.deviation

    def expected(self, valence: float, arousal: float) -> Array:
        """(8,) standard attributes that music at this point usually has."""
        return np.array([1.0, valence, arousal]) @ self.template

    def judged(self, raw: Array) -> Array:
        """(…, 2) valence and arousal that (…, 8) raw attributes suggest, each held to −1…1."""
        return np.clip(with_one(held(self.standard(raw))) @ self.judge, -1.0, 1.0)

    def heard(self, notes: Sequence[Note]) -> tuple[float, float]:
        """The valence and arousal that the piece's attributes suggest."""
        valence, arousal = self.judged(attributes(notes))
        return float(valence), float(arousal)

    def as_dict(self) -> dict[str, list[float] | list[list[float]]]:
        return {field.name: getattr(self, field.name).round(5).tolist() for field in fields(self)}

    @classmethod
    def from_dict(cls, data: dict[str, list[float]]) -> "EmotionMap":
        return cls(**{field.name: np.array(data[field.name], dtype=np.float64) for field in fields(cls)})


def held(standard: Array) -> Array:
    """Standard attributes held to ±OUTERMOST, so that no outlier decides alone."""
    return np.clip(standard, -OUTERMOST, OUTERMOST)


def with_one(x: Array) -> Array:
    """Put a constant 1 before the last axis."""
    return np.concatenate([np.ones((*x.shape[:-1], 1)), x], axis=-1)


def ridge(x: Array, y: Array) -> Array:
    """Least squares of y on x with all but the constant column held back by RIDGE."""
    penalty = RIDGE * np.eye(x.shape[1])
    penalty[0, 0] = 0.0
    return np.linalg.solve(x.T @ x + penalty, x.T @ y).astype(np.float64)


def fit(raw: Array, points: Array) -> EmotionMap:
    """Fit both maps on (N, 8) raw attributes and (N, 2) valence–arousal points."""
    mean, deviation = raw.mean(axis=0), np.maximum(raw.std(axis=0), 1e-9)
    standard = held((raw - mean) / deviation)
    template, judge = ridge(with_one(points), standard), ridge(with_one(standard), points)
    left = standard - with_one(points) @ template
    scatter: Array = np.linalg.cholesky(left.T @ left / len(left) + 1e-6 * np.eye(len(NAMES))).astype(np.float64)
    return EmotionMap(mean, deviation, template, scatter, judge)


def out_of_fold(raw: Array, points: Array, groups: Sequence[str], n_folds: int = 10) -> Array:
    """(N, 2) points predicted for each clip by judges that never saw its song."""
    songs = sorted(set(groups))
    fold_of = {song: i % n_folds for i, song in enumerate(songs)}
    folds = np.array([fold_of[group] for group in groups])
    predicted = np.zeros_like(points)
    for k in range(n_folds):
        predicted[folds == k] = fit(raw[folds != k], points[folds != k]).judged(raw[folds == k])
    return predicted
