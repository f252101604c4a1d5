"""The piano: taken whole out of a compressed soundfont, and the next best one where that cannot be."""

import io
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ml.errors import RenderError
from ml.music import sf3, soundfonts
from ml.music.codecs import read_sound
from ml.music.loudness import Sound
from ml.music.midi import write_notes
from ml.music.sf3 import COMPRESSED, Extract, take_instrument
from ml.music.soundfonts import SMALL_FONT
from tests import base


def play(font: Path, folder: Path) -> Sound:
    """A scale on this font's first programme, without a room."""
    write_notes(base.scale(), folder / "a.mid")
    subprocess.run(
        ["fluidsynth", "-niq", "-R", "0", "-C", "0", "-F", folder / "a.wav", font, folder / "a.mid"],
        check=True, capture_output=True,
    )  # fmt: skip
    return read_sound(folder / "a.wav")


def compressed(font: Path) -> bytes:
    """An SF3 of a font's first piano, as MuseScore's are: Ogg samples, loops counted from each sample's beginning."""
    taken = Extract(font.read_bytes(), 0, 0)
    oggs, records = b"", []
    for name, start, end, loop, loop_end, rate, *rest in taken.new["shdr"]:
        buffer = io.BytesIO()
        soundfile.write(buffer, np.frombuffer(taken.sound[2 * start : 2 * end], "<i2"), rate, format="OGG")
        place = (len(oggs), len(oggs) + len(buffer.getvalue()))
        records.append((name, *place, loop - start, loop_end - start, rate, *rest[:-1], rest[-1] | COMPRESSED))
        oggs += buffer.getvalue()
    taken.new["shdr"], taken.sound = records, bytearray(oggs)
    return taken.packed()


def test_an_instrument_sounds_the_same_after_it_was_taken_out(tmp_path: Path) -> None:
    take_instrument(SMALL_FONT, 0, 0, tmp_path / "one.sf2")
    assert (tmp_path / "one.sf2").stat().st_size < SMALL_FONT.stat().st_size / 3
    whole, one = play(SMALL_FONT, tmp_path), play(tmp_path / "one.sf2", tmp_path)
    assert np.array_equal(one, whole)


def test_compressed_samples_are_unpacked(tmp_path: Path) -> None:
    (tmp_path / "small.sf3").write_bytes(compressed(SMALL_FONT))
    take_instrument(tmp_path / "small.sf3", 0, 0, tmp_path / "one.sf2")
    whole, one = play(SMALL_FONT, tmp_path), play(tmp_path / "one.sf2", tmp_path)
    assert np.corrcoef(one[:, 0], whole[: len(one), 0])[0, 1] > 0.99


def test_a_forgotten_padding_byte_is_no_trouble(tmp_path: Path) -> None:
    font = compressed(SMALL_FONT)
    odd = struct.pack("<4sI", b"LIST", 4) + b"INFO" + struct.pack("<4sI", b"ICMT", 3) + b"odd"
    (tmp_path / "a.sf3").write_bytes(font[:12] + odd + font[12:])
    take_instrument(tmp_path / "a.sf3", 0, 0, tmp_path / "one.sf2")
    assert (tmp_path / "one.sf2").stat().st_size > 100_000


def test_the_room_is_added_where_the_ranges_stay_first(tmp_path: Path) -> None:
    """A zone's generators after anything but its key and velocity range would make FluidSynth ignore the range."""
    taken = Extract(SMALL_FONT.read_bytes(), 0, 0, reverb=0.3)
    generators = taken.new["pgen"]
    assert (sf3.REVERB_SEND, 300) in generators
    assert generators[-1][0] == sf3.INSTRUMENT


@pytest.mark.parametrize(
    "damage",
    [lambda font: b"", lambda font: b"RIFF" + bytes(200), lambda font: font[: len(font) // 2]],
    ids=["empty", "zeros", "cut"],
)
def test_a_broken_font_is_refused_by_name_and_leaves_nothing(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    (tmp_path / "broken.sf3").write_bytes(damage(SMALL_FONT.read_bytes()))
    with pytest.raises(RenderError, match=r"broken\.sf3") as refused:
        take_instrument(tmp_path / "broken.sf3", 0, 0, tmp_path / "one.sf2")
    assert refused.value.code == "bad-soundfont"
    assert [path.name for path in tmp_path.iterdir()] == ["broken.sf3"]


def test_an_instrument_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="77:5"):
        take_instrument(SMALL_FONT, 77, 5, tmp_path / "one.sf2")


@pytest.fixture
def fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which all fonts are looked for; none is there yet."""
    monkeypatch.delenv("SOUNDFONT", raising=False)
    monkeypatch.setattr(soundfonts, "ORCHESTRAS", (tmp_path / "Lite.sf3", tmp_path / "Full.sf3"))
    monkeypatch.setattr(soundfonts, "GRAND", tmp_path / "made" / "grand.sf2")
    monkeypatch.setattr(soundfonts, "DEBIAN_FONT", tmp_path / "FluidR3_GM.sf2")
    monkeypatch.setattr(soundfonts, "SMALL_FONT", tmp_path / "TimGM6mb.sf2")
    return tmp_path


def test_fonts_are_tried_in_order(fonts: Path) -> None:
    with pytest.raises(RenderError, match=r"FluidR3_GM\.sf2 nor .*TimGM6mb\.sf2") as refused:
        soundfonts.soundfont()
    assert refused.value.code == "no-soundfont"
    for name in ("TimGM6mb.sf2", "FluidR3_GM.sf2"):
        (fonts / name).write_bytes(SMALL_FONT.read_bytes())
        assert soundfonts.soundfont() == fonts / name
    (fonts / "Full.sf3").write_bytes(compressed(SMALL_FONT))
    assert soundfonts.soundfont() == fonts / "made" / "grand.sf2"


def test_the_grand_is_taken_out_once(fonts: Path) -> None:
    (fonts / "Lite.sf3").write_bytes(compressed(SMALL_FONT))
    made_s = soundfonts.soundfont().stat().st_mtime_ns
    assert soundfonts.soundfont().stat().st_mtime_ns == made_s


def test_a_grand_that_cannot_be_taken_out_leaves_the_next_piano(fonts: Path, caplog: pytest.LogCaptureFixture) -> None:
    (fonts / "Lite.sf3").write_bytes(b"half a download")
    (fonts / "FluidR3_GM.sf2").write_bytes(SMALL_FONT.read_bytes())
    assert soundfonts.soundfont() == fonts / "FluidR3_GM.sf2"
    assert "Lite.sf3" in caplog.text
