"""Composing as a job: whole or not at all, once more after a crash, and never a third time."""

from pathlib import Path

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from compose import jobs
from compose.models import MOST_ATTEMPTS, Composition
from ml import emotion
from ml.domain import EXPRESSIONS
from ml.errors import RenderError
from ml.music.midi import read_notes
from tests import base

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What the pages would have been told."""
    events: list[dict[str, object]] = []
    monkeypatch.setattr(jobs, "tell", lambda composition_id, event: events.append(event))
    return events


def ask(name: str = "happy") -> Composition:
    composition = Composition.objects.ask(emotion.target(name), Composition.Source.EMOTION, seed=5)
    Composition.objects.filter(pk=composition.pk).update(seconds=10.0)
    return composition


def run(composition: Composition) -> Composition:
    jobs.compose_piece(composition_id=str(composition.id))
    composition.refresh_from_db()
    return composition


def test_the_row_and_its_job_come_in_one_transaction() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        ask()
        raise RuntimeError("the web process dies here")
    assert not Composition.objects.exists()
    assert not ProcrastinateJob.objects.exists()
    composition = ask()
    assert ProcrastinateJob.objects.get().args == {"composition_id": str(composition.id)}


def test_a_finished_piece_has_its_notes_and_both_files(told: list[dict[str, object]]) -> None:
    composition = run(ask())
    assert composition.state == Composition.State.READY
    assert len(read_notes(Path(composition.midi.path))) == composition.n_notes > 0
    assert composition.audio.size > 20_000
    assert composition.duration_s == pytest.approx(10.0, rel=0.1)
    stages = [event.get("state") for event in told]
    assert stages.index("composing") < stages.index("rendering")
    assert told[-1] == {"type": "piece.changed"}


def test_what_fails_is_written_down_by_name(monkeypatch: pytest.MonkeyPatch, told: list[dict[str, object]]) -> None:
    def no_font(*args: object) -> None:
        raise RenderError("no-soundfont", "/absent.sf2: no such soundfont")

    monkeypatch.setattr("ml.music.audio.render", no_font)
    composition = run(ask())
    assert (composition.state, composition.error_code) == (Composition.State.FAILED, "no-soundfont")
    assert not composition.midi
    assert told[-1] == {"type": "piece.changed"}


def test_a_piece_whose_worker_died_is_made_once_more() -> None:
    composition = ask()
    Composition.objects.begin(str(composition.id))  # and here the worker is killed
    composition = run(composition)
    assert (composition.state, composition.attempts) == (Composition.State.READY, 2)


def test_a_piece_that_kills_every_worker_is_given_up() -> None:
    composition = ask()
    for _ in range(MOST_ATTEMPTS):
        Composition.objects.begin(str(composition.id))
    composition = run(composition)
    assert (composition.state, composition.error_code) == (Composition.State.FAILED, "interrupted")


def test_a_job_that_comes_twice_changes_nothing() -> None:
    composition = run(ask())
    finished = composition.finished
    assert run(composition).finished == finished


@pytest.mark.parametrize("label", EXPRESSIONS)
def test_a_reading_comes_back_from_the_database_as_it_was(label: str) -> None:
    reading = base.expression(**{label: 0.7, "fear": 0.1} if label != "fear" else {label: 0.8})
    composition = Composition.objects.ask(emotion.target("happy"), Composition.Source.CAMERA, reading)
    composition.refresh_from_db()
    assert composition.expression == label
    assert composition.reading == reading
