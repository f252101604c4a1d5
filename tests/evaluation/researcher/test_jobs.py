"""Preparing a pair: read once, composed once, however often the job comes."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from compose.models import Composition
from evaluation import jobs, pairs, pieces
from evaluation.models import Stimulus, Study
from ml.errors import CheckpointError
from tests.evaluation.researcher.conftest import face, grey_crop, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return Study.objects.create(name="faces", title="Faces and music")


def prepared(image: Stimulus) -> Stimulus:
    jobs.prepare_pair(stimulus_id=image.pk)
    image.refresh_from_db()
    return image


def clip_of(image: Stimulus) -> Stimulus:
    clip = pairs.clip_of(image)
    assert clip is not None
    clip.refresh_from_db()
    return clip


def test_an_image_is_read_and_its_piece_asked_for(study: Study) -> None:
    image = prepared(pairs.add_pair(study, face()))
    clip = clip_of(image)
    assert image.expression == clip.expression == "happy"
    assert image.probabilities is not None and sum(image.probabilities.values()) == pytest.approx(1, abs=1e-3)
    assert clip.composition is not None
    assert (clip.composition.emotion, clip.composition.source) == ("happy", Composition.Source.STUDY)
    work()
    clip.composition.refresh_from_db()
    assert clip.composition.state == Composition.State.READY


def test_a_job_that_runs_twice_makes_one_piece(study: Study) -> None:
    image = prepared(pairs.add_pair(study, face()))
    prepared(image)
    expression = pieces.reading_of(image)
    assert expression is not None
    assert pieces.settle(image, expression) is None  # two workers that read at the same time
    assert Composition.objects.count() == 1
    assert ProcrastinateJob.objects.filter(task_name="compose_piece").count() == 1


def test_the_folders_expression_stays_while_the_piece_follows_the_reading(study: Study) -> None:
    image = prepared(pairs.add_pair(study, face(), "sad"))
    assert image.expression == "sad"
    clip = clip_of(image)
    assert clip.composition is not None
    assert clip.composition.emotion == "happy"


def test_a_small_crop_is_read_as_a_face(study: Study) -> None:
    image = prepared(pairs.add_pair(study, grey_crop()))
    assert image.problem == ""
    assert image.expression


def test_a_picture_without_a_face_gets_a_sentence(study: Study, landscape: bytes) -> None:
    image = prepared(pairs.add_pair(study, landscape))
    assert "No face was found" in image.problem
    assert clip_of(image).composition is None
    assert prepared(image).problem == image.problem


def test_a_late_problem_does_not_undo_a_choice_by_hand(study: Study, landscape: bytes) -> None:
    image = pairs.add_pair(study, landscape)
    image.expression = "fear"
    image.save()
    pieces.compose_for(clip_of(image))
    assert prepared(image).problem == ""
    clip = clip_of(image)
    assert clip.composition is not None
    assert clip.composition.emotion == "sad"  # the paper's merge


def test_missing_weights_are_told_beside_the_image(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(model: str) -> None:
        raise CheckpointError("no-checkpoint", "expression.safetensors: the weights cannot be read")

    monkeypatch.setattr("compose.pipeline.reader", missing)
    assert "weights cannot be read" in prepared(pairs.add_pair(study, face())).problem


def test_a_reading_of_a_picture_that_was_replaced_is_dropped(study: Study, landscape: bytes) -> None:
    image = pairs.add_pair(study, landscape)
    stale = Stimulus.objects.get(pk=image.pk)
    pairs.replace_picture(image, face())
    pieces.note_problem(stale, "No face was found")
    image.refresh_from_db()
    assert image.problem == ""
    assert prepared(image).expression == "happy"


def test_nothing_is_read_into_a_frozen_or_deleted_study(study: Study) -> None:
    image = pairs.add_pair(study, face())
    Study.objects.filter(pk=study.pk).update(state=Study.State.CLOSED)
    assert prepared(image).probabilities is None
    key = image.pk
    Study.objects.all().delete()
    jobs.prepare_pair(stimulus_id=key)
    assert not Composition.objects.exists()


def test_workers_find_the_job() -> None:
    from procrastinate.contrib.django import app

    app.perform_import_paths()  # type: ignore[no-untyped-call]
    assert {"prepare_pair", "compose_piece"} <= set(app.tasks)
