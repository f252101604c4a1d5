"""Tells composed passages from played ones by their measures, in log odds that can be rewards."""

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from ml.music.critic import HIGHEST, LOWEST
from ml.music.critic_train import fitted, labels
from ml.music.passage import Array

N_TREES, LEAF, FEATURES = 120, 4, 0.15
SURE = 0.01  # no forest is surer than this
LINE, TREES = 0.5, 1.0  # how much the straight line and the forest count


class Discriminator:
    """A logistic regression on measures and their squares, and extremely randomised trees; both count.

    Args:
        composed, played: (N, n), (M, n) measures.
    """

    def __init__(self, composed: Array, played: Array, seed: int) -> None:
        self.critic = fitted(composed, played)
        self.trees = ExtraTreesClassifier(
            N_TREES, min_samples_leaf=LEAF, max_features=FEATURES, class_weight="balanced", random_state=seed
        )
        self.trees.fit(np.concatenate([composed, played]), labels(composed, played))

    def odds(self, measures: Array) -> Array:
        """(N,) log odds that somebody played what measures as (N, n); those that it learnt from seem surer."""
        line = np.clip(self.critic.odds(measures), LOWEST, HIGHEST)
        chance = np.clip(self.trees.predict_proba(measures)[:, 1], SURE, 1 - SURE)
        return np.asarray(LINE * line + TREES * np.log(chance / (1 - chance)))
