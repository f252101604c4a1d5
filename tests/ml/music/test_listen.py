"""The listener: what it hears in plain pieces, in files of all kinds, and what it refuses by name."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ml import checkpoints, command
from ml.domain import Note
from ml.errors import CheckpointError, MidiError, SoundError
from ml.music import listen
from ml.music.listen import NOTES_WEIGHTS, SOUND_WEIGHTS, Listener, load_listener, note_stretches
from ml.music.listening.calibration import Calibration, read_calibration
from ml.music.listening.heard import Heard
from ml.music.listening.rendering import Playing, play
from ml.music.listening.sound import RATE
from ml.music.midi import write_notes
from ml.music.soundfonts import SMALL_FONT
from tests import base

Listen = Callable[..., tuple[int, list[str], str]]
MAJOR, MINOR = (0, 4, 7, 12), (0, 3, 7, 12)
PROGRESSION = (0, 5, 7, 0)  # I IV V I, or i iv v i


def piece(chord: tuple[int, ...], beat_s: float, velocity: int, low: int = 48) -> tuple[Note, ...]:
    """Half a minute of broken chords in one key, with a line of chord notes above."""
    notes = []
    for i in range(int(30 / beat_s)):
        root = low + PROGRESSION[i // 8 % 4]
        notes.append(Note(root + chord[i % 4], velocity, i * beat_s, (i + 1) * beat_s))
        notes.append(Note(root + 24 + chord[(i * 3) % 4], velocity, i * beat_s, (i + 0.9) * beat_s))
    return tuple(notes)


LIVELY = piece(MAJOR, 0.2, 95)
GLOOMY = piece(MINOR, 0.9, 40)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The two pieces as WAV files."""
    folder = tmp_path_factory.mktemp("sounds")
    paths = {}
    for name, notes in (("lively", LIVELY), ("gloomy", GLOOMY)):
        paths[name] = folder / f"{name}.wav"
        soundfile.write(paths[name], play(notes, Playing(SMALL_FONT, 0, 1.0, 0.5, 0.5)), RATE)
    return paths


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Listen:
    """A function that calls the command: exit status, lines of standard output, standard error."""

    def call(*arguments: object) -> tuple[int, list[str], str]:
        monkeypatch.setattr(sys, "argv", ["listen", *map(str, arguments)])
        status = 0
        try:
            command.run(listen.main)
        except SystemExit as ended:
            status = int(ended.code or 0)
        printed = capsys.readouterr()
        return status, printed.out.splitlines(), printed.err

    return call


def test_fast_loud_major_is_happier_and_more_excited_than_slow_soft_minor() -> None:
    lively, gloomy = load_listener().hear_notes(LIVELY), load_listener().hear_notes(GLOOMY)
    assert lively.valence > gloomy.valence + 0.5 and lively.arousal > 0.5 > -0.2 > gloomy.arousal
    assert (lively.mood, gloomy.mood) == ("happy", "sad")


def test_sound_is_heard_as_its_notes_are(sounds: dict[str, Path]) -> None:
    lively, gloomy = (load_listener().hear_audio(sounds[name]) for name in ("lively", "gloomy"))
    assert lively.arousal > 0.3 > -0.3 > gloomy.arousal and lively.valence > gloomy.valence


def test_the_level_of_a_recording_does_not_matter(sounds: dict[str, Path], tmp_path: Path) -> None:
    sound, _ = soundfile.read(sounds["lively"], dtype="float32")
    soundfile.write(tmp_path / "soft.wav", 0.05 * sound, RATE, subtype="FLOAT")
    loud, soft = load_listener().hear_audio(sounds["lively"]), load_listener().hear_audio(tmp_path / "soft.wav")
    assert (soft.valence, soft.arousal) == pytest.approx((loud.valence, loud.arousal), abs=0.05)


@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".mp3"])
def test_other_formats_rates_and_channels_are_heard_alike(sounds: dict[str, Path], tmp_path: Path, suffix: str) -> None:
    sound, _ = soundfile.read(sounds["gloomy"], dtype="float32", stop=10 * RATE)
    soundfile.write(tmp_path / "a.wav", sound, RATE)
    twice = np.repeat(sound, 2)  # 44.1 kHz
    with soundfile.SoundFile(tmp_path / f"a{suffix}", "w", 2 * RATE, 2) as file:
        for start in range(0, len(twice), 4096):  # libsndfile's Vorbis encoder overflows its stack on one large write
            file.write(np.stack([twice, twice], axis=1)[start : start + 4096])
    wav, other = load_listener().hear(tmp_path / "a.wav"), load_listener().hear(tmp_path / f"a{suffix}")
    assert (other.valence, other.arousal) == pytest.approx((wav.valence, wav.arousal), abs=0.4)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_few_notes_are_enough_for_an_answer_in_range(n: int) -> None:
    heard = load_listener().hear_notes(base.scale(n))
    assert -1 <= heard.valence <= 1 and -1 <= heard.arousal <= 1 and 0 <= heard.mos <= 10


def test_no_notes_are_no_piece() -> None:
    with pytest.raises(MidiError, match="no notes"):
        load_listener().hear_notes(())


def test_a_long_piece_is_heard_in_stretches_of_what_the_clips_last() -> None:
    long = tuple(Note(60 + i % 12, 64, i * 0.5, i * 0.5 + 0.4) for i in range(480))  # four minutes
    parts = note_stretches(long)
    assert len(parts) == 6 and sum(map(len, parts)) == 480
    assert note_stretches(LIVELY) == [LIVELY]
    gap = (*base.scale(), Note(60, 64, 1000.0, 1001.0))  # a pause gives no stretch
    assert len(note_stretches(gap)) == 2


