"""The composer's training: labels from the data, a card that says what was done, and a run that can be cut off."""

import json
import sys
import zipfile
from pathlib import Path

import pytest
import torch

from ml import checkpoints, command
from ml.domain import Note
from ml.errors import DataError
from ml.music import attributes, data, train
from ml.music.examples import Maker
from ml.music.key import find_key
from ml.music.midi import write_notes
from ml.music.weights import ComposerConfig
from tests import base

SONGS = 6


def excited(i: int) -> list[Note]:
    """Fast, loud and short."""
    return [Note(n.pitch, 100 - i, n.start_s / 2, n.end_s / 2 - 0.05) for n in base.scale(n=40, tonic=55 + i)]


def drowsy(i: int) -> list[Note]:
    """Slow, soft and long."""
    return [Note(n.pitch, 40 + i, n.start_s * 2, n.end_s * 2) for n in base.scale(n=40, tonic=55 + i)]


@pytest.fixture
def emopia(tmp_path: Path) -> Path:
    """A zip laid out as EMOPIA is: two clips of each of six songs."""
    rows, path = ["clip,quadrant,split"], tmp_path / "emopia.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(SONGS):
            for quadrant, notes in (("1", excited(i)), ("4", drowsy(i))):
                name = f"Q{quadrant}_song{i}_0.mid"
                write_notes(notes, tmp_path / name)
                archive.write(tmp_path / name, f"emopia/midis/{name}")
                rows.append(f"{name},{quadrant},{'val' if i == 0 else 'train'}")
        archive.writestr("emopia/label.csv", "\n".join(rows))
    return path


@pytest.fixture(autouse=True)
def small_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    small = ComposerConfig(hidden=16, embeddings=(4, 8, 4, 4), head=8)
    monkeypatch.setattr(train, "ComposerConfig", lambda: small)
    monkeypatch.setattr(train, "BATCH", 4)
    monkeypatch.setattr(train, "EXCERPTS_PER_EPOCH", 8)


@pytest.fixture
def pop909(tmp_path: Path) -> Path:
    """A zip laid out as POP909 is: three songs, and another version of one of them."""
    path = tmp_path / "pop909.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("001/001.mid", "002/002.mid", "003/003.mid", "001/versions/001-v1.mid"):
            archive.write(base.SONG, f"pop909/{name}")
    return path


def run(emopia: Path, out: Path, *more: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["train", str(emopia), *more, "--out", str(out)])
        train.main()


def test_a_clip_lies_where_its_label_and_its_sound_say(emopia: Path) -> None:
    corpus = data.load_emopia([emopia])
    assert len(corpus.clips) == 2 * SONGS
    assert corpus.points.shape == (2 * SONGS, 2)
    for clip, (_, arousal) in zip(corpus.clips, corpus.points, strict=True):
        assert (arousal > 0) == (clip.corner[1] > 0)
    assert corpus.emotion_map.expected(1, 1)[attributes.PACE] > corpus.emotion_map.expected(1, -1)[attributes.PACE]


def test_the_card_says_what_was_done(emopia: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(emopia, tmp_path / "out", "--epochs", "2")
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    card = checkpoints.read_card(tmp_path / "out" / "composer.safetensors")
    assert card["history"] == rows
    assert [row["epoch"] for row in rows] == [1, 2]
    assert card["validation_nats_per_note"] == min(row["validation"] for row in rows)
    assert card["split"] == {"train": 2 * (SONGS - 1), "val": 2}
    assert card["command"] == "python -m ml.music.train emopia.zip --epochs 2 --seed 0"
    assert "NC" in card["licence"]


def test_songs_without_labels_come_first(emopia: Path, pop909: Path, tmp_path: Path) -> None:
    run(emopia, tmp_path / "out", str(pop909), "--song-epochs", "1", "--epochs", "1")
    card = checkpoints.read_card(tmp_path / "out" / "composer.safetensors")
    assert card["epochs"] == {"songs": 1, "clips": 1}
    assert card["best_epoch"] == 2  # the songs' epoch is not what is kept
    assert "2 songs of POP909" in card["data"]  # one of three is held out
    assert all("songs" in row for row in card["history"])


def test_a_transposed_clip_is_the_same_example() -> None:
    """What is learnt of a piece in one key is learnt of it in all twelve."""
    maker = base.small_maker()
    examples = Maker(maker.weights.config, maker.emotion_map)
    low, high = (
        examples.example(notes, find_key(notes), (1.0, 1.0), attributes.attributes(notes))
        for notes in (base.scale(n=40, tonic=60), base.scale(n=40, tonic=65))
    )
    assert (low.events == high.events).all()
    assert low.condition == pytest.approx(high.condition)


def test_a_run_that_was_cut_off_ends_as_if_it_had_not(emopia: Path, tmp_path: Path) -> None:
    run(emopia, tmp_path / "whole", "--epochs", "3")
    train_epoch = train.Trainer.train_epoch

    def killed_in_the_third(trainer: train.Trainer) -> float:
        if trainer.epoch == 2:
            raise KeyboardInterrupt
        return train_epoch(trainer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train.Trainer, "train_epoch", killed_in_the_third)
        with pytest.raises(KeyboardInterrupt):
            run(emopia, tmp_path / "cut", "--epochs", "3")
    run(emopia, tmp_path / "cut", "--resume")
    whole, cut = (torch.load(tmp_path / name / "last.pt", weights_only=True)["model"] for name in ("whole", "cut"))
    assert all(torch.equal(whole[name], cut[name]) for name in whole)


def test_a_broken_clip_is_named(emopia: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(emopia) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"MThd" if name.endswith("Q4_song2_0.mid") else old.read(name))
    with pytest.raises(DataError, match=r"Q4_song2_0\.mid"):
        data.load_emopia([broken])


@pytest.mark.parametrize("name", ["nowhere.zip", "text.zip"])
def test_what_is_no_data_set_is_named(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.zip").write_text("not a zip")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as exit_:
        patch.setattr(sys, "argv", ["train", str(tmp_path / name)])
        command.run(train.main)
    assert exit_.value.code == 2
    assert name in capsys.readouterr().err
