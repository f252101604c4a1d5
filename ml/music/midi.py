"""Notes ↔ MIDI files: a piece goes out as one piano track, any file a user brings comes in as piano notes."""

import io
import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from warnings import catch_warnings, simplefilter

import pretty_midi

from ml.domain import HIGHEST_PITCH, LOWEST_PITCH, Note, Piece
from ml.errors import MidiError

ACOUSTIC_GRAND = 0  # General MIDI programme, counted from 0
TICKS_PER_BEAT, BEATS_PER_MINUTE = 500, 120.0  # together: one tick is one millisecond
SHORTEST_S = 0.001  # one tick; a shorter note would never be released
SAME_STROKE_S = 0.02  # a key cannot be struck again within this (fast repetition is about 15 strokes a second)
SUSTAIN_PEDAL, PEDAL_DOWN = 64, 64  # the controller's number, and the value from which the pedal counts as down
LARGEST_BYTES = 1_000_000  # two hours of dense piano fill about as much; parsing this takes some 3 s
LONGEST_S = 2 * 3600.0

PedalSpans = list[tuple[float, float]]  # seconds: pressed, released; in order, apart


def write_midi(piece: Piece, path: Path) -> None:
    """Write a piece as one acoustic grand track; the same piece gives the same bytes.

    The key and a line of text with the emotion and the seed go along. The file appears whole or not at all.
    """
    target = piece.target
    point = f"valence {target.valence:+.2f}, arousal {target.arousal:+.2f}, strength {target.strength:.2f}"
    origin = f"Composed by a machine: SentiMozart, {target.name} ({point}), seed {piece.seed}"
    midi = piano_midi(piece.notes, title=f"SentiMozart: {target.name}, seed {piece.seed}")
    midi.key_signature_changes.append(pretty_midi.KeySignature(piece.tonic + 12 * (piece.mode == "minor"), 0.0))
    midi.text_events.append(pretty_midi.Text(origin, 0.0))
    with written_whole(path) as partial:
        midi.write(str(partial))


def write_notes(notes: Sequence[Note], path: Path) -> None:
    """Write notes alone as one acoustic grand track, whole or not at all."""
    with written_whole(path) as partial:
        piano_midi(notes, title="").write(str(partial))


def piano_midi(notes: Sequence[Note], title: str) -> pretty_midi.PrettyMIDI:
    """One piano track; times are rounded to the millisecond."""
    midi = pretty_midi.PrettyMIDI(resolution=TICKS_PER_BEAT, initial_tempo=BEATS_PER_MINUTE)
    piano = pretty_midi.Instrument(program=ACOUSTIC_GRAND, name=title)
    for note in one_key_one_note(rounded(note) for note in notes):
        piano.notes.append(pretty_midi.Note(note.velocity, note.pitch, note.start_s, note.end_s))
    midi.instruments.append(piano)
    return midi


def rounded(note: Note) -> Note:
    start_s = round(note.start_s, 3)
    return replace(note, start_s=start_s, end_s=max(round(note.end_s, 3), start_s + SHORTEST_S))


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A partial file to write to: it becomes `path` at the end, or goes away when something fails.

    Its name holds the process's number, so that two workers making the same file do not mix their bytes.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_notes(path: Path) -> tuple[Note, ...]:
    """The notes of any MIDI file, as one piano would play them.

    Every track but the drums counts. The sustain pedal is folded into the durations: a note lasts until the pedal
    is released or its key is struck again. Pitches that a piano lacks (below 21, above 108) are left out: such
    notes mostly switch a synthesiser's sounds rather than sound themselves.

    Returns:
        Notes in order of their start, at the times the file gives them.

    Raises:
        MidiError: "bad-midi" for a file that is missing, too large, too long or not MIDI; "no-notes" for one
            without piano notes. The detail names the file.
    """
    midi = parse(path)
    end_s = float(midi.get_end_time())
    if end_s > LONGEST_S:
        raise MidiError("bad-midi", f"{path}: lasts {end_s / 3600:.1f} hours, more than {LONGEST_S / 3600:.0f}")
    tracks = [track for track in midi.instruments if not track.is_drum]
    notes = one_key_one_note(note for track in tracks for note in pedalled(track, end_s))
    if not notes:
        raise MidiError("no-notes", f"{path}: no piano notes in it")
    return notes


def parse(path: Path) -> pretty_midi.PrettyMIDI:
    """Read a MIDI file of reasonable size."""
    data = read_bytes(path)
    if not data.startswith(b"MThd"):
        raise MidiError("bad-midi", f"{path}: not a MIDI file")
    try:
        with catch_warnings():
            simplefilter("ignore")  # tempo changes in odd tracks are common and harmless
            return pretty_midi.PrettyMIDI(io.BytesIO(data))
    except Exception as error:  # broken bytes raise nearly anything in the parser: IndexError, KeyError, EOFError…
        raise MidiError("bad-midi", f"{path}: not a readable MIDI file ({error or type(error).__name__})") from error


def read_bytes(path: Path) -> bytes:
    if not path.is_file():
        raise MidiError("bad-midi", f"{path}: no such file")
    if path.stat().st_size > LARGEST_BYTES:
        raise MidiError("bad-midi", f"{path}: {path.stat().st_size} bytes, more than {LARGEST_BYTES}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise MidiError("bad-midi", f"{path}: cannot be read ({error.strerror})") from error


def pedalled(track: pretty_midi.Instrument, end_s: float) -> Iterator[Note]:
    """A track's notes on the piano's keys, each held for as long as its key or the pedal is down."""
    spans = pedal_spans(track, end_s)
    presses = [pressed for pressed, _ in spans]
    for note in track.notes:
        if not LOWEST_PITCH <= note.pitch <= HIGHEST_PITCH:
            continue
        start_s, stop_s = float(note.start), float(note.end)
        span = bisect_right(presses, stop_s) - 1  # the last press before the key is let go
        if span >= 0:
            stop_s = max(stop_s, spans[span][1])
        yield Note(note.pitch, note.velocity, start_s, max(stop_s, start_s + SHORTEST_S))


def pedal_spans(track: pretty_midi.Instrument, end_s: float) -> PedalSpans:
    """When the sustain pedal is down; one that is never released stays down to the end of the file."""
    spans: PedalSpans = []
    pressed_s: float | None = None
    for change in sorted(track.control_changes, key=lambda change: float(change.time)):
        if change.number != SUSTAIN_PEDAL:
            continue
        down = change.value >= PEDAL_DOWN
        if down and pressed_s is None:
            pressed_s = float(change.time)
        elif not down and pressed_s is not None:
            spans.append((pressed_s, float(change.time)))
            pressed_s = None
    return spans if pressed_s is None else [*spans, (pressed_s, end_s)]


def one_key_one_note(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Sort notes by start; a key struck again while it sounds ends its earlier note, as on a real piano.

    Strokes of one key that almost coincide (two tracks doubling each other) become one note.
    """
    kept: list[Note] = []
    sounding: dict[int, int] = {}  # pitch → index of its latest note
    for note in sorted(notes, key=lambda note: (note.start_s, note.pitch)):
        index = sounding.get(note.pitch)
        if index is not None and kept[index].end_s > note.start_s:
            earlier = kept[index]
            if note.start_s - earlier.start_s < SAME_STROKE_S:
                louder, later_s = max(earlier.velocity, note.velocity), max(earlier.end_s, note.end_s)
                kept[index] = replace(earlier, velocity=louder, end_s=later_s)
                continue
            kept[index] = replace(earlier, end_s=note.start_s)
        sounding[note.pitch] = len(kept)
        kept.append(note)
    return tuple(kept)
