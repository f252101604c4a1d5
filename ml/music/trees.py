"""A forest of decision trees as plain arrays, walked by numpy: no scikit-learn, and nothing to unpickle.

The trees are grown by scikit-learn's extremely randomised trees (Geurts, Ernst & Wehenkel 2006, "Extremely randomized
trees", Machine Learning 63(1)) on features sorted into bins, so that one byte holds a threshold and no value is lost.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # walking them does without scikit-learn
    from sklearn.ensemble import ExtraTreesClassifier

N_BINS = 64  # that features are sorted into
VALUE_STEPS = 255  # a leaf's probability is kept in one byte

Floats = npt.NDArray[np.float64]
Bins = npt.NDArray[np.uint8]
Arrays = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True)
class Forest:
    """T trees over F features, their n nodes one after the other, each tree in depth-first order.

    Args:
        root: (T,) index of each tree's first node.
        feature: (n,) which feature a node asks about, the largest number of its type where none: a leaf.
        threshold: (n,) a bin up to this goes to the left, to the next node.
        right: (n,) how many nodes further on the right child lies.
        value: (n,) what a leaf answers, 0–VALUE_STEPS for a probability of 0–1.
    """

    root: npt.NDArray[np.int32]
    feature: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
    threshold: Bins
    right: npt.NDArray[np.uint16]
    value: npt.NDArray[np.uint8]

    def probability(self, bins: Bins) -> Floats:
        """(B, F) features in bins → (B,) mean of the trees' probabilities."""
        node = np.repeat(self.root[None], len(bins), axis=0)  # (B, T)
        rows = np.arange(len(bins))[:, None]
        leaf = leaf_mark(self.feature.dtype)
        while (asks := self.feature[node] != leaf).any():
            answer = bins[rows, np.where(asks, self.feature[node], 0)]
            node = node + np.where(asks, np.where(answer <= self.threshold[node], 1, self.right[node]), 0)
        return np.asarray(self.value[node].mean(axis=1) / VALUE_STEPS)

    def arrays(self, prefix: str) -> Arrays:
        """The arrays by name, ready to be saved."""
        return {f"{prefix}.{name}": getattr(self, name) for name in self.__dataclass_fields__}


def packed(trees: "ExtraTreesClassifier") -> Forest:
    """scikit-learn's trees as arrays. It numbers nodes depth first, so that a left child follows its parent."""
    parts = [estimator.tree_ for estimator in trees.estimators_]
    feature = np.concatenate([tree.feature for tree in parts])
    right = np.concatenate([tree.children_right - np.arange(tree.node_count) for tree in parts])
    value = np.concatenate([tree.value[:, 0, 1] / tree.value[:, 0].sum(axis=1) for tree in parts])
    leaf, n_features = feature < 0, parts[0].n_features
    dtype = np.dtype(np.uint8 if n_features <= leaf_mark(np.dtype(np.uint8)) else np.uint16)
    return Forest(
        root=np.cumsum([0, *(tree.node_count for tree in parts[:-1])]).astype(np.int32),
        feature=np.where(leaf, leaf_mark(dtype), feature).astype(dtype),
        threshold=np.where(leaf, 0, np.floor(np.concatenate([tree.threshold for tree in parts]))).astype(np.uint8),
        right=np.where(leaf, 0, right).astype(np.uint16),
        value=np.rint(VALUE_STEPS * value).astype(np.uint8),
    )


def leaf_mark(dtype: np.dtype[Any]) -> int:
    """What `Forest.feature` says where no question is asked."""
    return int(np.iinfo(dtype).max)


def quantiles(table: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(N, F) features → (F, N_BINS − 1) where one bin of a feature ends and the next begins."""
    return np.quantile(table, np.arange(1, N_BINS) / N_BINS, axis=0).T.astype(np.float32)


def in_bins(table: npt.NDArray[np.float32], edges: npt.NDArray[np.float32]) -> Bins:
    """(B, F) how many of each feature's edges lie below its value."""
    columns = [np.searchsorted(edge, column) for edge, column in zip(edges, table.T, strict=True)]
    return np.stack(columns, axis=1).astype(np.uint8)


def forest_from(arrays: Arrays, prefix: str, n_features: int) -> Forest:
    """The forest whose `arrays` were saved.

    Raises:
        KeyError: an array is missing.
        ValueError: the arrays make no forest over so many features.
    """
    found = {name: arrays[f"{prefix}.{name}"] for name in Forest.__dataclass_fields__}
    forest = Forest(**found)  # type: ignore[arg-type]
    n = len(forest.feature)
    inner = np.flatnonzero(forest.feature != leaf_mark(forest.feature.dtype))
    if not len(forest.root) or any(len(found[name]) != n for name in ("threshold", "right", "value")):
        raise ValueError("its arrays differ in length")
    reach = inner + np.maximum(forest.right[inner], 1)  # children lie behind their parents, so every walk ends
    if forest.root.min() < 0 or forest.root.max() >= n or (len(inner) and reach.max() >= n):
        raise ValueError("a node points outside the forest")
    if len(inner) and (forest.feature[inner].max() >= n_features or forest.right[inner].min() < 1):
        raise ValueError("a node asks about a feature that is not there")
    return forest
