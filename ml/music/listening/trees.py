"""A forest of decision trees as plain arrays, walked by numpy: no scikit-learn, and nothing to unpickle.

The trees are grown by scikit-learn's extremely randomised trees (Geurts, Ernst & Wehenkel 2006, "Extremely randomized
trees", Machine Learning 63(1)) on features sorted into bins, so that one byte holds a threshold and no value is lost.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LEAF = 255  # in `feature`: no question is asked here
VALUE_STEPS = 255  # a leaf's probability is kept in one byte

Floats = npt.NDArray[np.float64]
Bins = npt.NDArray[np.uint8]
Arrays = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True)
class Forest:
    """T trees over F features, their n nodes one after the other, each tree in depth-first order.

    Args:
        root: (T,) index of each tree's first node.
        feature: (n,) which feature a node asks about, LEAF where none.
        threshold: (n,) a bin up to this goes to the left, to the next node.
        right: (n,) how many nodes further on the right child lies.
        value: (n,) what a leaf answers, 0–VALUE_STEPS for a probability of 0–1.
    """

    root: npt.NDArray[np.int32]
    feature: npt.NDArray[np.uint8]
    threshold: Bins
    right: npt.NDArray[np.uint16]
    value: npt.NDArray[np.uint8]

    def probability(self, bins: Bins) -> Floats:
        """(B, F) features in bins → (B,) mean of the trees' probabilities."""
        node = np.repeat(self.root[None], len(bins), axis=0)  # (B, T)
        rows = np.arange(len(bins))[:, None]
        while (asks := self.feature[node] != LEAF).any():
            answer = bins[rows, np.where(asks, self.feature[node], 0)]
            node = node + np.where(asks, np.where(answer <= self.threshold[node], 1, self.right[node]), 0)
        return np.asarray(self.value[node].mean(axis=1) / VALUE_STEPS)

    def arrays(self, prefix: str) -> Arrays:
        """The arrays by name, ready to be saved."""
        return {f"{prefix}.{name}": getattr(self, name) for name in self.__dataclass_fields__}


def forest_from(arrays: Arrays, prefix: str, n_features: int) -> Forest:
    """The forest whose `arrays` were saved.

    Raises:
        KeyError: an array is missing.
        ValueError: the arrays make no forest over so many features.
    """
    found = {name: arrays[f"{prefix}.{name}"] for name in Forest.__dataclass_fields__}
    forest = Forest(**found)  # type: ignore[arg-type]
    n = len(forest.feature)
    inner = np.flatnonzero(forest.feature != LEAF)
    if not len(forest.root) or any(len(found[name]) != n for name in ("threshold", "right", "value")):
        raise ValueError("its arrays differ in length")
    reach = inner + np.maximum(forest.right[inner], 1)  # children lie behind their parents, so every walk ends
    if forest.root.min() < 0 or forest.root.max() >= n or (len(inner) and reach.max() >= n):
        raise ValueError("a node points outside the forest")
    if len(inner) and (forest.feature[inner].max() >= n_features or forest.right[inner].min() < 1):
        raise ValueError("a node asks about a feature that is not there")
    return forest
