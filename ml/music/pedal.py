"""Where two hands could not hold what sounds: there a pianist needs the pedal.

The composer learnt from performances whose pedal was folded into the lengths of the notes, so that a piece has long
notes but no pedal of its own. What the pedal must have done can be told from the notes: it was down wherever more
keys sound on than ten fingers reach.
"""

from collections.abc import Iterable, Sequence

from ml.domain import Note
from ml.music.midi import PedalSpans

FINGERS = 5  # of a hand
REACH = 16  # semitones that a large hand spans: a tenth
SHORTEST_S = 0.15  # anything shorter is a touch of legato
GAP_S = 0.1  # of two spans so near to each other one is made: no foot moves that fast


def needed_pedal(notes: Sequence[Note]) -> PedalSpans:
    """Seconds from when to when the notes cannot be held by hand; in order, apart."""
    spans: PedalSpans = []
    sounding: set[Note] = set()
    last_s = 0.0
    for at_s, is_struck, note in changes(notes):
        if at_s > last_s and not in_two_hands(n.pitch for n in sounding):
            if spans and last_s - spans[-1][1] <= GAP_S:
                spans[-1] = (spans[-1][0], at_s)
            else:
                spans.append((last_s, at_s))
        last_s = at_s
        (sounding.add if is_struck else sounding.discard)(note)
    return [(start_s, stop_s) for start_s, stop_s in spans if stop_s - start_s >= SHORTEST_S]


def changes(notes: Sequence[Note]) -> list[tuple[float, bool, Note]]:
    """Every stroke and every end in order; at one moment the ends come first."""
    strokes = [(note.start_s, True, note) for note in notes]
    ends = [(note.end_s, False, note) for note in notes]
    return sorted(strokes + ends, key=lambda change: change[:2])


def in_two_hands(pitches: Iterable[int]) -> bool:
    """Whether the left hand from the lowest key up and the right hand from the highest down hold all of them."""
    keys = sorted(pitches)
    if not keys:
        return True
    left = [key for key in keys if key <= keys[0] + REACH][:FINGERS]
    right = keys[len(left) :]
    return not right or (len(right) <= FINGERS and right[-1] - right[0] <= REACH)
