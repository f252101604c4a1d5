"""The records refuse to exist with values that make no sense."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.domain import EXPRESSIONS, STRONGEST, EmotionTarget, Expression, Face, Note, Piece, last_sound_s
from ml.emotion import target
from ml.errors import EmotionError, FrameError, MidiError
from tests import base

NOT_FINITE = [math.nan, math.inf, -math.inf]


def note(**changes: Any) -> Note:
    return Note(**{"pitch": 60, "velocity": 64, "start_s": 1.0, "end_s": 2.0, **changes})


def test_the_labels_stand_in_fer2013s_order() -> None:
    assert EXPRESSIONS == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


@pytest.mark.parametrize("label", EXPRESSIONS)
def test_an_expression_is_called_after_its_likeliest_label(label: str) -> None:
    reading = Expression(tuple(0.4 if other == label else 0.1 for other in EXPRESSIONS))
    assert reading.label == label
    assert list(reading.as_dict()) == list(EXPRESSIONS)
    assert reading.as_dict()[label] == 0.4


@pytest.mark.parametrize(
    "probabilities",
    [
        (),
        (1.0,),
        (0.2,) * 5,
        (0.125,) * 8,
        (0.0,) * 7,
        (0.2,) * 7,
        (1.5, -0.5, 0, 0, 0, 0, 0),
        *[(bad, 0.5, 0.5, 0, 0, 0, 0) for bad in NOT_FINITE],
    ],
)
def test_an_expression_is_a_distribution_over_seven_labels(probabilities: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="probabilit"):
        Expression(probabilities)


@given(st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7).filter(lambda weights: sum(weights) > 0.01))
def test_any_softmax_is_an_expression(weights: list[float]) -> None:
    assert Expression(tuple(weight / sum(weights) for weight in weights)).label in EXPRESSIONS


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((48, 47), np.uint8), np.zeros((48, 48, 3), np.uint8), np.zeros((48, 48), np.float32)],
    ids=["size", "colour", "floats"],
)
def test_a_face_is_48_by_48_grey_bytes(pixels: np.ndarray[Any, Any]) -> None:
    with pytest.raises(FrameError, match="48×48 uint8") as refused:
        Face(pixels, (0.0, 0.0, 10.0, 10.0), 0.9)
    assert refused.value.code == "bad-face"


@pytest.mark.parametrize("value", [-1.01, 1.01, *NOT_FINITE])
@pytest.mark.parametrize("what", ["valence", "arousal"])
def test_a_target_lies_in_the_plane(what: str, value: float) -> None:
    with pytest.raises(EmotionError, match=f"{what}.*{value}") as refused:
        EmotionTarget(**{"name": "custom", "valence": 0.0, "arousal": 0.0, what: value})  # type: ignore[arg-type]
    assert refused.value.code == "bad-emotion"


@pytest.mark.parametrize("value", [-0.1, STRONGEST + 0.01, *NOT_FINITE])
def test_strength_is_not_negative_nor_beyond_what_is_heard(value: float) -> None:
    with pytest.raises(EmotionError, match=f"strength.*{value}"):
        EmotionTarget("custom", 0.0, 0.0, value)
    assert EmotionTarget("happy", 1.0, 1.0, STRONGEST).strength == STRONGEST
    assert EmotionTarget("custom", -1.0, 1.0, 0.0).strength == 0.0


@pytest.mark.parametrize(
    "changes",
    [
        {"pitch": 20},
        {"pitch": 109},
        {"velocity": 0},
        {"velocity": 128},
        {"start_s": -0.1},
        {"start_s": 2.0},
        {"end_s": 0.5},
        *[{when: bad} for when in ("start_s", "end_s") for bad in NOT_FINITE],
    ],
    ids=str,
)
def test_a_note_can_be_played(changes: dict[str, Any]) -> None:
    with pytest.raises(MidiError) as refused:
        note(**changes)
    assert refused.value.code == "bad-note"


def test_the_pianos_outermost_keys_are_notes() -> None:
    assert [note(pitch=pitch, velocity=velocity).pitch for pitch, velocity in ((21, 1), (108, 127))] == [21, 108]


def test_a_piece_has_notes_in_order() -> None:
    for notes, code in (((), "empty-piece"), ((note(start_s=1.5), note()), "unsorted-piece")):
        with pytest.raises(MidiError, match="seed 7") as refused:
            Piece(notes, target("happy"), 7, 0, "major", 1)
        assert refused.value.code == code


def test_a_piece_lasts_until_its_last_note_is_silent() -> None:
    held = (note(start_s=0.0, end_s=9.0), note(start_s=1.0, end_s=2.0))
    assert Piece(held, target("calm"), 1, 0, "major", 2).duration_s == 9.0
    assert base.piece().duration_s == 4.0
    assert last_sound_s(()) == 0.0
