"""What tells composed phrases from played ones: the critic that helps to choose among candidates.

Sampled music gives itself away: its upper line leaps where a melody steps, its rhythm wavers, it clings to the tonic.
A logistic regression on what `of_phrase` measures, fitted on the composer's own takes beside as long excerpts of
the training clips, says how far a take is from that (discriminator rejection sampling, Azadi et al. 2019). Its measures
are computed otherwise than the features of the classifier that reports realism, though some are of the same kind, and
it never hears the clips that one compares with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from ml.domain import Note
from ml.music.measures import FEWEST_NOTES, of_phrase
from ml.music.passage import PHRASE_S, Array

OUTERMOST = 4.0  # deviations
HIGHEST, LOWEST = 5.0, -8.0  # log odds: beyond them a take is good, or bad, enough


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

    def realness(self, notes: Sequence[Note], span_s: float = PHRASE_S) -> float:
        """Log odds, LOWEST to HIGHEST, that somebody played these notes; 0 where they are too few to tell.

        Args:
            span_s: how long it hears, as when it was fitted.
        """
        if len(notes) < FEWEST_NOTES:
            return 0.0
        return float(np.clip(self.odds(of_phrase(notes, span_s)), LOWEST, HIGHEST))

    def odds(self, measures: Array) -> Array:
        """(…, n) → (…): log odds without bounds."""
        return np.asarray(self.weights[0] + self.table(measures) @ self.weights[1:])

    def as_dict(self) -> dict[str, list[float]]:
        return {field.name: getattr(self, field.name).round(5).tolist() for field in fields(self)}

    @classmethod
    def from_dict(cls, data: dict[str, list[float]]) -> "Critic":
        return cls(**{field.name: np.array(data[field.name], dtype=np.float64) for field in fields(cls)})
