"""A piece's roll as a few lines of SVG, small enough for two dozen of them on a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from ml.domain import Note
from ml.music.picture import span_of

WIDTH, HEIGHT = 320, 96  # the SVG's own units


@dataclass(frozen=True)
class Thumbnail:
    """Path data for soft and for loud notes, each a stroke from its start to its end; `stroke` is a key's height."""

    soft: str
    loud: str
    stroke: float


LOUD = 64  # from this velocity a note is drawn as a loud one


def thumbnail_of(notes: Sequence[Note], seconds: float) -> Thumbnail:
    """The notes in a box of WIDTH × HEIGHT, to the unit: what falls onto the same stroke is drawn once."""
    if not notes:
        return Thumbnail("", "", 1.0)
    low, high = span_of(notes)
    key = HEIGHT / (high - low + 1)
    unit = WIDTH / max(seconds, notes[-1].start_s, 1.0)

    def path(some: Sequence[Note]) -> str:
        return "".join(dict.fromkeys(stroke(note, unit, HEIGHT - (note.pitch - low + 0.5) * key) for note in some))

    soft = [note for note in notes if note.velocity < LOUD]
    return Thumbnail(path(soft), path([note for note in notes if note.velocity >= LOUD]), round(key * 0.9, 1))


def stroke(note: Note, unit: float, y: float) -> str:
    from_x, to_x = round(note.start_s * unit), round(note.end_s * unit)
    return f"M{from_x} {round(y)}h{max(to_x - from_x - 1, 1)}"
