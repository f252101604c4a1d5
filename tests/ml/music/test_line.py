"""The upper line: where it stands as notes come, and what its moves gain."""

import numpy as np

from ml.domain import Note
from ml.music.line import NOWHERE, REACH, UpperLine, count_moves, gains, learnt_moves
from ml.music.tokens import SHIFTS_S, Events, encode

BASS, MELODY = 40, (72, 74, 76, 74)


def two_hands() -> Events:
    """A melody above a held bass, whose notes come between the melody's."""
    notes = [Note(pitch, 70, float(i), i + 0.9) for i, pitch in enumerate(MELODY)]
    notes += [Note(BASS, 60, i + 0.5, i + 0.8) for i in range(len(MELODY))]
    return encode(sorted(notes, key=lambda note: note.start_s), 0)


def test_the_line_stays_where_lower_notes_come_under_it() -> None:
    line, clock_s, stood = UpperLine(1), np.zeros(1), []
    for event in two_hands():
        clock_s = clock_s + SHIFTS_S[event[0]]
        line.hear(event[None], clock_s)
        stood.append(int(line.at[0]))
    assert stood == [72, 72, 74, 74, 76, 76, 74, 74]


def test_pieces_go_on_by_themselves() -> None:
    line = UpperLine(3)
    assert line.at.tolist() == [NOWHERE] * 3
    events = np.array([[0, pitch, 20, 8] for pitch in (60, 65, 70)])
    line.hear(events, np.zeros(3))
    kept = line.of(np.array([True, False, True]))
    assert kept.at.tolist() == [60, 70]
    kept.hear(np.array([[10, 50, 20, 8], [10, 75, 20, 8]]), np.full(2, 0.2))
    assert kept.at.tolist() == [60, 75]
    assert line.at.tolist() == [60, 65, 70]


def test_of_a_chord_the_highest_note_counts() -> None:
    chord = [Note(pitch, 70, 0.0, 1.0) for pitch in (60, 64, 67)]
    later = [Note(pitch, 70, 1.0, 2.0) for pitch in (59, 62, 69)]
    moves = count_moves(encode([*chord, *later], 0))
    assert moves.sum() == 1 and moves[2 + REACH + 1] == 1


def test_moves_that_are_missing_gain_and_those_that_abound_lose() -> None:
    real, drawn = np.full(2 * REACH + 3, 1000), np.full(2 * REACH + 3, 1000)
    real[REACH + 3], drawn[REACH + 3] = 3000, 500  # up by two
    moves = learnt_moves(real, drawn)
    assert len(moves) == 2 * REACH + 1
    assert max(moves) == moves[REACH + 2] > 1.0
    assert all(-0.3 < move < 0 for i, move in enumerate(moves) if i != REACH + 2)


def test_gains_lie_around_the_line_and_stay_on_the_keyboard() -> None:
    table = gains([-1.0] * REACH + [0.0] + [1.0] * REACH)
    assert table[60, 61] == table[60, 72] == 1 and table[60, 59] == table[60, 48] == -1
    assert table[60, [60, 47, 73]].tolist() == [0, 0, 0]
    assert not table[NOWHERE].any()
    assert table[0].sum() == REACH and table[127].sum() == -REACH
    assert not gains(()).any()
