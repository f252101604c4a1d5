"""What can be heard in notes, in numbers: the listener's features of a piece of MIDI."""

from collections.abc import Sequence

from ml.domain import Note
from ml.music.listening.harmony import chords, dissonance, tonality
from ml.music.listening.register import lines, register
from ml.music.listening.rhythm import loudness, rhythm, touch
from ml.music.listening.score import Features, score_of

PARTS = (rhythm, loudness, touch, register, lines, tonality, chords, dissonance)


def note_features(notes: Sequence[Note]) -> Features:
    """All features of at least one note, by name; finite for any piece, short ones too."""
    score = score_of(notes)
    found: Features = {}
    for part in PARTS:
        found |= part(score)
    return found
