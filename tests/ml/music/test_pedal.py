"""Where two hands could not hold the notes."""

from ml.domain import Note
from ml.music.pedal import needed_pedal
from tests import base


def held(*pitches: int, start_s: float = 0.0, end_s: float = 2.0) -> list[Note]:
    return [Note(pitch, 64, start_s, end_s) for pitch in pitches]


def test_ten_notes_under_two_hands_need_no_pedal() -> None:
    assert needed_pedal(held(36, 40, 43, 48, 52, 72, 76, 79, 84, 88)) == []
    assert needed_pedal(base.scale()) == []


def test_a_third_place_on_the_keyboard_needs_it() -> None:
    notes = held(28, 60, 96)
    assert needed_pedal(notes) == [(0.0, 2.0)]


def test_it_lasts_for_as_long_as_too_much_is_held() -> None:
    notes = [*held(28, 60, end_s=4.0), *held(96, start_s=1.0, end_s=2.5)]
    assert needed_pedal(notes) == [(1.0, 2.5)]


def test_eleven_notes_are_one_too_many() -> None:
    assert needed_pedal(held(*range(40, 51))) == [(0.0, 2.0)]


def test_moments_are_left_out_and_neighbours_joined() -> None:
    low = held(28, 60, end_s=9.0)
    assert needed_pedal([*low, *held(96, start_s=1.0, end_s=1.1)]) == []
    apart = [*low, *held(96, start_s=1.0, end_s=2.0), *held(98, start_s=2.05, end_s=3.0)]
    assert needed_pedal(apart) == [(1.0, 3.0)]


def test_no_notes_need_nothing() -> None:
    assert needed_pedal([]) == []