@pytest.mark.parametrize(
    ("valence", "arousal", "mood", "mos"),
    [(0.0, 0.0, "happy", 5.0), (-0.1, 0.0, "tense", 4.5), (-1.0, -0.1, "sad", 0.0), (0.5, -1.0, "calm", 7.5)],
)
def test_mood_is_the_quadrant_and_mos_follows_valence(valence: float, arousal: float, mood: str, mos: float) -> None:
    assert (Heard(valence, arousal).mood, Heard(valence, arousal).mos) == (mood, mos)


def test_the_command_says_one_line_a_file(run: Listen, tmp_path: Path) -> None:
    write_notes(LIVELY, tmp_path / "a.mid")
    status, lines, _ = run("--json", tmp_path / "a.mid", base.SONG)
    first = json.loads(lines[0])
    assert status == 0 and len(lines) == 2
    assert set(first) == {"file", "valence", "arousal", "mos", "mood", "calibrated"} and first["calibrated"] is False
    assert first["mos"] == pytest.approx(5 + 5 * first["valence"], abs=1e-3) and first["mood"] == "happy"
    assert "uncalibrated" in run(base.SONG)[1][0]


def silence(path: Path) -> None:
    soundfile.write(path, np.zeros(RATE), RATE)


def hour(path: Path) -> None:
    soundfile.write(path, np.zeros(700 * 2000, dtype=np.int16), 2000)


def blip(path: Path) -> None:
    soundfile.write(path, np.ones(100), RATE)


def drums(path: Path) -> None:
    path.write_bytes(b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x60MTrk\x00\x00\x00\x04\x00\xff\x2f\x00")


REFUSED: list[tuple[str, Callable[[Path], object], str]] = [
    ("missing.wav", lambda path: None, "cannot be read"),
    ("empty.mp3", lambda path: path.touch(), "an empty file"),
    ("photo.jpg", lambda path: path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(400)), "not a readable sound file"),
    ("broken.mid", lambda path: path.write_bytes(b"MThd\x00\x00"), "not a readable MIDI file"),
    ("no-notes.mid", drums, "no piano notes"),
    ("silent.wav", silence, "nothing can be heard"),
    ("long.wav", hour, "700 s, more than 600"),
    ("blip.wav", blip, "too short"),
    ("folder", lambda path: path.mkdir(), "cannot be read"),
]


@pytest.mark.parametrize(("name", "make", "words"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_what_is_no_music_is_refused_by_name(
    run: Listen, tmp_path: Path, name: str, make: Callable[[Path], object], words: str
) -> None:
    make(tmp_path / name)
    status, lines, said = run("--json", tmp_path / name, base.SONG)
    assert status == 2 and len(lines) == 1  # the other file is heard all the same
    assert name in said and words in said and said.count("\n") == 1


def test_a_calibration_is_applied_and_said(run: Listen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = Calibration(intercept=2.0, slope=0.5, n=12, study="listening, version 1")
    (tmp_path / "line.json").write_text(fitted.as_json())
    assert read_calibration(tmp_path / "line.json") == fitted
    plain = json.loads(run("--json", base.SONG)[1][0])
    line = json.loads(run("--json", "--calibration", tmp_path / "line.json", base.SONG)[1][0])
    assert line["calibrated"] is True and line["valence"] == plain["valence"]
    assert line["mos"] == pytest.approx(2.0 + 0.5 * plain["mos"], abs=1e-3)
    monkeypatch.setenv("LISTENER_CALIBRATION", str(tmp_path / "line.json"))
    assert json.loads(run("--json", base.SONG)[1][0]) == line
    assert fitted.applied(100.0) == 10.0


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"intercept": NaN, "slope": 1, "n": 9, "study": "a"}',
             '{"intercept": 0, "slope": 1, "n": 7, "study": "a"}']
)  # fmt: skip
def test_a_file_that_is_no_calibration_is_refused_by_name(run: Listen, tmp_path: Path, text: str) -> None:
    (tmp_path / "line.json").write_text(text)
    status, lines, said = run("--calibration", tmp_path / "line.json", base.SONG)
    assert status == 2 and not lines and "line.json" in said


def test_weights_that_are_missing_or_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="none"):
        Listener(notes_weights=tmp_path / "none.safetensors").hear_notes(LIVELY)
    (tmp_path / "a.safetensors").write_bytes(NOTES_WEIGHTS.read_bytes())
    card = checkpoints.read_card(NOTES_WEIGHTS)
    card["config"]["features"] = card["config"]["features"][:-1]
    checkpoints.write_json(card, tmp_path / "a.json")
    with pytest.raises(CheckpointError, match=r"a\.safetensors: the weights do not fit"):
        Listener(notes_weights=tmp_path / "a.safetensors").hear_notes(LIVELY)


def test_the_weights_are_small_and_their_cards_say_how_good_they_are() -> None:
    assert NOTES_WEIGHTS.stat().st_size + SOUND_WEIGHTS.stat().st_size < 3e6
    for weights in (NOTES_WEIGHTS, SOUND_WEIGHTS):
        card = checkpoints.read_card(weights)
        assert {"data", "licence", "split", "seed", "command"} <= set(card) and "BY-NC-SA" in card["licence"]
        assert card["cross_validated"]["n"] >= 990 and card["val"]["n"] >= 114
    notes = checkpoints.read_card(NOTES_WEIGHTS)["cross_validated"]
    assert notes["quadrant_accuracy"] > 0.69 and notes["valence_accuracy"] > 0.75 and notes["arousal_accuracy"] > 0.9


def test_sound_errors_have_codes(tmp_path: Path) -> None:
    silence(tmp_path / "a.wav")
    with pytest.raises(SoundError) as refused:
        load_listener().hear_audio(tmp_path / "a.wav")
    assert refused.value.code == "silent"
