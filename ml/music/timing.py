"""Timing: notes are moved a part of the way towards the pulse that the music keeps, as a sequencer's quantise strength.

Drawn note by note, small errors of time add up, since every pause counts from the note before: over twenty seconds the
pulse of sampled music blurs where people, who keep one, only waver about it.
"""

from collections.abc import Sequence

import numpy as np

from ml.domain import Note
from ml.music.passage import Array

STRENGTH = 0.35  # of the way to the nearest beat
STRENGTHS = (0.0, 0.7)  # the same for one piece or another: some keep time better
SHORTEST_S, LONGEST_S, N_PERIODS = 0.12, 0.5, 240  # of pulses that are looked for
WINDOW_S = 8.0  # in which a pulse must be steady to be found; it may waver over longer times
BEFORE_S = 16.0  # of the music that stands already counts
NEAR_S = 3.0  # the deviation of the window around a note in which it is said where the beats lie
PERIODS_S = np.geomspace(SHORTEST_S, LONGEST_S, N_PERIODS)
TURNS = 2j * np.pi / PERIODS_S
FEWEST = 5  # notes that have a pulse


def tightened(
    before: Sequence[Note], notes: Sequence[Note], strength: float = STRENGTH, latest_s: float = np.inf
) -> list[Note]:
    """The notes that follow `before`, with the pulse of both together kept a little better; lengths stay.

    They stay behind what stands already, and where there is nothing the first one stays where it is.

    Args:
        before: what stands already.
        strength: 0 moves nothing, 1 puts every note on a beat.
        latest_s: none is moved beyond this.
    """
    if not notes:
        return []
    before = [note for note in before if note.start_s >= notes[0].start_s - BEFORE_S]
    every = [*before, *notes]
    if len(every) < FEWEST:
        return list(notes)
    start_s, weight = np.array([n.start_s for n in every]), np.array([float(n.velocity) for n in every])
    period_s = kept_period(start_s, weight)
    turn = np.exp(2j * np.pi * start_s / period_s)
    new, moved_s = turn[len(before) :], start_s[len(before) :]
    near = weight * np.exp(-0.5 * ((start_s - moved_s[:, None]) / NEAR_S) ** 2)  # (new, all)
    off_s = np.angle(new * np.conj(near @ turn)) / (2 * np.pi) * period_s
    moved_s = moved_s - strength * off_s
    if not before:
        moved_s += notes[0].start_s - moved_s.min()
    moved_s = np.clip(moved_s, before[-1].start_s if before else 0.0, latest_s)
    found = [
        Note(n.pitch, n.velocity, at_s, at_s + n.end_s - n.start_s)
        for n, at_s in zip(notes, moved_s.tolist(), strict=True)
    ]
    return sorted(found, key=lambda note: note.start_s)


def kept_period(start_s: Array, weight: Array) -> float:
    """The period in seconds whose phases agree best within windows: the quickest pulse that is kept."""
    power = np.zeros(N_PERIODS)
    turns = np.exp(start_s[:, None] * TURNS)
    for begin_s in np.arange(start_s[0], max(start_s[-1] - WINDOW_S, start_s[0]) + 1e-6, WINDOW_S / 2):
        inside = (start_s >= begin_s) & (start_s < begin_s + WINDOW_S)
        if (n := int(inside.sum())) >= FEWEST:
            length = np.abs(weight[inside] @ turns[inside]) / weight[inside].sum()
            power += np.maximum(length**2 - 1 / n, 0)
    return float(PERIODS_S[power.argmax()])


def tightened_by_phrases(notes: Sequence[Note], phrase_s: float) -> list[Note]:
    """The same for music from 0 s on that was composed phrase by phrase: each knows nothing of what comes after it."""
    found = list[Note]()
    for number in range(int(notes[-1].start_s / phrase_s) + 1 if notes else 0):
        found += tightened(found, [note for note in notes if number == int(note.start_s / phrase_s)])
    return found
