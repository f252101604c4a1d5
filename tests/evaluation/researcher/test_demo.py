"""create_demo_study: a ready study from a folder or zip, or nothing at all."""

import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from compose import jobs as compose_jobs
from compose.models import Composition
from evaluation import demo
from evaluation.models import Study
from ml.errors import RenderError
from tests.evaluation.researcher.conftest import face, grey_crop

pytestmark = pytest.mark.django_db


@pytest.fixture
def faces(tmp_path: Path, landscape: bytes) -> Path:
    """FER2013's layout: happy and sad faces, some of them no faces at all, and a training set beside them."""
    for name, data in {
        "set/test/happy/a.jpg": face(), "set/test/happy/b.jpg": face(0.8), "set/test/happy/c.jpg": face(1.2),
        "set/test/sad/a.png": grey_crop(), "set/test/sad/no-face.jpg": landscape, "set/test/sad/._a.png": b"x",
        "set/train/angry/a.jpg": face(), "set/readme.txt": b"hello",
    }.items():  # fmt: skip
        path = tmp_path / "faces" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "faces"


def make(images: Path, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("create_demo_study", images=images, stdout=out, stderr=err, **{"per_expression": 2, **options})
    return out.getvalue(), err.getvalue()


def test_a_folder_becomes_a_study_that_is_ready_to_open(faces: Path) -> None:
    out, err = make(faces)
    study = Study.objects.get(name="demo")
    assert list(study.stimuli.filter(kind="image").values_list("label", "expression")) == [
        ("p001-image", "happy"), ("p002-image", "happy"), ("p003-image", "sad"),
    ]  # fmt: skip
    assert set(study.stimuli.filter(kind="music").values_list("composition__state", flat=True)) == {"ready"}
    assert "sad: 1 of 2; there are no more that can be read" in err
    assert "angry: 0 of 2" in err  # in train/ only, which is passed over
    assert "1 pictures skipped: 1 without a face" in err
    assert "3 pairs" in out
    study.open()


def test_a_zip_gives_the_same_as_its_folder(faces: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
        for path in faces.rglob("*.*"):
            archive.write(path, path.relative_to(faces))
    make(faces, name="folder")
    make(tmp_path / "faces.zip", name="zip")
    assert sums(Study.objects.get(name="folder")) == sums(Study.objects.get(name="zip"))


def test_the_seed_settles_pictures_and_clips(faces: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make(faces, name=name, seed=seed, per_expression=1)
    first, again, other = (sums(Study.objects.get(name=name)) for name in "abc")
    assert first == again != other


def sums(study: Study) -> list[dict[str, str]]:
    study.open()
    return [stimulus.sha256 for stimulus in study.stimuli.order_by("label")]


def test_a_flat_folder_is_sorted_by_the_reading(tmp_path: Path) -> None:
    for i in range(3):
        (tmp_path / f"{i}.jpg").write_bytes(face(0.9 + i / 10))
    make(tmp_path)
    study = Study.objects.get()
    assert list(study.stimuli.values_list("expression", flat=True)) == ["happy"] * 4


def test_an_opened_study_comes_with_its_link(faces: Path) -> None:
    out, _ = make(faces, per_expression=1, open=True)
    assert Study.objects.get().state == Study.State.OPEN
    assert out.strip().endswith("/study/demo/")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": "taken"}, "there is a study taken (version 1, draft) already"),
        ({"name": "a b"}, "--name 'a b'"),
        ({"per_expression": 0}, "--per-expression is a whole number from 1, not 0"),
        ({"images": Path("/absent")}, "/absent: no such folder or zip"),
        ({"images": Path(__file__)}, "test_demo.py: neither a folder nor a zip"),
        ({"images": Path(__file__).parent}, "there are no pictures in it"),
    ],
)
def test_what_cannot_become_a_study_ends_with_status_2(faces: Path, options: dict[str, Any], sentence: str) -> None:
    Study.objects.create(name="taken", title="Taken")
    with pytest.raises(CommandError) as refused:
        make(**({"images": faces} | options))
    assert refused.value.returncode == 2
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert Study.objects.count() == 1


def test_pictures_without_any_face_end_with_status_2(tmp_path: Path, landscape: bytes) -> None:
    (tmp_path / "coffee.jpg").write_bytes(landscape)
    with pytest.raises(CommandError, match="could read none of these pictures"):
        make(tmp_path)


@pytest.mark.parametrize("fault", [KeyboardInterrupt, RenderError("no-soundfont", "/absent.sf2: no such soundfont")])
def test_an_interruption_leaves_nothing_behind(
    faces: Path, fault: BaseException, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    real, n = compose_jobs.make, 0

    def second_fails(piece: Composition) -> None:
        nonlocal n
        n += 1
        if n == 2:
            monkeypatch.setattr("compose.pipeline.make_piece", fail)
        real(piece)

    def fail(*args: object) -> None:
        raise fault

    monkeypatch.setattr(demo, "make", second_fails)
    with pytest.raises((KeyboardInterrupt, CommandError)):
        make(faces)
    assert n == 2
    assert not Study.objects.exists()
    assert not Composition.objects.exists()
    media: Path = settings.MEDIA_ROOT  # type: ignore[attr-defined]
    assert not list(media.glob("*/*"))
