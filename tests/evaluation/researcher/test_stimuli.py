"""A draft's stimuli over HTTP: uploaded, changed, replaced, heard and removed."""

import html
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from compose.models import Composition
from evaluation.models import Stimulus, Study
from ml import emotion
from tests.evaluation.building import draft, opened, picture
from tests.evaluation.researcher.conftest import face, grey_crop, uploaded, work
from tests.evaluation.researcher.test_uploads import zipped

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return Study.objects.create(name="faces", title="Faces and music")


def post(staff: Client, study: Study, path: str, **fields: Any) -> str:
    answer = staff.post(f"/studies/{study.pk}/{path}", fields, follow=True)
    return html.unescape(answer.content.decode())


def test_from_uploads_to_a_study_that_can_be_opened(staff: Client, study: Study) -> None:
    archive = uploaded(zipped({"sad/crop.png": grey_crop(), "notes.txt": b"hello"}).getvalue(), "more.zip")
    text = post(staff, study, "images/", images=[uploaded(face()), archive])
    assert "2 pictures are here" in text
    assert "more.zip: notes.txt: these 5 bytes are not a picture" in text
    assert list(study.stimuli.values_list("label", "pair", "expression")) == [
        ("p001-image", "p001", ""), ("p001-music", "p001", ""),
        ("p002-image", "p002", "sad"), ("p002-music", "p002", "sad"),
    ]  # fmt: skip
    assert "2 pairs are still being read or composed" in text
    assert work() == ["prepare_pair", "prepare_pair", "compose_piece", "compose_piece"]
    news = staff.get(f"/studies/{study.pk}/stimuli.json").json()
    assert [card["state"] for card in news["cards"]] == ["ready", "ready"]
    assert news["readiness"]["missing"] == []
    study.open()
    frozen = study.stimuli.get(label="p001-music")
    assert frozen.composition is not None
    with frozen.audio.open() as ours, frozen.composition.audio.open() as theirs:
        assert ours.read() == theirs.read()
    with study.stimuli.get(label="p001-image").image.open() as ours:
        assert ours.read() == face()


def test_pairs_are_counted_on_after_those_that_are_there(staff: Client, study: Study) -> None:
    post(staff, study, "images/", images=[uploaded(face())])
    post(staff, study, "images/", images=[uploaded(face(), "again.jpg")])
    assert set(study.stimuli.values_list("pair", flat=True)) == {"p001", "p002"}


def test_an_upload_without_any_picture_says_so(staff: Client, study: Study) -> None:
    assert "No picture came" in post(staff, study, "images/")
    text = post(staff, study, "images/", images=[uploaded(b"nothing", "notes.txt")])
    assert "No picture could be used. Left out: notes.txt" in text
    assert not study.stimuli.exists()
    assert not ProcrastinateJob.objects.exists()


def test_a_picture_without_a_face_waits_for_the_researcher(staff: Client, study: Study, landscape: bytes) -> None:
    post(staff, study, "images/", images=[uploaded(landscape)])
    work()
    image = study.stimuli.get(kind="image")
    card = html.unescape(staff.get(f"/studies/{study.pk}/stimuli/{image.pk}/card/").content.decode())
    assert "No face was found" in card
    assert "1 pair needs you: p001" in staff.get(f"/studies/{study.pk}/stimuli.json").json()["readiness"]["missing"][0]
    text = post(staff, study, f"stimuli/{image.pk}/settings/", shown="both", expression="surprise")
    assert "A clip for “surprise” is being composed" in text
    work()
    image.refresh_from_db()
    clip = study.stimuli.select_related("composition").get(kind="music")
    assert (image.problem, image.expression, clip.expression) == ("", "surprise", "surprise")
    assert clip.composition is not None
    assert (clip.composition.emotion, clip.composition.state) == ("happy", "ready")


