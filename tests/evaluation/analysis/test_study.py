"""The whole analysis: its shape, thin and nasty data, and its pace."""

import json
import math
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.analysis.data import AttentionCheck, RatingTable, Repeat, StimulusInfo, StudyData
from evaluation.analysis.study import analyse
from evaluation.design import IMAGE, MUSIC
from tests.evaluation.analysis.data_sets import gappy_study, table_of

pytestmark = pytest.mark.filterwarnings("error")  # arithmetic that went wrong on the way would show

SECONDS = 10.0  # for 6,000 ratings, on a busy machine; about one on an idle core


def figures(data: StudyData | RatingTable) -> dict[str, Any]:
    """The analysis as JSON would carry it."""
    data = StudyData(data) if isinstance(data, RatingTable) else data
    found: dict[str, Any] = json.loads(json.dumps(analyse(data).as_dict(), allow_nan=False))
    return found


def paired(scores: np.ndarray, expressions: tuple[str, ...] = ("",)) -> RatingTable:
    """(P, 2K) scores as a table of K pairs: an image, its clip, an image, its clip …; NaN where nobody rated."""
    stimuli = tuple(
        StimulusInfo(f"s{i}", (IMAGE, MUSIC)[i % 2], f"pair {i // 2}", expressions[i // 2 % len(expressions)])
        for i in range(scores.shape[1])
    )
    participant, stimulus = np.nonzero(np.isfinite(scores))
    names = tuple(f"p{i}" for i in range(len(scores)))
    return RatingTable(names, stimuli, participant, stimulus, scores[participant, stimulus])


def test_its_shape_is_the_schema() -> None:
    found = figures(gappy_study())
    assert list(found) == [
        "stimuli",
        "screening",
        "reliability",
        "repeats",
        "correlation",
        "mixed_model",
        "listener_model",
        "sample_size",
        "by_expression",
    ]
    assert list(found["stimuli"][0]["screened"]) == ["n", "mos", "ci95", "bootstrap95"]
    assert list(found["screening"]["exclusions"][0]["largest_mos_change"]) == ["stimulus", "from", "to"]
    core = set(found["correlation"]["screened"])
    assert set(found["correlation"]) == core | {"points", "screened"}


def test_the_seed_settles_the_bootstraps() -> None:
    def without_time(seed: int) -> dict[str, Any]:
        found = analyse(gappy_study(), seed).as_dict()
        found["mixed_model"].pop("seconds")
        return found

    assert without_time(1) == without_time(1)
    assert without_time(1)["stimuli"][0]["bootstrap95"] != without_time(2)["stimuli"][0]["bootstrap95"]


def test_no_ratings() -> None:
    found = figures(RatingTable(("p0",), (StimulusInfo("a", IMAGE),), np.array([]), np.array([]), np.array([])))
    assert found["stimuli"][0]["mos"] is None
    assert found["stimuli"][0]["counts"] == [0] * 11
    assert found["correlation"] is found["mixed_model"] is found["repeats"] is found["listener_model"] is None
    assert found["reliability"]["raw"]["all"]["n_stimuli"] == 0
    assert found["reliability"]["raw"]["image"] is None


def test_no_stimuli() -> None:
    found = figures(RatingTable((), (), np.array([]), np.array([]), np.array([])))
    assert found["stimuli"] == found["by_expression"] == []


def test_one_participant_has_means_but_no_intervals() -> None:
    found = figures(paired(np.array([[2.0, 3, 5, 4, 8, 9, 6, 6]])))
    assert found["stimuli"][0]["mos"] == 2.0
    assert found["stimuli"][0]["ci95"] is found["stimuli"][0]["bootstrap95"] is None
    assert found["correlation"]["pearson"] > 0.9
    assert found["reliability"]["raw"]["all"]["icc2_k"] is None
    assert found["mixed_model"] is None


def test_constant_scores() -> None:
    found = figures(paired(np.full((6, 8), 7.3), ("happy", "sad")))
    assert found["stimuli"][0]["ci95"] == pytest.approx([7.3, 7.3])
    assert found["correlation"]["pearson"] is found["correlation"]["bootstrap95"] is None
    assert found["reliability"]["raw"]["all"]["krippendorff_alpha"] is None
    assert found["mixed_model"] is None
    assert found["screening"]["exclusions"] == []


def test_one_stimulus() -> None:
    found = figures(table_of([[3], [4], [5.5]], MUSIC))
    assert found["stimuli"][0]["n"] == 3
    assert found["reliability"]["raw"]["music"]["icc2_1"] is None
    assert found["correlation"] is found["mixed_model"] is None


def test_two_pairs_are_too_few() -> None:
    assert figures(paired(np.array([[2.0, 3, 5, 4], [1, 2, 6, 6]])))["correlation"] is None


def test_participants_who_agree_in_everything() -> None:
    found = figures(paired(np.tile([2.0, 2, 5, 5, 8, 8, 3, 3], (5, 1)), ("happy", "sad")))
    agreement = found["reliability"]["raw"]["all"]
    assert agreement["icc2_1"] == agreement["icc2_k"] == agreement["krippendorff_alpha"] == pytest.approx(1.0)
    assert found["correlation"]["pearson"] == pytest.approx(1.0)
    assert found["sample_size"]["ratings_for_half_width"]["0.25"] == 2


def test_gaps_without_any_residual() -> None:
    """Score = stimulus + participant: REML's ratios have no largest value, and the fit says that it did not settle."""
    scores = np.add.outer([-1.0, 0, 1, 0.5, -0.5], [2.0, 3, 5, 4, 8, 9])
    scores[[0, 1, 2], [0, 1, 2]] = np.nan
    found = figures(paired(scores))
    assert found["mixed_model"] is None or not found["mixed_model"]["converged"]


def test_everybody_rates_something_else() -> None:
    found = figures(paired(np.where(np.eye(8) > 0, 4.0 + np.eye(8), np.nan)))
    assert found["mixed_model"] is None
    assert found["reliability"]["raw"]["all"]["krippendorff_alpha"] is None


def test_a_study_of_one_kind_without_expressions() -> None:
    rng = np.random.default_rng(0)
    scores = np.clip(rng.normal([3, 5, 7, 8], 1.0, (12, 4)), 0, 10)
    found = figures(table_of(scores.tolist(), MUSIC))
    assert found["correlation"] is None
    assert found["by_expression"] == []
    assert found["reliability"]["raw"]["image"] is None
    assert found["reliability"]["raw"]["music"] == found["reliability"]["raw"]["all"]
    assert [line["term"] for line in found["mixed_model"]["fixed"]] == ["Intercept"]
    assert found["mixed_model"]["variances"]["pair"] is None


def test_pairs_without_expressions_leave_the_figures_within_out() -> None:
    rng = np.random.default_rng(1)
    found = figures(paired(np.clip(rng.normal(np.repeat([2.0, 4, 6, 8], 2), 1.0, (10, 8)), 0, 10)))
    assert found["correlation"]["within"] == []
    assert found["correlation"]["within_pooled"] is None
    assert [line["expression"] for line in found["correlation"]["difference"]] == ["all"]
    assert [line["term"] for line in found["mixed_model"]["fixed"]] == ["Intercept", "kind[music]"]


def test_everybody_is_excluded() -> None:
    table = paired(np.array([[2.0, 3, 5, 4, 8, 9], [1, 3, 6, 4, 9, 9]]))
    found = figures(StudyData(table, attention=tuple(AttentionCheck(name, 9.0, 0.0) for name in ("p0", "p1"))))
    assert found["screening"]["n_after"] == 0
    assert found["stimuli"][0]["screened"] == {"n": 0, "mos": None, "ci95": None, "bootstrap95": None}
    assert found["correlation"]["screened"] is found["screening"]["pearson_after"] is None


def test_a_pair_with_two_clips_pools_their_ratings() -> None:
    stimuli = tuple(
        StimulusInfo(f"{kind}{i}{extra}", kind, f"pair {i}")
        for i in range(3)
        for kind, extra in ((IMAGE, ""), (MUSIC, ""), (MUSIC, "b"))
    )
    scores = np.array([[1.0, 2, 4, 5, 5, 7, 8, 9, 9], [2, 2, 6, 5, 6, 6, 9, 9, 8]])
    participant, stimulus = np.nonzero(scores)
    found = figures(RatingTable(("a", "b"), stimuli, participant, stimulus, scores.ravel()))
    assert found["correlation"]["points"][0]["music_mos"] == 3.5


@st.composite
def studies(draw: st.DrawFn) -> StudyData:
    """Small studies of every odd shape: few scores, many gaps, lopsided pairs, missing expressions."""
    stimuli = tuple(
        StimulusInfo(
            f"s{i}",
            draw(st.sampled_from([IMAGE, MUSIC])),
            draw(st.sampled_from(["", "a", "b", "c", "d"])),
            draw(st.sampled_from(["", "happy", "sad"])),
            draw(st.sampled_from([None, 2.0, 7.0])),
        )
        for i in range(draw(st.integers(0, 10)))
    )
    names = tuple(f"p{i}" for i in range(draw(st.integers(0, 6))))
    score = st.none() | st.sampled_from([0.0, 5.0, 5.1, 10.0])
    cells = [(p, s, draw(score)) for p in range(len(names)) for s in range(len(stimuli))]
    rated = [cell for cell in cells if cell[2] is not None]
    participant, stimulus, scores = zip(*rated, strict=True) if rated else ((), (), ())
    answers = st.sampled_from([None, 1.0, 9.0])
    attention = tuple(AttentionCheck(name, 9.0, draw(answers)) for name in names)
    repeats = tuple(Repeat(name, "s0", 5.0, draw(st.sampled_from([4.0, 5.0]))) for name in names)
    table = RatingTable(names, stimuli, np.array(participant), np.array(stimulus), np.array(scores))
    return StudyData(table, repeats, attention, target_ratings=20)


@settings(max_examples=80)
@given(studies())
def test_nothing_raises_and_nothing_is_nan(data: StudyData) -> None:
    found = figures(data)
    assert len(found["stimuli"]) == len(data.ratings.stimuli)
    assert found["screening"]["n_after"] <= found["screening"]["n_before"]


def test_six_thousand_ratings_take_seconds() -> None:
    """200 participants rate 30 of 100 stimuli each."""
    rng = np.random.default_rng(3)
    level = np.repeat(rng.uniform(1.5, 8.5, 50), 2) + rng.normal(0.0, 0.5, 100)
    scores = np.clip(level + rng.normal(0.0, 0.7, (200, 1)) + rng.normal(0.0, 1.4, (200, 100)), 0, 10)
    ranks = rng.random((200, 100)).argsort(axis=1)
    table = paired(
        np.where(ranks < 30, scores, np.nan), ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    )
    assert len(table) == 6000
    started = time.perf_counter()
    found = analyse(StudyData(table))
    assert time.perf_counter() - started < SECONDS
    assert found.mixed_model is not None
    assert found.mixed_model.converged
    assert math.isclose(found.mixed_model.variances.residual, 1.4**2, rel_tol=0.1)
