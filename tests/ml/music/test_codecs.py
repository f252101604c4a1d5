"""Sound files: the same sound comes back, small enough for a page, and nothing else is written."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from ml.errors import RenderError
from ml.music.codecs import RATE, read_sound, write_sound
from ml.music.loudness import Sound, decibels

LAME_DELAY = 1105  # frames: the encoder's 576 and the decoder's 529; the file does not tell players to skip them


def fading_chord(seconds: float) -> Sound:
    """Three decaying tones, spread over two channels."""
    time_s = np.arange(int(seconds * RATE)) / RATE
    tones = [np.sin(2 * np.pi * hertz * time_s) * np.exp(-time_s) * 0.2 for hertz in (220.0, 277.2, 329.6)]
    return np.stack([tones[0] + tones[1], tones[1] + tones[2]], axis=1).astype(np.float32)


@pytest.mark.parametrize(
    ("suffix", "kind", "delay"),
    [
        (".wav", ("WAV", "PCM_16"), 0),
        (".ogg", ("OGG", "VORBIS"), 0),
        (".mp3", ("MP3", "MPEG_LAYER_III"), LAME_DELAY),
    ],
)
def test_the_file_holds_the_same_sound(tmp_path: Path, suffix: str, kind: tuple[str, str], delay: int) -> None:
    sound = fading_chord(3.0)
    write_sound(sound, tmp_path / f"a{suffix}")
    info = soundfile.info(tmp_path / f"a{suffix}")
    assert (info.format, info.subtype, info.samplerate, info.channels) == (*kind, 44_100, 2)
    decoded = read_sound(tmp_path / f"a{suffix}")[delay:][: len(sound)]
    assert len(decoded) == pytest.approx(len(sound), abs=2000)
    error = decoded - sound[: len(decoded)]
    assert decibels(float(np.square(error).mean() ** 0.5 / np.square(sound).mean() ** 0.5)) < -20


def test_ten_seconds_for_the_page_are_at_most_150_kilobytes(tmp_path: Path) -> None:
    write_sound(fading_chord(10.0), tmp_path / "a.mp3")
    assert (tmp_path / "a.mp3").stat().st_size <= 150_000


def test_a_long_piece_does_not_crash_the_encoder(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (60 * RATE, 1)).astype(np.float32).repeat(2, 1)
    write_sound(noise, tmp_path / "a.ogg")  # 60 s in a single write end the process
    assert soundfile.info(tmp_path / "a.ogg").duration == pytest.approx(60.0, abs=0.05)


@pytest.mark.parametrize("name", ["a.flac", "a"])
def test_an_unknown_format_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(RenderError, match=name) as refused:
        write_sound(fading_chord(1.0), tmp_path / name)
    assert refused.value.code == "bad-format"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("data", [None, b"", b"RIFF but no more"], ids=["missing", "empty", "broken"])
def test_a_broken_sound_file_is_refused_by_name(tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / "in.wav").write_bytes(data)
    with pytest.raises(RenderError, match=r"in\.wav") as refused:
        read_sound(tmp_path / "in.wav")
    assert refused.value.code == "bad-audio"
