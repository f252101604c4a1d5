"""What the tokens lose: python -m ml.music.roundtrip DATA… over every clip and song of EMOPIA and POP909.

Every piece is brought to events and back. Pitches come back exactly; times, lengths and velocities lie on the
tokens' grids, so they come back nearly: the line of JSON for each set gives the median and 95 % quantile of the errors.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ml import command
from ml.domain import Note
from ml.music.attributes import Array
from ml.music.data import load_emopia, load_songs
from ml.music.key import find_key
from ml.music.tokens import decode, encode


def errors(notes: Sequence[Note]) -> tuple[int, Array]:
    """How many notes are lost, and (N, 3) absolute errors of the others.

    Returns:
        lost: strokes that fall together with another of the same key, or have none of their pitch left.
        errors: of each note's start in seconds, its length as a part of itself, its velocity in MIDI steps.
    """
    offset = find_key(notes).offset
    back = by_pitch(decode(encode(notes, offset), offset, notes[0].start_s))
    n_lost, rows = 0, []
    for pitch, strokes in by_pitch(notes).items():
        left = back.get(pitch, [])
        n_lost += max(len(strokes) - len(left), 0)
        if not left:
            continue
        starts_s = np.array([note.start_s for note in left])
        for note in strokes:
            nearest = left[int(np.abs(starts_s - note.start_s).argmin())]
            rows.append(differences(note, nearest))
    return n_lost, np.array(rows, dtype=np.float64)


def by_pitch(notes: Sequence[Note]) -> dict[int, list[Note]]:
    strokes: dict[int, list[Note]] = {}
    for note in notes:
        strokes.setdefault(note.pitch, []).append(note)
    return strokes


def differences(a: Note, b: Note) -> tuple[float, float, float]:
    length_s = a.end_s - a.start_s
    return abs(a.start_s - b.start_s), abs((b.end_s - b.start_s) / length_s - 1), abs(a.velocity - b.velocity)


def report(name: str, pieces: Sequence[Sequence[Note]]) -> dict[str, Any]:
    """The losses over all pieces: counts, and the median and 95 % quantile of each error."""
    measured = [errors(notes) for notes in pieces]
    rows = np.concatenate([row for _, row in measured])
    start_ms, length, velocity = np.quantile(rows, (0.5, 0.95), axis=0).T * [[1000], [100], [1]]
    return {
        "set": name,
        "pieces": len(pieces),
        "notes": sum(map(len, pieces)),
        "notes_lost": sum(lost for lost, _ in measured),
        "start_ms": start_ms.round(1).tolist(),
        "starts_off_by_more_than_20_ms": int((rows[:, 0] > 0.02).sum()),
        "length_percent": length.round(1).tolist(),
        "velocity": velocity.round(1).tolist(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", help="emopia.zip, pop909.zip, or their folders")
    args = parser.parse_args()
    for data in args.data:
        songs = load_songs([data])
        pieces = [song.notes for song in songs] or [clip.notes for clip in load_emopia([data]).clips]
        print(json.dumps(report(data.name, pieces)), flush=True)


if __name__ == "__main__":
    command.run(main)
