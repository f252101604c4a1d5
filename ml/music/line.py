"""The upper line of music that is being composed, and which of its next moves are favoured.

A melody mostly steps (Huron 2001: pitch proximity), and sampled music leaps where a melody would step: notes of both
hands reach the network in one row, so that it loses sight of the line. While the decoder draws, it is therefore told
where the line stands, and a table says how much each move from there gains. `critic_train` learns it: what comes more
often in EMOPIA's training clips than in what the composer draws gains the log of the ratio, until the two agree.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ml.music.graph import Array
from ml.music.tokens import DURATIONS_S, N_PITCHES, SHIFTS_S, Events

Ints = npt.NDArray[np.int64]

TOGETHER_S = 0.05  # events that begin within this of each other are one chord
CHORD_SHIFTS = int((SHIFTS_S <= TOGETHER_S).sum())  # of these, the first ones, a chord is made
KEYS = np.arange(N_PITCHES, dtype=np.uint8)
NOWHERE = N_PITCHES  # where a line stands before its first note
NEAR = 2  # semitones below the highest sounding note at which a new note still belongs to the upper line
REACH = 12  # semitones: farther moves are all alike
PRIOR = 200  # moves that composed music is taken to have made besides, as played music makes them
MOST = 1.5  # nats, the most that a move gains or loses


class UpperLine:
    """Where the upper line of each of B pieces stands.

    A note belongs to it that does not begin below what still sounds.
    """

    def __init__(self, n_pieces: int) -> None:
        self.at: Ints = np.full(n_pieces, NOWHERE)
        self.since_s = np.full(n_pieces, -np.inf)
        self.ends_s = np.zeros((n_pieces, N_PITCHES))  # of every key's last note
        self.rows = np.arange(n_pieces)

    def hear(self, events: Events, clock_s: npt.NDArray[np.float64]) -> None:
        """Take in one (B, 4) event of each piece, which begins at (B,) `clock_s`."""
        _, pitch, duration, _ = events.T
        highest = ((self.ends_s > clock_s[:, None] + TOGETHER_S) * KEYS).max(axis=1)  # that sounds; 0 where none does
        lower_in_chord = (clock_s - self.since_s <= TOGETHER_S) & (pitch < self.at)
        rises = (pitch + NEAR >= highest) & ~lower_in_chord
        self.at = np.where(rises, pitch, self.at)
        self.since_s = np.where(rises, clock_s, self.since_s)
        self.ends_s[self.rows, pitch] = clock_s + DURATIONS_S[duration]

    def of(self, rows: npt.NDArray[np.bool_]) -> "UpperLine":
        """The lines of some of the pieces."""
        kept = UpperLine(0)
        kept.at, kept.since_s, kept.ends_s = self.at[rows], self.since_s[rows], self.ends_s[rows]
        kept.rows = np.arange(len(kept.at))
        return kept


def gains(moves: Sequence[float]) -> Array:
    """(N_PITCHES + 1, N_PITCHES): what is added to each pitch's logit where the line stands at a pitch, or nowhere.

    Args:
        moves: (2 REACH + 1,) for a line that falls by REACH semitones to one that rises by as much; none: no gains.
    """
    table = np.zeros((N_PITCHES + 1, N_PITCHES), dtype=np.float32)
    for semitones, gain in zip(range(-REACH, REACH + 1), moves, strict=False):
        pitches = np.arange(max(0, -semitones), min(N_PITCHES, N_PITCHES - semitones))
        table[pitches, pitches + semitones] = gain
    return table


def count_moves(events: Events) -> Ints:
    """(2 REACH + 3,): how often the line moves by so many semitones, and farther down and up at the ends."""
    line, clock_s = UpperLine(1), np.zeros(1)
    notes: list[int] = []
    for event in events:
        clock_s, before_s = clock_s + SHIFTS_S[event[0]], line.since_s[0]
        line.hear(event[None], clock_s)
        if line.since_s[0] == clock_s[0]:  # it took this note
            if clock_s[0] - before_s <= TOGETHER_S:
                notes.pop()
            notes.append(int(line.at[0]))
    moves = np.clip(np.diff(np.array(notes, dtype=np.int64)), -REACH - 1, REACH + 1)
    return np.bincount(moves + REACH + 1, minlength=2 * REACH + 3)


def learnt_moves(real: Ints, drawn: Ints) -> npt.NDArray[np.float64]:
    """(2 REACH + 1,) by how much each move is missing, from what `count_moves` says of played and composed music."""
    share = (real + 1) / (real + 1).sum()
    drawn_share = (drawn + PRIOR * share) / (drawn.sum() + PRIOR)
    gained: npt.NDArray[np.float64] = np.log(share / drawn_share)[1:-1]
    return gained
