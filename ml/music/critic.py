"""What tells composed phrases from played ones: the critics that help to choose among candidates.

Sampled music gives itself away: its upper line leaps where a melody steps, its rhythm wavers, it clings to the tonic.
A logistic regression on what `of_phrase` measures, fitted on the composer's own takes beside as long excerpts of
the training clips, says how far a take is from that (discriminator rejection sampling, Azadi et al. 2019). What it lets
through differs from played music in other ways, so a forest is fitted on that, as boosting does. The measures are
computed otherwise than the features of the classifier that reports realism, though some are of the same kind, and no
critic ever hears the clips that one compares with.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.domain import Note
from ml.music.measures import FEWEST_NOTES, of_phrase
from ml.music.passage import Array
from ml.music.trees import Forest, in_bins

OUTERMOST = 4.0  # deviations
HIGHEST, LOWEST = 5.0, -8.0  # log odds: beyond them a take is good, or bad, enough
SURE = 0.01  # no forest is surer than this
FOREST = 3.0  # what its log odds count beside those of the line


@dataclass(frozen=True)
class Line:
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

    def odds(self, measures: Array) -> Array:
        """(…, n) → (…): log odds without bounds."""
        return np.asarray(self.weights[0] + self.table(measures) @ self.weights[1:])


@dataclass(frozen=True)
class Trees:
    """A forest on measures in bins.

    Args:
        edges: (n, n_bins − 1) where one bin of a measure ends and the next begins.
    """

    edges: npt.NDArray[np.float32]
    forest: Forest

    def odds(self, measures: Array) -> Array:
        """(B, n) → (B,): log odds."""
        return log_odds(self.forest.probability(in_bins(measures.astype(np.float32), self.edges)))


@dataclass(frozen=True)
class Critic:
    """Judges music of one length: `line` was fitted on all takes, `trees` on what the line lets through."""

    line: Line
    trees: Trees | None = None  # while it is still to be let through

    def realness(self, heard: Sequence[Sequence[Note]], span_s: float) -> Array:
        """(B,) log odds that somebody played these notes; 0 where they are too few to tell.

        Args:
            span_s: how long each is, as when the critic was fitted.
        """
        odds = np.zeros(len(heard))
        if many := [i for i, notes in enumerate(heard) if len(notes) >= FEWEST_NOTES]:
            measures = np.array([of_phrase(heard[i], span_s) for i in many])
            odds[many] = np.clip(self.line.odds(measures), LOWEST, HIGHEST)
            if self.trees:
                odds[many] += FOREST * self.trees.odds(measures)
        return odds


def log_odds(chance: Array) -> Array:
    """Of probabilities, held to SURE from both ends."""
    bounded = np.clip(chance, SURE, 1 - SURE)
    return np.asarray(np.log(bounded / (1 - bounded)))
