"""Sound: length, level and tail of real renderings, and a refusal by name for all that can be missing or broken."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ml.domain import Note
from ml.errors import MidiError, RenderError
from ml.music import audio
from ml.music.audio import SMALL_FONT, encode, render, render_as
from ml.music.midi import write_notes
from tests import base

RATE = audio.RATE
Render = Callable[[tuple[Note, ...]], audio.Sound]


def decibels(amplitude: float) -> float:
    return float(20 * np.log10(amplitude))


def envelope(sound: audio.Sound) -> audio.Sound:
    level: audio.Sound = np.abs(sound).max(axis=1)
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

    def play(notes: tuple[Note, ...]) -> audio.Sound:
        write_notes(notes, tmp_path / "a.mid")
        render(tmp_path / "a.mid", tmp_path / "a.wav")
        return audio.read_sound(tmp_path / "a.wav")

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
    loudness = []
    for notes in (soft(25), soft(64), soft(120), chords):
        sound = rendered(notes)
        assert decibels(float(np.abs(sound).max())) <= -1.4
        powers = np.array(
            [np.square(part).mean() for part in np.array_split(sound, len(sound) // audio.LOUDNESS_BLOCK)]
        )
        loudness.append(decibels(float(np.sqrt(powers[powers > powers.mean() / 10].mean()))))
    assert loudness == pytest.approx([-22.0] * 4, abs=1.0)


def test_a_lone_click_is_raised_no_higher_than_the_ceiling() -> None:
    click = np.zeros((2 * RATE, 2), dtype=np.float32)
    click[RATE // 2 : RATE // 2 + 50] = 0.01
    assert decibels(float(np.abs(audio.finished(click, end_s=1.0)).max())) == pytest.approx(-1.5, abs=0.01)


def test_silence_is_cut_but_never_a_note_that_is_written() -> None:
    sound = np.zeros((3 * RATE, 2), dtype=np.float32)
    sound[: RATE // 2] = 0.1
    assert len(audio.finished(sound, end_s=0.2)) == pytest.approx(0.55 * RATE, abs=2)
    assert len(audio.finished(sound, end_s=1.5)) == 1.5 * RATE


def test_the_same_notes_give_the_same_sound(rendered: Render) -> None:
    assert np.array_equal(rendered(base.scale()), rendered(base.scale()))


@pytest.mark.parametrize(("suffix", "kind"), [(".ogg", ("OGG", "VORBIS")), (".mp3", ("MP3", "MPEG_LAYER_III"))])
def test_the_compressed_file_holds_the_same_sound(
    rendered: Render, tmp_path: Path, suffix: str, kind: tuple[str, str]
) -> None:
    sound = rendered(base.scale(40))
    out = tmp_path / f"a{suffix}"
    encode(tmp_path / "a.wav", out)
    info = soundfile.info(out)
    assert (info.format, info.subtype, info.channels) == (*kind, 2)
    assert out.stat().st_size < (tmp_path / "a.wav").stat().st_size / 2
    decoded = audio.read_sound(out)
    assert len(decoded) / RATE == pytest.approx(len(sound) / RATE, abs=0.05)
    difference = decoded[: len(sound)] - sound[: len(decoded)]
    assert decibels(float(np.square(difference).mean() ** 0.5 / np.square(sound).mean() ** 0.5)) < -15


def test_a_long_piece_does_not_crash_the_encoder(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    soundfile.write(tmp_path / "a.wav", random.normal(0, 0.1, (60 * RATE, 1)).astype(np.float32).repeat(2, 1), RATE)
    encode(tmp_path / "a.wav", tmp_path / "a.ogg")  # 60 s in a single write end the process
    assert soundfile.info(tmp_path / "a.ogg").duration == pytest.approx(60.0, abs=0.05)


def test_render_as_goes_by_the_suffix(small_font: None, tmp_path: Path) -> None:
    write_notes(base.scale(), tmp_path / "a.mid")
    for suffix, container in ((".wav", "WAV"), (".ogg", "OGG")):
        render_as(tmp_path / "a.mid", tmp_path / f"b{suffix}")
        assert soundfile.info(tmp_path / f"b{suffix}").format == container
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mid", "b.ogg", "b.wav"]


@pytest.mark.parametrize("name", ["a.flac", "a.wav", "a"])
def test_an_unknown_format_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(RenderError, match=name) as refused:
        encode(tmp_path / "in.wav", tmp_path / name)
    assert refused.value.code == "bad-format"


@pytest.mark.parametrize("data", [None, b"", b"RIFF but no more"], ids=["missing", "empty", "broken"])
def test_a_broken_sound_file_is_refused_by_name(tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / "in.wav").write_bytes(data)
    with pytest.raises(RenderError, match=r"in\.wav") as refused:
        encode(tmp_path / "in.wav", tmp_path / "out.ogg")
    assert refused.value.code == "bad-audio"
    assert not list(tmp_path.glob("out*"))


def test_a_named_soundfont_that_is_missing_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOUNDFONT", str(tmp_path / "grand.sf2"))
    write_notes(base.scale(), tmp_path / "a.mid")
    assert_refused("no-soundfont", "grand.sf2", tmp_path / "a.mid")


def damaged_inside(font: bytes) -> bytes:
    """A font with a good header and length, whose list of instruments is garbage."""
    at = font.rfind(b"pdta") + 12
    return font[:at] + b"\x7f" * 4000 + font[at + 4000 :]


@pytest.mark.parametrize(
    "damage",
    [lambda font: b"not a font at all", lambda font: b"", lambda font: font[:100_000], damaged_inside],
    ids=["text", "empty", "cut", "inside"],
)
def test_a_named_soundfont_that_is_broken_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    font = tmp_path / "broken.sf2"
    font.write_bytes(damage(SMALL_FONT.read_bytes()))
    monkeypatch.setenv("SOUNDFONT", str(font))
    write_notes(base.scale(), tmp_path / "a.mid")
    assert_refused("bad-soundfont", "broken.sf2", tmp_path / "a.mid")


def test_fonts_are_tried_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SOUNDFONT", raising=False)
    monkeypatch.setattr(audio, "DEBIAN_FONT", tmp_path / "FluidR3_GM.sf2")
    assert audio.soundfont() == SMALL_FONT
    (tmp_path / "FluidR3_GM.sf2").write_bytes(SMALL_FONT.read_bytes())
    assert audio.soundfont() == tmp_path / "FluidR3_GM.sf2"
    (tmp_path / "FluidR3_GM.sf2").unlink()
    monkeypatch.setattr(audio, "SMALL_FONT", tmp_path / "TimGM6mb.sf2")
    with pytest.raises(RenderError, match=r"FluidR3_GM\.sf2 nor .*TimGM6mb\.sf2") as refused:
        audio.soundfont()
    assert refused.value.code == "no-soundfont"


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
