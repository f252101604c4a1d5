"""Expression data sets: a zip, a folder and a CSV give the same faces; what is wrong with one is named."""

import csv
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.domain import EXPRESSIONS, Pixels
from ml.errors import DataError
from ml.expression.data import CSV_USAGE, FaceSet, load_split

N_EACH = 3
SPLITS = ("train", "test")


def pictures(split: str) -> list[tuple[str, Pixels]]:
    """Three noisy faces of each expression, in the order the loader reads them."""
    random = np.random.default_rng(SPLITS.index(split))
    return [
        (label, random.integers(0, 256, (48, 48), dtype=np.uint8))
        for label in sorted(EXPRESSIONS)
        for _ in range(N_EACH)
    ]


def make_folder(root: Path) -> Path:
    for split in SPLITS:
        for i, (label, pixels) in enumerate(pictures(split)):
            folder = root / split / label
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(folder / f"{i:02}.png")  # without loss, so that all three can agree
    return root


def make_zip(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for picture in folder.rglob("*.png"):
            archive.write(picture, Path("fer2013") / picture.relative_to(folder))
    return path


def make_csv(path: Path) -> Path:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["emotion", "pixels", "Usage"])
        for split in SPLITS:
            for label, pixels in pictures(split):
                rows.writerow([EXPRESSIONS.index(label), " ".join(map(str, pixels.ravel())), CSV_USAGE[split]])
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "faces")


def by_label(faces: FaceSet) -> dict[str, bytes]:
    """All pixels of each expression, in the order read."""
    return {label: faces.faces[faces.labels == i].tobytes() for i, label in enumerate(EXPRESSIONS)}


@pytest.mark.parametrize("split", SPLITS)
def test_zip_folder_and_csv_are_read_the_same(folder: Path, tmp_path: Path, split: str) -> None:
    sources = [folder, make_zip(folder, tmp_path / "faces.zip"), make_csv(tmp_path / "faces.csv")]
    expected = {label: b"".join(p.tobytes() for name, p in pictures(split) if name == label) for label in EXPRESSIONS}
    for source in sources:
        faces = load_split(source, split)
        assert len(faces) == N_EACH * 7
        assert faces.faces.shape == (N_EACH * 7, 48, 48)
        assert [str(array.dtype) for array in (faces.faces, faces.labels)] == ["uint8", "int64"]
        assert by_label(faces) == expected, source


def test_only_the_asked_split_has_to_be_there(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "faces")
    (folder / "train").rename(tmp_path / "elsewhere")
    assert len(load_split(folder, "test")) == N_EACH * 7


def test_colour_pictures_of_any_size_become_48_grey_pixels(folder: Path) -> None:
    Image.new("RGB", (100, 60), (255, 0, 0)).save(folder / "train" / "angry" / "00.jpg")
    first = load_split(folder, "train").faces[0]
    assert first.shape == (48, 48)
    assert int(first.mean()) == pytest.approx(76, abs=2)  # red's luma: 0.299 × 255


def test_a_missing_label_is_named(folder: Path) -> None:
    for picture in (folder / "test" / "disgust").iterdir():
        picture.unlink()
    with pytest.raises(DataError, match="'test' has no pictures of disgust$") as refused:
        load_split(folder, "test")
    assert refused.value.code == "missing-labels"


@pytest.mark.parametrize("n_bytes", [0, 20, 300], ids=["empty", "stub", "cut"])
def test_a_broken_picture_is_named(folder: Path, tmp_path: Path, n_bytes: int) -> None:
    broken = folder / "train" / "happy" / "10.png"
    broken.write_bytes(broken.read_bytes()[:n_bytes])
    for source in (folder, make_zip(folder, tmp_path / "faces.zip")):
        with pytest.raises(DataError, match=r"happy/10\.png: not a readable picture") as refused:
            load_split(source, "train")
        assert refused.value.code == "bad-image"


@pytest.mark.parametrize(
    ("emotion", "pixels"),
    [
        ("7", "0 " * 2304),
        ("-1", "0 " * 2304),
        ("x", "0 " * 2304),
        ("3", "0 " * 2303),
        ("3", "300 " * 2304),
        ("3", "a " * 2304),
        ("3", ""),
    ],
    ids=["no such label", "negative", "not a number", "too few", "too bright", "letters", "none"],
)
def test_a_broken_csv_line_is_named(tmp_path: Path, emotion: str, pixels: str) -> None:
    path = make_csv(tmp_path / "faces.csv")
    lines = path.read_text().splitlines()
    lines[4] = f"{emotion},{pixels},Training"
    path.write_text("\n".join(lines))
    with pytest.raises(DataError, match=r"faces\.csv line 5: not a face") as refused:
        load_split(path, "train")
    assert refused.value.code == "bad-image"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("nowhere", None, "no-data"),
        ("faces.tar", b"tar", "bad-data"),
        ("faces.zip", b"not a zip", "bad-data"),
        ("faces.csv", b"a,b,c\n1,2,3\n", "missing-labels"),
        ("faces.csv", b"\xff\xfe\n1,2,3\n", "missing-labels"),
    ],
)
def test_what_is_no_data_set_is_named(tmp_path: Path, name: str, data: bytes | None, code: str) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=name) as refused:
        load_split(tmp_path / name, "train")
    assert refused.value.code == code
