"""Fit an ear on labelled features, and measure it by song-wise cross-validation.

This needs scikit-learn; hearing does not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import pearsonr, rankdata
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from tqdm import tqdm

from ml.music.listening.ear import Ear, standard
from ml.music.trees import Bins, Floats, Forest, in_bins, packed, quantiles

N_FOLDS = 10
N_TREES = 150
SMALLEST_LEAF = 4  # rows of weight 1
ASKED_PART = 0.3  # of the features, looked at for each split
REGULARISATION = 0.01  # scikit-learn's C: strong, for a hundred features and 876 clips

Table = npt.NDArray[np.float32]
Labels = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Labelled:
    """N rows to learn from.

    Args:
        names: (F,) of the features.
        table: (N, F) features.
        high: (N, 2) whether valence and arousal are high.
        songs: (N,) what each row was cut from: rows of one song never stand on both sides of a split.
        clips: (N,) which clip a row was measured on; several rows may share one.
        whole: (N,) whether all of the clip was measured, or a short excerpt.
    """

    names: tuple[str, ...]
    table: Table
    high: Labels
    songs: npt.NDArray[np.str_]
    clips: npt.NDArray[np.int64]
    whole: npt.NDArray[np.bool_]

    def rows(self, chosen: npt.NDArray[Any]) -> "Labelled":
        """Some of the rows."""
        per_row = (self.table, self.high, self.songs, self.clips, self.whole)
        return Labelled(self.names, *(column[chosen] for column in per_row))


def fit_ear(data: Labelled, seed: int) -> Ear:
    """An ear for these rows; the same rows and seed give the same ear."""
    edges = quantiles(data.table)
    mean, deviation = data.table.mean(axis=0), np.maximum(data.table.std(axis=0), 1e-6)
    bins, units = in_bins(data.table, edges), standard(data.table, mean, deviation)
    weights, forests = [], []
    for high in data.high.T:
        line = LogisticRegression(C=REGULARISATION, max_iter=2000).fit(units, high)
        weights.append(np.append(line.coef_[0], line.intercept_[0]))
        forests.append(grow(bins, high, seed))
    columns = np.stack(weights, axis=1).astype(np.float32)
    return Ear(data.names, edges, mean, deviation, columns, (forests[0], forests[1]))


def grow(bins: Bins, high: npt.NDArray[np.bool_], seed: int) -> Forest:
    trees = ExtraTreesClassifier(
        N_TREES, min_samples_leaf=SMALLEST_LEAF, max_features=ASKED_PART, random_state=seed, n_jobs=1
    )
    return packed(trees.fit(bins, high))


def folds(data: Labelled) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Rows to learn from and rows to hear, N_FOLDS times; no song stands in both."""
    yield from GroupKFold(N_FOLDS).split(data.table, groups=data.songs)


def out_of_fold(data: Labelled, seed: int) -> Floats:
    """(N, 2) valence and arousal of each row, heard by an ear that never met its song."""
    heard = np.zeros(data.high.shape)
    for learn, test in tqdm(folds(data), total=N_FOLDS, desc="cross-validating", disable=None):
        heard[test] = fit_ear(data.rows(learn), seed).feel(data.table[test])
    return heard


def area_under_curve(scores: Floats, positive: npt.NDArray[np.bool_]) -> float:
    """How often a positive one scores above another (Mann–Whitney's U over all pairs)."""
    n_high, n_low = int(positive.sum()), int((~positive).sum())
    ranks = rankdata(scores)[positive].sum()
    return float((ranks - n_high * (n_high + 1) / 2) / (n_high * n_low))


def scores(heard: Floats, high: Labels) -> dict[str, float | int]:
    """How well readings fit the labels: accuracies at 0, AUC, correlations with ±1."""
    right = (heard > 0) == high
    ends = high[:, 0] == high[:, 1]  # quadrants 1 and 3
    found: dict[str, float | int] = {
        "quadrant_accuracy": right.all(axis=1).mean(),
        "valence_accuracy": right[:, 0].mean(),
        "arousal_accuracy": right[:, 1].mean(),
        "happy_sad_auc": area_under_curve(heard[ends, 0], high[ends, 0]),
        "valence_auc": area_under_curve(heard[:, 0], high[:, 0]),
        "arousal_auc": area_under_curve(heard[:, 1], high[:, 1]),
        "valence_correlation": pearsonr(heard[:, 0], high[:, 0]).statistic,
        "arousal_correlation": pearsonr(heard[:, 1], high[:, 1]).statistic,
    }
    return {"n": len(heard)} | {name: round(float(value), 4) for name, value in found.items()}


def table_of(rows: Sequence[dict[str, float]]) -> tuple[tuple[str, ...], Table]:
    """Names and values of features that are the same for all rows."""
    names = tuple(rows[0])
    return names, np.array([[row[name] for name in names] for row in rows], dtype=np.float32)
