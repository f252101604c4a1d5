"""The numpy walker against scikit-learn, and forests that are refused."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ml.music.listening import growing
from ml.music.listening.ear import load_ear, standard
from ml.music.listening.growing import Labelled, fit_ear
from ml.music.trees import VALUE_STEPS, Forest, forest_from, in_bins, leaf_mark, packed, quantiles

RANDOM = np.random.default_rng(0)
TABLE = RANDOM.normal(size=(300, 12)).astype(np.float32)
HIGH = TABLE[:, :2] + 0.5 * RANDOM.normal(size=(300, 2)) > 0
SONGS = np.array([f"song {i // 3}" for i in range(300)])
ALL = np.ones(300, dtype=bool)
DATA = Labelled(tuple(f"f{i}" for i in range(12)), TABLE, HIGH, SONGS, np.arange(300), ALL)


@pytest.fixture(scope="module")
def forest() -> tuple[ExtraTreesClassifier, Forest]:
    bins = in_bins(TABLE, quantiles(TABLE))
    trees = ExtraTreesClassifier(20, min_samples_leaf=4, random_state=1).fit(bins, HIGH[:, 0])
    return trees, packed(trees)


def test_the_walker_answers_as_scikit_learn_does(forest: tuple[ExtraTreesClassifier, Forest]) -> None:
    trees, ours = forest
    bins = RANDOM.integers(0, 64, size=(500, 12)).astype(np.uint8)
    theirs = trees.predict_proba(bins)[:, 1]
    assert np.abs(ours.probability(bins) - theirs).max() <= 0.5 / VALUE_STEPS + 1e-12  # a leaf has one byte


def test_every_row_ends_in_scikit_learns_leaf(forest: tuple[ExtraTreesClassifier, Forest]) -> None:
    trees, ours = forest
    bins = RANDOM.integers(0, 64, size=(50, 12)).astype(np.uint8)
    for i in range(20):
        alone = replace(ours, root=ours.root[i : i + 1])
        theirs = trees.estimators_[i].tree_.predict(bins.astype(np.float32))[:, 1]
        assert np.array_equal(np.rint(alone.probability(bins) * VALUE_STEPS), np.rint(theirs * VALUE_STEPS))


def test_more_features_than_a_byte_counts_are_walked_likewise() -> None:
    wide = RANDOM.normal(size=(200, 400)).astype(np.float32)
    bins = in_bins(wide, quantiles(wide))
    trees = ExtraTreesClassifier(10, min_samples_leaf=4, max_features=1.0, random_state=1).fit(bins, wide[:, 390] > 0)
    ours = packed(trees)
    again = forest_from(ours.arrays("x"), "x", 400)
    assert again.feature.max() == leaf_mark(np.dtype(np.uint16)) and 390 in again.feature
    assert np.abs(again.probability(bins) - trees.predict_proba(bins)[:, 1]).max() <= 0.5 / VALUE_STEPS + 1e-12


def test_an_ear_is_the_mean_of_trees_and_logistic_regression(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "N_TREES", 10)
    ear = fit_ear(DATA, seed=3)
    units = standard(TABLE, ear.mean, ear.deviation)
    line = LogisticRegression(C=growing.REGULARISATION, max_iter=2000).fit(units, HIGH[:, 0])
    trees = ear.forests[0].probability(in_bins(TABLE, ear.edges))
    expected = trees + line.predict_proba(units)[:, 1] - 1
    assert ear.feel(TABLE)[:, 0] == pytest.approx(expected, abs=1e-4)


def test_an_ear_is_saved_whole_and_the_same_seed_gives_the_same_bytes(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growing, "N_TREES", 5)
    paths = [tmp_path / name for name in ("a.safetensors", "b.safetensors")]  # type: ignore[operator]
    for path in paths:
        fit_ear(DATA, seed=3).save(path, {"config": {"features": list(DATA.names)}})
    assert paths[0].read_bytes() == paths[1].read_bytes()
    again, _ = load_ear(paths[0])
    assert np.array_equal(again.feel(TABLE), fit_ear(DATA, seed=3).feel(TABLE))


def test_no_song_stands_on_both_sides_of_a_fold() -> None:
    for learn, test in growing.folds(DATA):
        assert not set(SONGS[learn]) & set(SONGS[test])


def test_scores_are_scikit_learns() -> None:
    heard = TABLE[:, :2].astype(np.float64)
    found = growing.scores(heard, HIGH)
    assert found["valence_auc"] == pytest.approx(roc_auc_score(HIGH[:, 0], heard[:, 0]), abs=1e-4)
    assert found["valence_accuracy"] == pytest.approx(((heard[:, 0] > 0) == HIGH[:, 0]).mean(), abs=1e-4)


@pytest.mark.parametrize(
    ("name", "value"), [("right", 60_000), ("right", 0), ("feature", 200), ("root", 10_000_000)]
)  # fmt: skip
def test_a_forest_whose_nodes_lead_nowhere_is_refused(
    forest: tuple[ExtraTreesClassifier, Forest], name: str, value: int
) -> None:
    arrays = {key: array.copy() for key, array in forest[1].arrays("x").items()}
    inner = int(np.flatnonzero(arrays["x.feature"] != leaf_mark(arrays["x.feature"].dtype))[0])
    arrays[f"x.{name}"][inner if name != "root" else 0] = value
    with pytest.raises(ValueError, match="node"):
        forest_from(arrays, "x", 12)


def test_a_forest_without_an_array_is_refused(forest: tuple[ExtraTreesClassifier, Forest]) -> None:
    arrays = {key: array for key, array in forest[1].arrays("x").items() if key != "x.value"}
    with pytest.raises(KeyError):
        forest_from(arrays, "x", 12)
