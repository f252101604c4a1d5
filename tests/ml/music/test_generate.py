"""Pieces: length, ending, seeds, primers and refusals, on a small composer with random weights."""

import itertools
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest

from ml import command, emotion
from ml.domain import HIGHEST_PITCH, LOWEST_PITCH, Piece, last_sound_s
from ml.errors import CheckpointError, SentiMozartError
from ml.music import generate
from ml.music.key import find_key
from ml.music.loops import is_stuck
from ml.music.maker import load_maker
from ml.music.midi import read_notes, write_midi
from ml.music.passage import PHRASE_S
from ml.music.request import Request
from tests import base


def ask(**changes: object) -> Request:
    return Request(**{"target": emotion.target("happy"), "seconds": 12.0, "seed": 3, "n_candidates": 2, **changes})  # type: ignore[arg-type]


def test_a_piece_has_the_asked_length_and_ends_on_its_tonic() -> None:
    made = base.small_maker().compose(ask(seconds=20.0))
    assert made.duration_s == pytest.approx(20.0, rel=0.1)
    last = [n for n in made.notes if n.end_s == made.duration_s]
    assert min(last, key=lambda n: n.pitch).pitch % 12 == made.tonic


def test_a_piece_is_playable_and_never_falls_silent_for_long() -> None:
    notes = base.small_maker().compose(ask(seconds=30.0)).notes
    assert all(LOWEST_PITCH <= n.pitch <= HIGHEST_PITCH for n in notes)
    assert notes[0].start_s == 0.0
    sounding_until = itertools.accumulate((n.end_s for n in notes), max)
    assert max(b.start_s - until for until, b in zip(sounding_until, notes[1:], strict=False)) <= 3.0


def test_the_seed_fixes_every_byte(tmp_path: Path) -> None:
    maker = base.small_maker()
    files = [tmp_path / f"{i}.mid" for i in range(3)]
    for file, seed in zip(files, (3, 3, 4), strict=True):
        write_midi(maker.compose(ask(seed=seed)), file)
    assert files[0].read_bytes() == files[1].read_bytes() != files[2].read_bytes()


def test_a_primer_begins_the_piece_and_keeps_its_key() -> None:
    primer = base.scale(n=12, tonic=67)
    made = base.small_maker().compose(ask(primer=primer))
    assert [n.pitch for n in made.notes[:12]] == [n.pitch for n in primer]
    assert made.tonic == find_key(primer).tonic == 7


def test_the_opening_is_how_the_piece_begins() -> None:
    """It can sound while the rest is composed: the notes of the first seconds are the whole piece's."""
    openings: list[Piece] = []
    made = base.small_maker().compose(ask(seconds=30.0), on_opening=openings.append)
    assert len(openings) == 1
    opening = openings[0].notes
    assert PHRASE_S - 2 <= opening[-1].start_s <= PHRASE_S + 2
    begun = [(n.pitch, n.start_s) for n in made.notes]
    assert [(n.pitch, n.start_s) for n in opening] == begun[: len(opening)]


def test_music_comes_back() -> None:
    """In some pieces the upper line of a later phrase is an earlier one's for seconds."""
    maker = base.small_maker()
    again = 0
    for seed in range(4):
        pitches = [n.pitch for n in maker.compose(ask(seconds=30.0, seed=seed)).notes]
        figures = [tuple(np.diff(pitches[i : i + 7])) for i in range(len(pitches) - 7)]
        again += len(figures) - len(set(figures))
    assert again >= 10  # random weights write nothing twice by themselves


def test_of_several_takes_the_one_nearest_to_the_target_stays() -> None:
    maker, target = base.small_maker(), emotion.target("sad")
    alone, chosen = (
        [maker.miss(maker.compose(ask(target=target, seed=seed, n_candidates=n)).notes, target) for seed in range(6)]
        for n in (1, 12)
    )
    assert sum(chosen) < sum(alone)


@pytest.mark.parametrize(
    ("pitches", "stuck"), [([60] * 9, True), ([60, 64, 67] * 9, True), ([60, 64, 67, 72, 71] * 9, False)]
)
def test_a_stuck_loop_is_recognised(pitches: list[int], stuck: bool) -> None:
    events = np.array([[0, pitch, 0, 0] for pitch in [50, *pitches, 52]])
    assert is_stuck(events) == stuck


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"seconds": 0.0}, "bad-length"),
        ({"seconds": 10_000.0}, "bad-length"),
        ({"seconds": math.nan}, "bad-length"),
        ({"n_candidates": 0}, "bad-candidates"),
        ({"seed": -1}, "bad-seed"),
        ({"primer": base.scale(n=100)}, "long-primer"),
        ({"tonic": 12}, "bad-tonic"),
    ],
)
def test_senseless_requests_are_refused_by_name(changes: dict[str, object], code: str) -> None:
    with pytest.raises(SentiMozartError) as caught:
        ask(**changes)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--emotion", "joyful"], "joyful"),
        (["--valence", "nan", "--arousal", "0"], "nan"),
        (["--valence", "0.5"], "--arousal"),
        (["--emotion", "sad", "--strength", "2"], "strength"),
        (["--emotion", "sad", "--primer", "nowhere.mid"], "nowhere.mid"),
        (["--emotion", "sad", "--count", "0"], "--count"),
    ],
)
def test_the_command_ends_with_one_line_and_status_2(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["generate", "--out", str(tmp_path / "out"), *arguments])
    with pytest.raises(SystemExit) as exit_:
        command.run(generate.main)
    line = capsys.readouterr().err
    assert exit_.value.code == 2
    assert words in line
    assert line.count("\n") == 1


def test_a_missing_soundfont_is_named_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOUNDFONT", "/absent.sf2")
    out = tmp_path / "out"
    monkeypatch.setattr(sys, "argv", ["generate", "--emotion", "sad", "--audio", "ogg", "--out", str(out)])
    with pytest.raises(SystemExit) as exit_:
        command.run(generate.main)
    assert exit_.value.code == 2
    assert "/absent.sf2" in capsys.readouterr().err
    assert not out.exists()


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="absent"):
        load_maker(tmp_path / "absent.safetensors")


def test_the_committed_composer_tells_emotions_apart() -> None:
    """Happy music is denser and more often major than sad music; the same call gives the same lines."""
    maker = load_maker()
    happy, sad = (
        [maker.compose(Request(emotion.target(name), 15.0, seed, 4)) for seed in range(8)] for name in ("happy", "sad")
    )
    assert sum(len(p.notes) for p in happy) > 1.3 * sum(len(p.notes) for p in sad)
    assert sum(p.mode == "major" for p in happy) > sum(p.mode == "major" for p in sad)


def test_the_command_writes_what_it_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        sys,
        "argv",
        [
            "generate",
            "--emotion",
            "calm",
            "--count",
            "2",
            "--seconds",
            "10",
            "--candidates",
            "2",
            "--out",
            str(tmp_path),
        ],
    )
    generate.main()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(line["file"] for line in lines) == sorted(map(str, tmp_path.iterdir()))
    for line in lines:
        notes = read_notes(Path(line["file"]))
        assert len(notes) == line["notes"]
        assert last_sound_s(notes) == pytest.approx(line["seconds"], abs=0.01)
        assert line["tokens"] > len(notes)  # steps of both candidates
