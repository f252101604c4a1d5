"""Flags: each rule at its border, and none of them on an ordinary session."""

import pytest

from evaluation.researcher.flags import Answer, flags

ORDINARY = [Answer("image", score, response_ms=4000) for score in (2.0, 5.0, 8.0, 4.0, 6.0, 9.0)]


def test_an_ordinary_session_has_no_flags() -> None:
    assert flags([*ORDINARY, Answer("image", 2.9, asked=2.0), Answer("music", 9.0, asked=9.0)]) == ()
    assert flags([]) == ()


@pytest.mark.parametrize(("given", "is_missed"), [(3.0, False), (3.1, True), (0.9, True)])
def test_an_attention_check_may_be_a_point_off(given: float, is_missed: bool) -> None:
    answers = [*ORDINARY, Answer("image", given, asked=2.0), Answer("image", 8.0, asked=8.0)]
    assert flags(answers) == (("missed 1 of 2 attention checks",) if is_missed else ())


@pytest.mark.parametrize(("response_ms", "flagged"), [(999, True), (1000, False)])
def test_images_rated_faster_than_they_can_be_judged(response_ms: int, flagged: bool) -> None:
    answers = [Answer(a.kind, a.score, response_ms=response_ms) for a in ORDINARY]
    assert flags(answers) == (("rates images in 1.0 s",) if flagged else ())
    assert flags(answers[:4]) == ()  # too few to tell


def test_music_is_never_too_fast_nor_is_what_was_not_timed() -> None:
    assert flags([Answer("music", a.score, response_ms=10) for a in ORDINARY]) == ()
    assert flags([Answer("image", a.score) for a in ORDINARY]) == ()


def test_the_same_score_for_everything() -> None:
    answers = [Answer("music", 5.0 + 0.1 * (i % 2)) for i in range(6)]
    assert flags(answers) == ("gives nearly the same score to all 6 stimuli",)


@pytest.mark.parametrize(("n", "flagged"), [(5, False), (6, True)])
def test_leaving_the_page_again_and_again(n: int, flagged: bool) -> None:
    answers = [*ORDINARY, Answer("music", 5.0, tab_changes=n)]
    assert flags(answers) == ((f"left the page {n} times",) if flagged else ())
