"""MIDI files in and out: round trips, the sustain pedal, several tracks, and every kind of broken file."""

import dataclasses
import random
from collections.abc import Callable
from pathlib import Path

import pretty_midi
import pytest

from ml import emotion
from ml.domain import EmotionTarget, Note, Piece
from ml.errors import MidiError
from ml.music import midi
from ml.music.midi import read_notes, write_midi
from tests import base

ONE_TICK_S = 0.001


def written(path: Path, *tracks: pretty_midi.Instrument) -> Path:
    """A MIDI file of these tracks, by pretty_midi alone."""
    score = pretty_midi.PrettyMIDI(resolution=960)
    score.instruments.extend(tracks)
    score.write(str(path))
    return path


def track(*notes: tuple[int, float, float], program: int = 0, drums: bool = False) -> pretty_midi.Instrument:
    """A track of (pitch, start, end) at velocity 80."""
    instrument = pretty_midi.Instrument(program, is_drum=drums)
    instrument.notes = [pretty_midi.Note(80, *note) for note in notes]
    return instrument


def with_pedal(instrument: pretty_midi.Instrument, *changes: tuple[float, int]) -> pretty_midi.Instrument:
    """The track with the pedal at (time, value)s."""
    instrument.control_changes = [pretty_midi.ControlChange(64, value, time) for time, value in changes]
    return instrument


ONE_NOTE = b"\x00\x90\x3c\x50\x60\x80\x3c\x00"  # middle C for 96 ticks
END = b"\x00\xff\x2f\x00"


def midi_bytes(*tracks: bytes) -> bytes:
    """A MIDI file of these raw tracks, 96 ticks a beat."""
    header = b"MThd" + (6).to_bytes(4) + (1).to_bytes(2) + len(tracks).to_bytes(2) + (96).to_bytes(2)
    return header + b"".join(b"MTrk" + len(data).to_bytes(4) + data for data in tracks)


def durations(path: Path) -> list[float]:
    return [note.end_s - note.start_s for note in read_notes(path)]


def assert_same_music(actual: tuple[Note, ...], expected: tuple[Note, ...]) -> None:
    assert [(n.pitch, n.velocity) for n in actual] == [(n.pitch, n.velocity) for n in expected]
    for a, b in zip(actual, expected, strict=True):
        assert a.start_s == pytest.approx(b.start_s, abs=ONE_TICK_S)
        assert a.end_s == pytest.approx(b.end_s, abs=ONE_TICK_S)


def test_a_piece_comes_back_as_it_was_written(tmp_path: Path) -> None:
    piece = base.piece()
    write_midi(piece, tmp_path / "a.mid")
    assert_same_music(read_notes(tmp_path / "a.mid"), piece.notes)


def test_a_real_song_comes_back_as_it_was_read(tmp_path: Path) -> None:
    song = read_notes(base.SONG)
    assert len(song) > 500
    write_midi(dataclasses.replace(base.piece(), notes=song), tmp_path / "a.mid")
    by_key = [
        tuple(sorted(notes, key=lambda n: (n.pitch, n.start_s))) for notes in (read_notes(tmp_path / "a.mid"), song)
    ]
    assert_same_music(*by_key)


def test_random_notes_come_back_whatever_their_times(tmp_path: Path) -> None:
    dice = random.Random(0)
    for round_ in range(20):
        starts = sorted(dice.uniform(0, 20) for _ in range(60))
        struck = [Note(dice.randint(21, 108), dice.randint(1, 127), s, s + dice.expovariate(2) + 1e-5) for s in starts]
        notes = midi.one_key_one_note(struck)
        write_midi(dataclasses.replace(base.piece(), notes=notes), tmp_path / f"{round_}.mid")
        back = read_notes(tmp_path / f"{round_}.mid")
        assert sorted((n.pitch, n.velocity) for n in back) == sorted((n.pitch, n.velocity) for n in notes)


