"""Features → valence and arousal: a forest of trees and a logistic regression for each, their probabilities averaged.

The two err differently, and their mean is better than either (the card beside the weights has the scores). All
arrays lie in one safetensors file, evaluated by numpy alone.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ml import checkpoints
from ml.errors import CheckpointError
from ml.music.listening.score import Features
from ml.music.trees import Arrays, Floats, Forest, forest_from, in_bins

AXES = ("valence", "arousal")
FARTHEST = 3.0  # standard deviations: beyond this, a feature is no stranger


@dataclass(frozen=True)
class Ear:
    """What turns F features into two probabilities.

    Args:
        names: (F,) the features it needs, in order.
        edges: (F, n_bins − 1) where one bin of a feature ends and the next begins.
        mean, deviation: (F,) of the training clips.
        weights: (F + 1, 2) logistic regression on standard features; the last row is the constant.
        forests: one for valence, one for arousal.
    """

    names: tuple[str, ...]
    edges: npt.NDArray[np.float32]
    mean: npt.NDArray[np.float32]
    deviation: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    forests: tuple[Forest, Forest]

    def table(self, rows: list[Features]) -> npt.NDArray[np.float32]:
        """(B, F) the features it needs."""
        return np.array([[row[name] for name in self.names] for row in rows], dtype=np.float32)

    def feel(self, table: npt.NDArray[np.float32]) -> Floats:
        """(B, F) features → (B, 2) valence and arousal, −1…1."""
        bins = in_bins(table, self.edges)
        by_trees = np.stack([forest.probability(bins) for forest in self.forests], axis=1)
        scores = standard(table, self.mean, self.deviation) @ self.weights[:-1] + self.weights[-1]
        by_line = 1 / (1 + np.exp(-scores.astype(np.float64)))
        return np.asarray(by_trees + by_line - 1.0)

    def save(self, path: Path, card: checkpoints.Card) -> None:
        """Write the weights and their card, each whole or not at all."""
        arrays = {name: getattr(self, name) for name in ("edges", "mean", "deviation", "weights")}
        for axis, forest in zip(AXES, self.forests, strict=True):
            arrays |= forest.arrays(axis)
        dense = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        checkpoints.write_weights(lambda partial: save_file(dense, partial), card, path)


def standard(
    table: npt.NDArray[np.float32], mean: npt.NDArray[np.float32], deviation: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """(B, F) features in standard units, held to ±FARTHEST."""
    return np.asarray(np.clip((table - mean) / deviation, -FARTHEST, FARTHEST), dtype=np.float32)


def load_ear(path: Path) -> tuple[Ear, checkpoints.Card]:
    """The ear that was saved at `path`, and its card.

    Raises:
        CheckpointError: weights or card missing or broken, or they do not fit each other.
    """
    card = checkpoints.read_card(path)
    try:
        arrays = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError("no-checkpoint", f"{path}: the weights cannot be read ({error})") from error
    try:
        return built(tuple(card["config"]["features"]), arrays), card
    except (KeyError, ValueError, TypeError) as error:
        raise CheckpointError("bad-checkpoint", f"{path}: the weights do not fit their card ({error})") from error


def built(names: tuple[str, ...], arrays: Arrays) -> Ear:
    n = len(names)
    shapes = [arrays["edges"].shape[:1], arrays["mean"].shape, arrays["deviation"].shape, arrays["weights"].shape]
    if shapes != [(n,), (n,), (n,), (n + 1, 2)]:
        raise ValueError(f"shapes {shapes} for {n} features")
    valence, arousal = (forest_from(arrays, axis, n) for axis in AXES)
    dense = {name: arrays[name].astype(np.float32) for name in ("edges", "mean", "deviation", "weights")}
    return Ear(names, forests=(valence, arousal), **dense)
