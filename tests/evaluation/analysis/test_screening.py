"""The attention rule, and the log of exclusions."""

import pytest

from evaluation.analysis.data import AttentionCheck, StudyData
from evaluation.analysis.exclusions import screen
from evaluation.analysis.study import analyse
from tests.evaluation.analysis.data_sets import gappy_study, table_of

TABLE = table_of([[1, 4, 8], [2, 5, 9.5], [2, 4, 8]])


def checks(*given: float | None) -> list[AttentionCheck]:
    return [AttentionCheck("p1", 9.0, score) for score in given]


@pytest.mark.parametrize(
    ("given", "excluded"),
    [
        ([8.0, 10.0], False),  # a point off is a slider's slip
        ([7.9], True),
        ([9.0, 2.0], True),  # of one or two checks any counts
        ([9.0, 9.0, 2.0], False),
        ([9.0, 2.0, 2.0], True),
        ([9.0, 9.0, 2.0, 2.0], False),  # half is not more than half
        ([None, None], False),
        ([None, 2.0], True),
    ],
)
def test_attention_rule(given: list[float | None], excluded: bool) -> None:
    found = screen(TABLE, checks(*given))
    assert [line.participant for line in found.exclusions] == (["p1"] if excluded else [])


def test_the_log_gives_the_numbers() -> None:
    (line,) = screen(TABLE, checks(2.0, 9.0)).exclusions
    assert line.detail == "1 of 2 answered attention checks missed the score asked for by more than 1 point: 2 for 9."
    assert line.largest_mos_change is not None
    assert line.largest_mos_change.stimulus == "s2"
    assert (line.largest_mos_change.before, line.largest_mos_change.after) == pytest.approx((8.5, 8.0))


def test_both_reasons_are_given() -> None:
    data = gappy_study()
    absent = tuple(AttentionCheck("p07", 1.0, 9.0) for _ in range(2))
    (line, *_) = screen(data.ratings, absent).exclusions
    assert line.reasons == ("bt500", "attention")
    assert "scores lay beyond the limits" in line.detail
    assert line.detail.endswith(
        "2 of 2 answered attention checks missed the score asked for by more than 1 point: 9 for 1, 9 for 1."
    )


def test_checks_of_somebody_who_rated_nothing_are_passed_over() -> None:
    found = analyse(StudyData(TABLE, attention=(AttentionCheck("passer-by", 9.0, 0.0),)))
    assert found.screening.n_before == found.screening.n_after == 3
