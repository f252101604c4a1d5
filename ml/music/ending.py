"""How a piece ends: the music stops a little before the asked length and closes with a cadence in its own key.

EMOPIA's clips are cut out of longer performances, so the network cannot have learnt an ending from them; the
dominant seventh and tonic (V7–I, or V7–i in minor) are the common practice's own full stop.
"""

from collections.abc import Sequence

import numpy as np

from ml.domain import Note
from ml.music.key import mode_on

ENDING_S = 4.0  # the last seconds: one dominant chord, one tonic chord that rings
DOMINANT_S = (0.5, 1.2)  # shortest and longest wait on the dominant
ROLL_S = 0.03  # a chord's notes follow each other from the bass up, as fingers do
LOWEST_ROOT = 36  # C2: the closing chords stand on the tonic in C2–B2
SOFTENED, SOFTEST = 0.85, 24  # the close is a little softer than what went before, never inaudible

DOMINANT_SEVENTH = (7, 11, 14, 17)  # semitones over the tonic
TONIC_CHORD = {"major": (0, 7, 12, 16, 19), "minor": (0, 7, 12, 15, 19)}


def with_cadence(notes: Sequence[Note], tonic: int, seconds: float) -> tuple[Note, ...]:
    """Drop what begins in the last ENDING_S, cut what still sounds there, and close on the tonic until `seconds`.

    Args:
        notes: sorted by start, the first in time to be kept.
        tonic: pitch class to close on, in the mode that the notes are in.
    """
    close_s = seconds - ENDING_S
    kept = [n for n in notes if n.start_s < close_s]
    recent = kept[-24:]
    pace_s = float(np.clip((recent[-1].start_s - recent[0].start_s) / len(recent) * 4, *DOMINANT_S))
    velocity = max(int(SOFTENED * np.mean([n.velocity for n in recent])), SOFTEST)
    begin_s = max(close_s, recent[-1].start_s + pace_s / 2)
    sounding = [Note(n.pitch, n.velocity, n.start_s, min(n.end_s, begin_s)) for n in kept]
    root = LOWEST_ROOT + tonic
    dominant = chord([root + i for i in DOMINANT_SEVENTH], velocity, begin_s, begin_s + pace_s)
    close = chord([root + i for i in TONIC_CHORD[mode_on(kept, tonic)]], velocity, begin_s + pace_s, seconds)
    return (*sounding, *dominant, *close)


def chord(pitches: Sequence[int], velocity: int, start_s: float, end_s: float) -> list[Note]:
    return [Note(p, velocity, start_s + i * ROLL_S, end_s) for i, p in enumerate(pitches)]
