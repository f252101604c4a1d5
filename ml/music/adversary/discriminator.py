"""Tells composed passages from played ones by their measures, in log odds that can be rewards."""

import numpy as np

from ml.music.critic import HIGHEST, LOWEST, log_odds
from ml.music.critic_train import fitted, forest, labels
from ml.music.passage import Array

LINE, TREES = 0.5, 1.0  # how much the straight line and the forest count


class Discriminator:
    """A logistic regression on measures and their squares, and extremely randomised trees; both count.

    Args:
        composed, played: (N, n), (M, n) measures.
    """

    def __init__(self, composed: Array, played: Array, seed: int) -> None:
        self.line = fitted(composed, played)
        self.trees = forest(seed).fit(np.concatenate([composed, played]), labels(composed, played))

    def odds(self, measures: Array) -> Array:
        """(N,) log odds that somebody played what measures as (N, n); those that it learnt from seem surer."""
        line = np.clip(self.line.odds(measures), LOWEST, HIGHEST)
        return np.asarray(LINE * line + TREES * log_odds(self.trees.predict_proba(measures)[:, 1]))
