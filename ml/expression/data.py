"""Expression data sets: fer2013.zip, a folder of pictures, or fer2013.csv → arrays of faces and labels."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from ml.domain import EXPRESSIONS, FACE_PX, Pixels
from ml.errors import DataError

# fer2013.csv numbers the expressions as EXPRESSIONS does, and names its splits by usage.

CSV_USAGE = {"train": "Training", "test": "PublicTest"}


@dataclass(frozen=True)
class FaceSet:
    """(N, 48, 48) uint8 faces and (N,) int64 labels, indices into ``EXPRESSIONS``."""

    faces: Pixels
    labels: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def some(self, n: int) -> Pixels:
        """Up to n faces from all over the set, always the same ones."""
        chosen = np.random.default_rng(0).choice(len(self), min(n, len(self)), replace=False)
        return self.faces[chosen]


def load_split(data: Path, split: str) -> FaceSet:
    """Read one split ("train" or "test") of a zip, folder or CSV.

    Raises:
        DataError: no such data, a label without pictures, or a broken picture, each by name.
    """
    if not data.exists():
        raise DataError("no-data", f"{data}: no such file or folder")
    if data.is_dir():
        return collect(data, split, folder_pictures(data, split))
    if data.suffix == ".zip":
        return load_zip(data, split)
    if data.suffix == ".csv":
        return collect(data, split, csv_pictures(data, split))
    raise DataError("bad-data", f"{data}: expected a .zip, a .csv or a folder with {split}/<label>/")


def load_zip(data: Path, split: str) -> FaceSet:
    try:
        with zipfile.ZipFile(data) as archive:
            return collect(data, split, zip_pictures(archive, split))
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DataError("bad-data", f"{data}: not a zip file, or a damaged one ({error})") from error


def collect(data: Path, split: str, pictures: Iterator[tuple[str, Pixels]]) -> FaceSet:
    """Stack (label, picture) pairs; every label must appear."""
    by_label = [(EXPRESSIONS.index(label), picture) for label, picture in pictures]
    present = {index for index, _ in by_label}
    missing = [label for index, label in enumerate(EXPRESSIONS) if index not in present]
    if missing:
        raise DataError("missing-labels", f"{data}: split {split!r} has no pictures of {', '.join(missing)}")
    return FaceSet(np.stack([p for _, p in by_label]), np.array([i for i, _ in by_label], dtype=np.int64))


def zip_pictures(archive: zipfile.ZipFile, split: str) -> Iterator[tuple[str, Pixels]]:
    for name in sorted(archive.namelist()):
        parts = name.split("/")
        if len(parts) >= 3 and parts[-3] == split and parts[-2] in EXPRESSIONS and parts[-1]:
            yield parts[-2], decode(archive.read(name), f"{archive.filename}:{name}")


def folder_pictures(folder: Path, split: str) -> Iterator[tuple[str, Pixels]]:
    for label in EXPRESSIONS:
        for path in sorted((folder / split / label).glob("*.*")):
            yield label, decode(path.read_bytes(), str(path))


def csv_pictures(path: Path, split: str) -> Iterator[tuple[str, Pixels]]:
    with path.open(newline="", encoding="ascii", errors="replace") as file:  # what is not ASCII is no number either
        for line, row in enumerate(csv.DictReader(file), start=2):
            if row.get("Usage") != CSV_USAGE[split]:
                continue
            try:
                pixels = np.array(row["pixels"].split(), dtype=np.uint8).reshape(FACE_PX, FACE_PX)
                label = dict(enumerate(EXPRESSIONS))[int(row["emotion"])]
            except (KeyError, ValueError, OverflowError) as error:
                raise DataError("bad-image", f"{path} line {line}: not a face ({error})") from error
            yield label, pixels


def decode(data: bytes, name: str) -> Pixels:
    """A grey 48×48 picture from an encoded one."""
    try:
        picture = Image.open(io.BytesIO(data)).convert("L")
    except (UnidentifiedImageError, OSError) as error:
        raise DataError("bad-image", f"{name}: not a readable picture ({error})") from error
    if picture.size != (FACE_PX, FACE_PX):
        picture = picture.resize((FACE_PX, FACE_PX), Image.Resampling.BILINEAR)
    return np.asarray(picture, dtype=np.uint8)