def test_one_of_a_pair_or_both_can_be_hidden(staff: Client) -> None:
    study = draft()
    image = study.stimuli.get(label="p001-image")
    for shown, hidden in (("image", {"p001-music"}), ("nothing", {"p001-image", "p001-music"}), ("both", set())):
        post(staff, study, f"stimuli/{image.pk}/settings/", shown=shown, expression="happy", practice="on")
        assert set(study.stimuli.filter(hidden=True).values_list("label", flat=True)) == hidden
    assert set(study.stimuli.filter(practice=True).values_list("pair", flat=True)) == {"p001"}
    assert "Select a valid choice" in post(staff, study, f"stimuli/{image.pk}/settings/", shown="some")


@pytest.mark.django_db(transaction=True)
def test_another_picture_is_read_and_composed_anew(staff: Client, study: Study, settings: object) -> None:
    post(staff, study, "images/", images=[uploaded(face())])
    work()
    image, clip = study.stimuli.get(kind="image"), study.stimuli.get(kind="music")
    post(staff, study, f"stimuli/{image.pk}/replace/", images=uploaded(grey_crop(), "crop.png"))
    assert work()[-2:] == ["prepare_pair", "compose_piece"]
    new_image, new_clip = study.stimuli.get(kind="image"), study.stimuli.get(kind="music")
    assert (new_image.pk, new_image.label) == (image.pk, "p001-image")
    assert new_image.uid != image.uid
    assert new_clip.composition_id not in (None, clip.composition_id)
    media: Path = settings.MEDIA_ROOT  # type: ignore[attr-defined]
    assert [path.suffix for path in (media / "studies").rglob("*.*")] == [".png"]
    assert "not a picture" in post(staff, study, f"stimuli/{image.pk}/replace/", images=uploaded(b"x"))


def test_compose_again_takes_another_seed_and_the_same_reading(staff: Client, study: Study) -> None:
    post(staff, study, "images/", images=[uploaded(face())])
    work()
    image, clip = study.stimuli.get(kind="image"), study.stimuli.get(kind="music")
    post(staff, study, f"stimuli/{image.pk}/compose/")
    old, new = clip.composition, study.stimuli.get(kind="music").composition
    assert old is not None and new is not None
    assert (old.emotion, old.reading) == (new.emotion, new.reading)
    assert old.seed != new.seed


def test_a_picture_that_failed_can_be_read_once_more(staff: Client, study: Study) -> None:
    post(staff, study, "images/", images=[uploaded(face())])
    study.stimuli.filter(kind="image").update(problem="the weights cannot be read")
    post(staff, study, f"stimuli/{study.stimuli.get(kind='image').pk}/compose/")
    work()
    assert study.stimuli.get(kind="image").expression == "happy"


def test_an_existing_piece_is_attached_to_a_pair_or_alone(staff: Client) -> None:
    study = draft(n_pairs=1)
    piece = Composition.objects.ask(emotion.target("tense"), Composition.Source.EMOTION)
    work()
    address = f"https://music.example/pieces/{piece.pk}/"
    assert "The piece is p001-music" in post(staff, study, "music/", piece=address, pair="p001")
    assert "The piece is m001-music" in post(staff, study, "music/", piece=str(piece.pk))
    assert study.stimuli.filter(composition=piece).count() == 2
    study.open()
    assert study.stimuli.get(label="m001-music").sha256 == study.stimuli.get(label="p001-music").sha256


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"piece": "nowhere"}, "There is no piece at “nowhere”"),
        ({"piece": "00000000-0000-4000-8000-000000000000"}, "There is no piece at"),
        ({"piece": ""}, "required"),
        ({"pair": "p099"}, "There is no pair p099"),
    ],
)
def test_a_piece_that_cannot_be_attached_is_refused(staff: Client, fields: dict[str, str], sentence: str) -> None:
    study = draft(n_pairs=1)
    piece = Composition.objects.ask(emotion.target("calm"), Composition.Source.EMOTION)
    assert sentence in post(staff, study, "music/", **({"piece": str(piece.pk)} | fields))
    assert study.stimuli.count() == 2