def test_the_same_piece_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        write_midi(base.piece(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_file_says_what_made_it(tmp_path: Path) -> None:
    piece = dataclasses.replace(base.piece(emotion.target("sad"), seed=7), tonic=9, mode="minor")
    write_midi(piece, tmp_path / "a.mid")
    score = pretty_midi.PrettyMIDI(str(tmp_path / "a.mid"))
    assert [(t.program, t.is_drum, t.name) for t in score.instruments] == [(0, False, "SentiMozart: sad, seed 7")]
    assert "Composed by a machine" in score.text_events[0].text
    assert "valence -1.00" in score.text_events[0].text
    assert pretty_midi.key_number_to_key_name(score.key_signature_changes[0].key_number) == "A minor"


def test_a_custom_point_is_written_with_its_numbers(tmp_path: Path) -> None:
    write_midi(base.piece(EmotionTarget("custom", 0.25, -0.5, 0.3)), tmp_path / "a.mid")
    text = pretty_midi.PrettyMIDI(str(tmp_path / "a.mid")).text_events[0].text
    assert "custom (valence +0.25, arousal -0.50, strength 0.30)" in text


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"before")
    with pytest.raises(RuntimeError), midi.written_whole(path) as partial:
        partial.write_bytes(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_overlapping_notes_of_one_key_are_written_so_that_each_ends(tmp_path: Path) -> None:
    notes = (Note(60, 70, 0.0, 3.0), Note(60, 90, 1.0, 2.0))
    write_midi(Piece(notes, emotion.target("calm"), 1, 0, "major", 2), tmp_path / "a.mid")
    assert_same_music(read_notes(tmp_path / "a.mid"), (Note(60, 70, 0.0, 1.0), Note(60, 90, 1.0, 2.0)))


def test_the_first_note_keeps_its_time(tmp_path: Path) -> None:
    assert read_notes(written(tmp_path / "a.mid", track((60, 2.5, 3.0))))[0].start_s == pytest.approx(
        2.5, abs=ONE_TICK_S
    )


def test_the_pedal_holds_a_note_until_its_release(tmp_path: Path) -> None:
    held = with_pedal(track((60, 0.5, 1.0), (64, 2.5, 3.0)), (0.8, 127), (2.0, 0))
    assert durations(written(tmp_path / "a.mid", held)) == pytest.approx([1.5, 0.5], abs=ONE_TICK_S)


def test_the_pedal_holds_a_note_until_its_key_is_struck_again(tmp_path: Path) -> None:
    held = with_pedal(track((60, 0.5, 1.0), (60, 1.5, 1.7)), (0.0, 127), (2.0, 0))
    assert durations(written(tmp_path / "a.mid", held)) == pytest.approx([1.0, 0.5], abs=ONE_TICK_S)


def test_a_note_longer_than_the_pedal_ends_with_its_key(tmp_path: Path) -> None:
    held = with_pedal(track((60, 0.0, 2.0)), (0.5, 127), (1.0, 0))
    assert durations(written(tmp_path / "a.mid", held)) == pytest.approx([2.0], abs=ONE_TICK_S)


def test_a_pedal_never_released_holds_to_the_end(tmp_path: Path) -> None:
    held = with_pedal(track((60, 0.0, 1.0), (64, 1.0, 4.0)), (0.5, 64))
    assert durations(written(tmp_path / "a.mid", held)) == pytest.approx([4.0, 3.0], abs=ONE_TICK_S)


def test_a_pedal_less_than_half_down_holds_nothing(tmp_path: Path) -> None:
    held = with_pedal(track((60, 0.0, 1.0)), (0.5, 63), (3.0, 0))
    assert durations(written(tmp_path / "a.mid", held)) == pytest.approx([1.0], abs=ONE_TICK_S)


def test_another_tracks_pedal_does_not_count(tmp_path: Path) -> None:
    held = with_pedal(track((72, 5.0, 6.0)), (0.0, 127), (3.0, 0))
    assert durations(written(tmp_path / "a.mid", track((60, 0.0, 1.0)), held)) == pytest.approx(
        [1.0, 1.0], abs=ONE_TICK_S
    )


def test_tracks_are_merged_in_order_and_drums_left_out(tmp_path: Path) -> None:
    strings, drums = track((48, 0.5, 2.0), program=48), track((36, 0.0, 0.2), drums=True)
    notes = read_notes(written(tmp_path / "a.mid", track((60, 1.0, 2.0), (64, 0.0, 1.0)), strings, drums))
    assert [note.pitch for note in notes] == [64, 48, 60]


def test_two_tracks_on_one_key_become_one_note(tmp_path: Path) -> None:
    notes = read_notes(written(tmp_path / "a.mid", track((60, 1.0, 2.0)), track((60, 1.01, 3.0))))
    assert len(notes) == 1
    assert (notes[0].start_s, notes[0].end_s) == pytest.approx((1.0, 3.0), abs=ONE_TICK_S)


def test_pitches_beyond_the_piano_are_left_out(tmp_path: Path) -> None:
    notes = read_notes(written(tmp_path / "a.mid", track((20, 0, 1), (21, 0, 1), (108, 0, 1), (109, 0, 1))))
    assert [note.pitch for note in notes] == [21, 108]


def test_odd_tempo_tracks_are_read_quietly(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(midi_bytes(END, b"\x00\xff\x51\x03\x07\xa1\x20" + ONE_NOTE + END))
    assert len(read_notes(path)) == 1
    assert not recwarn.list


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda good: b"",
    "text": lambda good: b"dear diary,\n" * 40,
    "header alone": lambda good: good[:14],
    "cut in a track": lambda good: good[:-9],
    "no resolution": lambda good: good[:12] + b"\0\0" + good[14:],
    "no tracks": lambda good: good[:10] + b"\0\0" + good[12:14],
    "not music": lambda good: midi_bytes(bytes(range(200, 256))),
    "wrong header": lambda good: b"RIFF" + good[4:],
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "broken.mid"
    path.write_bytes(BROKEN[kind](midi_bytes(END, ONE_NOTE + END)))
    with pytest.raises(MidiError, match=r"broken\.mid") as refused:
        read_notes(path)
    assert refused.value.code == "bad-midi"


def test_a_damaged_file_is_read_or_refused_but_never_crashes(tmp_path: Path) -> None:
    good, dice = base.SONG.read_bytes(), random.Random(1)
    path = tmp_path / "damaged.mid"
    for _ in range(40):
        data = bytearray(good)
        for _ in range(dice.randint(1, 30)):
            data[dice.randrange(14, len(data))] = dice.randrange(256)
        path.write_bytes(bytes(data[: dice.choice([len(data), dice.randrange(14, len(data))])]))
        try:
            assert read_notes(path)
        except MidiError as error:
            assert "damaged.mid" in error.detail


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.mid", tmp_path):
        with pytest.raises(MidiError, match=f"{path.name}: no such file") as refused:
            read_notes(path)
        assert refused.value.code == "bad-midi"


@pytest.mark.parametrize(
    "tracks", [[], [track((36, 0, 1), drums=True)], [track((5, 0, 1))]], ids=["none", "drums", "low"]
)
def test_a_file_without_piano_notes_is_refused_by_name(tmp_path: Path, tracks: list[pretty_midi.Instrument]) -> None:
    with pytest.raises(MidiError, match=r"a\.mid: no piano notes") as refused:
        read_notes(written(tmp_path / "a.mid", *tracks))
    assert refused.value.code == "no-notes"


def test_a_file_that_lasts_absurdly_long_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    slow = b"\x00\xff\x51\x03\xff\xff\xff"  # 17 s a beat
    later = b"\x86\x8d\x20"  # 100,000 ticks
    path.write_bytes(midi_bytes(slow + later + ONE_NOTE[1:] + END))
    with pytest.raises(MidiError, match=r"a\.mid: lasts .* hours") as refused:
        read_notes(path)
    assert refused.value.code == "bad-midi"


def test_a_file_of_absurd_size_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(midi_bytes(ONE_NOTE + END) + b"\0" * midi.LARGEST_BYTES)
    with pytest.raises(MidiError, match=r"a\.mid: \d+ bytes, more than") as refused:
        read_notes(path)
    assert refused.value.code == "bad-midi"
