"""Sound: length, pitch, tail and level of real renderings, and a refusal by name for all that can go wrong."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ml.domain import Note
from ml.errors import MidiError, RenderError
from ml.music import audio
from ml.music.audio import render, render_as, render_notes
from ml.music.codecs import RATE, read_sound
from ml.music.loudness import Sound, decibels, integrated_lufs, true_peak
from ml.music.midi import write_notes
from ml.music.soundfonts import SMALL_FONT
from tests import base

Render = Callable[[tuple[Note, ...]], Sound]


def envelope(sound: Sound) -> Sound:
    level: Sound = np.abs(sound).max(axis=1)
    return level


def soft(velocity: int) -> tuple[Note, ...]:
    return tuple(Note(note.pitch, velocity, note.start_s, note.end_s) for note in base.scale())


@pytest.fixture
def small_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """The font that is always there and loads fastest."""
    monkeypatch.setenv("SOUNDFONT", str(SMALL_FONT))


@pytest.fixture
def rendered(tmp_path: Path, small_font: None) -> Render:
    """A function that plays notes and returns the finished sound."""

    def play(notes: tuple[Note, ...]) -> Sound:
        write_notes(notes, tmp_path / "a.mid")
        render(tmp_path / "a.mid", tmp_path / "a.wav")
        return read_sound(tmp_path / "a.wav")

    return play


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_font: None) -> Callable[[str], Path]:
    """A function that puts a shell script in FluidSynth's place; returns a MIDI file to play."""

    def install(script: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "fluidsynth").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "fluidsynth").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        write_notes(base.scale(), tmp_path / "a.mid")
        return tmp_path / "a.mid"

    return install


def assert_refused(code: str, words: str, midi: Path) -> None:
    """Rendering fails by this name, and leaves no file behind."""
    wav = midi.with_name("refused.wav")
    with pytest.raises(RenderError, match=re.escape(words)) as refused:
        render(midi, wav)
    assert refused.value.code == code
    assert not list(midi.parent.glob("refused*"))


def test_a_wav_is_cd_quality_and_as_long_as_its_notes(rendered: Render, tmp_path: Path) -> None:
    sound = rendered(base.scale())  # 4 s
    info = soundfile.info(tmp_path / "a.wav")
    assert (info.format, info.subtype, info.samplerate, info.channels) == ("WAV", "PCM_16", 44_100, 2)
    assert 4.0 <= len(sound) / RATE <= 7.0


def test_sound_begins_with_the_first_note(rendered: Render) -> None:
    late = tuple(Note(n.pitch, n.velocity, n.start_s + 1.5, n.end_s + 1.5) for n in base.scale())
    level = envelope(rendered(late))
    assert np.argmax(level > 0.01 * level.max()) / RATE == pytest.approx(1.5, abs=0.02)


def test_each_note_sounds_at_its_pitch(rendered: Render) -> None:
    sound = rendered((Note(81, 80, 0.0, 1.0), Note(76, 80, 1.0, 2.0))).mean(axis=1)
    for start_s, hertz in ((0.1, 880.0), (1.2, 659.3)):
        part = sound[int(start_s * RATE) : int((start_s + 0.8) * RATE)]
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
        assert np.argmax(spectrum) * RATE / len(part) == pytest.approx(hertz, rel=0.01)


