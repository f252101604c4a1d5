"""The merge, the valence–arousal plane, and the MOS scale, against the numbers they come from."""

import pytest

from ml import emotion
from ml.domain import EXPRESSIONS, STRONGEST, EmotionTarget, Expression
from ml.errors import EmotionError
from tests import base


def certain(label: str) -> Expression:
    return Expression(tuple(float(label == other) for other in EXPRESSIONS))


@pytest.mark.parametrize(
    ("label", "merged"),
    [
        ("angry", "sad"),
        ("disgust", "sad"),
        ("fear", "sad"),
        ("happy", "happy"),
        ("sad", "sad"),
        ("surprise", "happy"),
        ("neutral", "neutral"),
    ],
)
def test_seven_expressions_become_the_papers_three(label: str, merged: str) -> None:
    assert emotion.target_for(certain(label)) == emotion.target(merged)


def test_every_expression_has_a_place_and_a_merge() -> None:
    assert tuple(emotion.VALENCE_AROUSAL) == EXPRESSIONS
    assert set(emotion.MERGE) == set(EXPRESSIONS)
    assert set(emotion.MERGE.values()) == {"happy", "sad", "neutral"}


@pytest.mark.parametrize("label", EXPRESSIONS)
def test_a_certain_expression_lies_at_its_own_point(label: str) -> None:
    assert emotion.valence_arousal(certain(label)) == pytest.approx(emotion.VALENCE_AROUSAL[label])


def test_a_mixed_expression_lies_between_its_parts() -> None:
    happy_and_sad = base.expression(happy=0.5, sad=0.5)
    assert emotion.valence_arousal(happy_and_sad) == pytest.approx(((0.81 - 0.63) / 2, (0.51 - 0.27) / 2))


def test_the_signs_of_the_plane_are_the_expected_ones() -> None:
    signs = {label: (valence > 0, arousal > 0) for label, (valence, arousal) in emotion.VALENCE_AROUSAL.items()}
    assert signs["happy"] == signs["surprise"] == (True, True)
    assert signs["angry"] == signs["fear"] == signs["disgust"] == (False, True)
    assert signs["sad"] == (False, False)
    assert emotion.VALENCE_AROUSAL["neutral"] == (0.0, 0.0)


def test_finer_feelings_keep_the_readings_own_point() -> None:
    finer = emotion.finer_target_for(certain("angry"))
    assert (finer.name, finer.valence, finer.arousal) == ("custom", -0.51, 0.59)  # tense, not sad


def test_no_expression_stands_out_below_the_threshold() -> None:
    assert emotion.display_label(Expression((1 / 7,) * 7)) == "unsure"
    assert emotion.display_label(base.expression(happy=0.34, sad=0.33)) == "unsure"
    assert emotion.display_label(base.expression(happy=0.35, sad=0.33)) == "happy"


@pytest.mark.parametrize(
    ("name", "point"),
    [("happy", (1, 1)), ("tense", (-1, 1)), ("sad", (-1, -1)), ("calm", (1, -1)), ("neutral", (0, 0))],
)
def test_a_named_emotion_is_a_corner_or_the_middle(name: str, point: tuple[float, float]) -> None:
    named = emotion.target(name, strength=0.3)
    assert (named.name, named.valence, named.arousal, named.strength) == (name, *point, 0.3)


@pytest.mark.parametrize("name", ["", "Happy", "angry", "custom"])
def test_an_unknown_emotion_is_refused_by_name(name: str) -> None:
    with pytest.raises(EmotionError, match=f"{name!r}.*happy, sad, neutral, tense, calm") as refused:
        emotion.target(name)
    assert refused.value.code == "unknown-emotion"


def test_mos_runs_from_sad_to_happy() -> None:
    assert [emotion.mos(valence) for valence in (-1.0, 0.0, 1.0)] == [0.0, 5.0, 10.0]


@pytest.mark.parametrize(
    ("name", "strength", "heard", "missed"),
    [
        ("happy", 1.0, (0.2, 0.3), False),
        ("happy", 1.0, (-0.1, 0.9), True),
        ("sad", 1.0, (-0.4, 0.2), True),
        ("neutral", 1.0, (0.4, -0.4), False),
        ("neutral", 1.0, (0.1, 0.8), True),
        ("sad", 0.2, (0.3, -0.1), False),  # barely asked for
    ],
)
def test_music_on_the_wrong_side_misses_its_target(
    name: str, strength: float, heard: tuple[float, float], missed: bool
) -> None:
    assert emotion.misses(emotion.target(name, strength), heard) == missed


def test_more_of_a_named_emotion_is_a_stronger_one_until_nothing_is_left() -> None:
    weak = emotion.further(emotion.target("sad", 0.5))
    assert weak == emotion.target("sad", 0.75)
    strongest = emotion.further(emotion.target("sad"))
    assert strongest == emotion.target("sad", STRONGEST)
    assert emotion.further(emotion.target("sad", STRONGEST)) is None
    assert emotion.further(emotion.target("neutral")) is None


def test_more_of_a_mixture_goes_outward_in_its_own_direction() -> None:
    mixed = emotion.further(EmotionTarget("custom", 0.2, -0.4))
    assert mixed is not None
    assert (mixed.valence, mixed.arousal, mixed.strength) == pytest.approx((0.325, -0.65, 1.0))
    beyond = emotion.further(EmotionTarget("custom", 0.45, -0.9))
    assert beyond is not None
    assert (beyond.valence, beyond.arousal, beyond.strength) == pytest.approx((0.5, -1.0, 1.15))
