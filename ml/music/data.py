"""The training sets: EMOPIA → clips of notes with a point in the valence–arousal plane, POP909 → songs.

EMOPIA labels a clip with one of four quadrants and has no neutral ones. A judge that never saw a clip's song
predicts its point from its attributes. Where that prediction lies mid-range in both valence and arousal the clip
sounds undecided: it stands for neutral, at the predicted point. Any other clip's point is the mean of its
quadrant's corner and the prediction, so that clips differ in strength.

POP909 has no emotion labels. It teaches how piano music goes; where a passage lies in the plane, the judge guesses.
"""

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from ml.domain import Note
from ml.errors import DataError, MidiError
from ml.music.attributes import Array, EmotionMap, attributes, fit, out_of_fold
from ml.music.key import Key, find_key
from ml.music.midi import read_notes

LICENCE = "CC BY-NC-SA 4.0, as EMOPIA's: non-commercial use, share alike, credit Hung et al."  # of what learns from it
# Quadrant → corner of the valence–arousal plane (Hung et al. 2021).
CORNERS = {"1": (1.0, 1.0), "2": (-1.0, 1.0), "3": (-1.0, -1.0), "4": (1.0, -1.0)}
NEUTRAL_WITHIN = 0.4  # a clip is neutral when its predicted valence and arousal both lie within this of the middle
FEWEST_NOTES = 16  # a shorter clip teaches nothing
POP909_SONG = re.compile(r"(\d{3})/\1\.mid$")  # 001/001.mid; other versions of a song lie deeper


@dataclass(frozen=True)
class Clip:
    """One labelled performance.

    Args:
        corner: the label's corner of the plane.
        raw: (6,) its attributes, as `ml.music.attributes` measures them.
    """

    name: str
    song: str
    split: str
    corner: tuple[float, float]
    notes: tuple[Note, ...]
    key: Key
    raw: Array


@dataclass(frozen=True)
class Corpus:
    """The clips, (N, 2) their points, (N,) which are neutral, and the emotion map fitted on the training ones."""

    clips: list[Clip]
    points: Array
    neutral: npt.NDArray[np.bool_]
    emotion_map: EmotionMap


def load_emopia(sources: Sequence[Path]) -> Corpus:
    """Read emopia.zip, or the folder it holds; of several sources, those that hold a label.csv are put together.

    Raises:
        DataError: no label.csv, an unknown quadrant, or a clip that cannot be read, by name.
    """
    clips: list[Clip] = []
    for data in sources:
        with unpacked(data) as folder:
            for labels in sorted(folder.rglob("label.csv")):
                clips += read_clips(labels.parent)
    if not clips:
        raise DataError("bad-data", f"{', '.join(map(str, sources))}: no label.csv with clips in it")
    train = np.array([clip.split == "train" for clip in clips])
    raw, corners = np.stack([clip.raw for clip in clips]), np.array([clip.corner for clip in clips])
    judged = out_of_fold(raw, corners, [clip.song for clip in clips])
    neutral = np.abs(judged).max(axis=1) <= NEUTRAL_WITHIN
    points = np.where(neutral[:, None], judged, (corners + judged) / 2)
    return Corpus(clips, points, neutral, fit(raw[train], corners[train]))


def read_clips(folder: Path) -> Iterator[Clip]:
    rows = list(csv.DictReader(io.StringIO((folder / "label.csv").read_text())))
    for row in tqdm(rows, desc="reading clips", disable=None):
        if row["quadrant"] not in CORNERS:
            raise DataError(
                "bad-data", f"{folder / 'label.csv'}: unknown quadrant {row['quadrant']!r} of {row['clip']}"
            )
        try:
            notes = read_notes(folder / "midis" / row["clip"])
        except MidiError as error:
            raise DataError("bad-data", error.detail) from error
        if len(notes) < FEWEST_NOTES:
            continue
        song = row["clip"].split("_", 1)[1].rsplit("_", 1)[0]  # Q1_<video>_<n>.mid
        yield Clip(row["clip"], song, row["split"], CORNERS[row["quadrant"]], notes, find_key(notes), attributes(notes))


@dataclass(frozen=True)
class Song:
    """One unlabelled song, every track of it as one piano plays them."""

    name: str
    notes: tuple[Note, ...]


def load_songs(sources: Sequence[Path]) -> list[Song]:
    """Read pop909.zip, or the folder it holds; other sources give no songs.

    Raises:
        DataError: a song that cannot be read, by name.
    """
    songs: list[Song] = []
    for data in sources:
        with unpacked(data) as folder:
            found = [path for path in sorted(folder.rglob("*.mid")) if POP909_SONG.search(path.as_posix())]
            songs += [read_song(path) for path in tqdm(found, desc="reading songs", disable=None)]
    return songs


def read_song(path: Path) -> Song:
    try:
        return Song(path.stem, read_notes(path))
    except MidiError as error:
        raise DataError("bad-data", error.detail) from error


@contextmanager
def unpacked(data: Path) -> Iterator[Path]:
    """A folder with what a zip or a folder holds."""
    if data.is_dir():
        yield data
        return
    if not data.exists():
        raise DataError("no-data", f"{data}: no such file or folder")
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(data) as archive:
                archive.extractall(folder)
        except zipfile.BadZipFile as error:
            raise DataError("bad-data", f"{data}: not a zip file ({error})") from error
        yield Path(folder)