def test_the_tail_fades_out_and_no_silence_follows(rendered: Render) -> None:
    level = envelope(rendered(base.scale()))
    assert level[-1] == 0.0
    assert 0 < level[-RATE // 5 :].max() < 0.001  # still sounding shortly before, far below hearing
    assert (np.abs(np.diff(level[-RATE // 5 :])) < 0.001).all()


def test_loudness_is_even_and_nothing_clips(rendered: Render) -> None:
    chords = tuple(Note(p, 127, t * 0.5, t * 0.5 + 0.4) for t in range(8) for p in (36, 48, 55, 60, 64, 67, 72))
    sparse = tuple(Note(96, 127, t * 2.0, t * 2.0 + 0.1) for t in range(4))
    for notes in (soft(25), soft(64), soft(120), chords, sparse):
        sound = rendered(notes)
        assert decibels(true_peak(sound)) <= -0.99  # −1 and the rounding to 16 bits
        assert integrated_lufs(sound, RATE) == pytest.approx(-18.0, abs=0.7)


def test_the_opening_is_the_whole_at_another_level(tmp_path: Path, small_font: None) -> None:
    whole = soft(40)[:8] + tuple(Note(n.pitch, 120, n.start_s, n.end_s) for n in base.scale(32)[8:])
    gains = [render_notes(notes, tmp_path / f"{len(notes)}.wav") for notes in (whole[:8], whole)]
    opening, piece = (read_sound(tmp_path / f"{n}.wav")[: int(1.9 * RATE)] for n in (8, 32))
    assert gains[0] - gains[1] > 3  # the beginning is soft, so alone it is turned up
    assert decibels(float(np.abs(opening).max() / np.abs(piece).max())) == pytest.approx(gains[0] - gains[1], abs=0.05)
    assert np.corrcoef(opening[:, 0], piece[:, 0])[0, 1] > 0.9999


def test_the_same_notes_give_the_same_sound(rendered: Render) -> None:
    assert np.array_equal(rendered(base.scale()), rendered(base.scale()))


def test_render_as_goes_by_the_suffix(small_font: None, tmp_path: Path) -> None:
    write_notes(base.scale(), tmp_path / "a.mid")
    for suffix, container in ((".wav", "WAV"), (".ogg", "OGG"), (".mp3", "MP3")):
        render_as(tmp_path / "a.mid", tmp_path / f"b{suffix}")
        assert soundfile.info(tmp_path / f"b{suffix}").format == container
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mid", "b.mp3", "b.ogg", "b.wav"]


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small_font: None) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    write_notes(base.scale(), tmp_path / "a.mid")
    assert_refused("no-fluidsynth", "fluidsynth is not on the PATH", tmp_path / "a.mid")


def test_a_program_that_fails_is_named_with_its_reason(program: Callable[[str], Path]) -> None:
    assert_refused("fluidsynth-failed", "status 3: out of luck", program("echo out of luck >&2; exit 3"))


def test_a_program_that_writes_nothing_is_caught(program: Callable[[str], Path]) -> None:
    assert_refused("too-short", "a.mid: rendered 0.00 s of 4.00 s", program("exit 0"))


def test_a_program_that_stops_early_is_caught(program: Callable[[str], Path], tmp_path: Path) -> None:
    soundfile.write(tmp_path / "short.wav", np.full((RATE, 2), 0.1), RATE)
    last = f'for word; do case "$before" in -F) cp {tmp_path}/short.wav "$word";; esac; before="$word"; done'
    assert_refused("too-short", "a.mid: rendered 1.00 s of 4.00 s", program(last))


def test_a_program_that_hangs_is_stopped(program: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "TIMEOUT_S", 0.5)
    assert_refused("timeout", "took longer than", program("exec sleep 60"))


def test_notes_too_soft_to_hear_are_refused(tmp_path: Path, small_font: None) -> None:
    write_notes(soft(1), tmp_path / "a.mid")
    assert_refused("silent", "a.mid: nothing can be heard", tmp_path / "a.mid")


def test_a_piece_too_long_to_render_is_refused(tmp_path: Path, small_font: None) -> None:
    write_notes((Note(60, 64, 0.0, 1.0), Note(60, 64, 700.0, 701.0)), tmp_path / "a.mid")
    assert_refused("too-long", "a.mid: lasts 701 s", tmp_path / "a.mid")


@pytest.mark.parametrize("data", [b"", b"MThd and then nothing", None], ids=["empty", "broken", "missing"])
def test_a_broken_midi_file_is_refused_by_name(tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / "a.mid").write_bytes(data)
    with pytest.raises(MidiError, match=r"a\.mid") as refused:
        render(tmp_path / "a.mid", tmp_path / "a.wav")
    assert refused.value.code == "bad-midi"


def test_a_midi_file_without_notes_is_refused_by_name(tmp_path: Path) -> None:
    write_notes((), tmp_path / "a.mid")
    with pytest.raises(MidiError, match=r"a\.mid: no piano notes") as refused:
        render(tmp_path / "a.mid", tmp_path / "a.wav")
    assert refused.value.code == "no-notes"