def test_a_piece_that_failed_is_not_attached(staff: Client) -> None:
    study = draft(n_pairs=1)
    piece = Composition.objects.ask(emotion.target("calm"), Composition.Source.EMOTION)
    piece.fail("no-soundfont", "no such soundfont")
    assert "could not be made: choose another one" in post(staff, study, "music/", piece=str(piece.pk))


def test_a_deleted_pair_is_gone_with_both_halves(staff: Client) -> None:
    study = draft(n_pairs=2)
    clip = study.stimuli.get(label="p001-music")
    assert "p001 is deleted" in post(staff, study, f"stimuli/{clip.pk}/delete/")
    assert set(study.stimuli.values_list("pair", flat=True)) == {"p002"}


def test_media_are_served_in_parts_and_never_stale_in_a_draft(staff: Client, study: Study) -> None:
    post(staff, study, "images/", images=[uploaded(face())])
    image, clip = study.stimuli.get(kind="image"), study.stimuli.get(kind="music")
    assert staff.get(f"/studies/{study.pk}/stimuli/{clip.pk}/audio/").status_code == 404  # not yet
    work()
    for stimulus, name, content_type in (
        (image, "image", "image/jpeg"),
        (clip, "audio", "audio/mpeg"),
        (clip, "midi", "audio/midi"),
    ):
        url = f"/studies/{study.pk}/stimuli/{stimulus.pk}/{name}/"
        part = staff.get(url, headers={"Range": "bytes=0-3"})
        assert (part.status_code, len(part.content), part["Content-Type"]) == (206, 4, content_type)
        assert part["Cache-Control"] == "private, no-cache"
    assert staff.get(f"/studies/{study.pk}/stimuli/{image.pk}/audio/").status_code == 404
    assert staff.get(f"/studies/{draft(name='other').pk}/stimuli/{image.pk}/image/").status_code == 404


def test_an_open_study_plays_its_own_copy(staff: Client) -> None:
    study = opened(n_pairs=1)
    clip = study.stimuli.get(kind="music")
    Stimulus.objects.filter(pk=clip.pk).update(
        composition=Composition.objects.ask(emotion.target("sad"), Composition.Source.EMOTION)
    )
    answer = staff.get(f"/studies/{study.pk}/stimuli/{clip.pk}/audio/")
    assert answer["Content-Type"] == "audio/wav"
    assert "immutable" in answer["Cache-Control"]


def test_a_card_is_marked_anew_whenever_it_looks_different(staff: Client, study: Study) -> None:
    def mark() -> str:
        return str(staff.get(f"/studies/{study.pk}/stimuli.json").json()["cards"][0]["mark"])

    post(staff, study, "images/", images=[uploaded(face())])
    image = study.stimuli.get(kind="image")
    marks = [mark()]
    work()
    marks.append(mark())
    post(staff, study, f"stimuli/{image.pk}/settings/", shown="both", expression="sad")
    marks.append(mark())
    post(staff, study, f"stimuli/{image.pk}/compose/")
    marks.append(mark())
    assert len(set(marks)) == 4
    assert mark() == mark()


def test_a_picture_never_runs_as_a_page(staff: Client, study: Study) -> None:
    """A file that is a picture and a page at once is served as the picture it is."""
    post(staff, study, "images/", images=[uploaded(picture() + b"<script>alert(1)</script>", "x.html")])
    answer = staff.get(f"/studies/{study.pk}/stimuli/{study.stimuli.get(kind='image').pk}/image/")
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_piece_whose_files_are_gone_is_named_instead_of_opening(staff: Client, study: Study) -> None:
    post(staff, study, "images/", images=[uploaded(face())])
    work()
    piece = study.stimuli.get(kind="music").composition
    assert piece is not None
    piece.audio.storage.delete(str(piece.audio.name))
    assert "the file of p001-music is gone" in post(staff, study, "open/")
    study.refresh_from_db()
    assert study.state == "draft"
