"""The tables refuse what cannot be, and cut themselves down."""

import numpy as np
import pytest

from evaluation.analysis.data import RatingTable, StimulusInfo
from evaluation.design import IMAGE, MUSIC
from evaluation.errors import StudyError

STIMULI = (StimulusInfo("face", IMAGE, "1"), StimulusInfo("clip", MUSIC, "1"))


def table(participant: list[int], stimulus: list[int], score: list[float]) -> RatingTable:
    return RatingTable(("ann", "ben", "cem"), STIMULI, np.array(participant), np.array(stimulus), np.array(score))


@pytest.mark.parametrize(
    ("participant", "stimulus", "score", "sentence"),
    [
        ([0, 1], [0], [5.0, 5.0], "differ in shape"),
        ([3], [0], [5.0], "participant code lies outside 0–2"),
        ([0], [-1], [5.0], "stimulus code lies outside 0–1"),
        ([0], [0], [10.5], "score 10.5"),
        ([0], [0], [float("nan")], "score nan"),
        ([0, 0], [1, 1], [5.0, 6.0], "rated one stimulus twice"),
    ],
)
def test_it_refuses(participant: list[int], stimulus: list[int], score: list[float], sentence: str) -> None:
    with pytest.raises(StudyError, match=sentence):
        table(participant, stimulus, score)


def test_it_refuses_names_that_occur_twice_and_strange_kinds() -> None:
    nothing = np.array([])
    with pytest.raises(StudyError, match="two participants share a name"):
        RatingTable(("ann", "ann"), STIMULI, nothing, nothing, nothing)
    with pytest.raises(StudyError, match="two stimuli of a kind share a label"):
        RatingTable(("ann",), (STIMULI[0], STIMULI[0]), nothing, nothing, nothing)
    with pytest.raises(StudyError, match="kind 'smell'"):
        RatingTable(("ann",), (StimulusInfo("rose", "smell"),), nothing, nothing, nothing)


def test_matrix_has_gaps() -> None:
    np.testing.assert_equal(table([0, 1], [0, 1], [2.0, 7.0]).matrix(), [[2, np.nan], [np.nan, 7], [np.nan, np.nan]])


def test_without_takes_participants_and_their_ratings() -> None:
    left = table([0, 1, 2], [0, 1, 1], [2.0, 7.0, 8.0]).without({"ben"})
    assert left.participants == ("ann", "cem")
    np.testing.assert_equal(left.matrix(), [[2, np.nan], [np.nan, 8]])


def test_of_kind_keeps_those_who_rated_that_kind() -> None:
    music = table([0, 1, 2], [0, 1, 1], [2.0, 7.0, 8.0]).of_kind(MUSIC)
    assert (music.participants, [s.label for s in music.stimuli]) == (("ben", "cem"), ["clip"])
    np.testing.assert_equal(music.matrix(), [[7], [8]])
