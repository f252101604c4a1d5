"""Composing as a job: whole or not at all, once more after a crash, and never a third time."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from compose import jobs, pipeline, protocol
from compose.attempts import SupersededError
from compose.family import request_of
from compose.models import MOST_ATTEMPTS, Composition
from compose.opening import Opening
from compose.protocol import OpeningMessage
from ml import emotion
from ml.domain import EXPRESSIONS, Piece
from ml.errors import MidiError, SentiMozartError
from ml.music.maker import MusicMaker
from ml.music.maker import Opening as Opened
from ml.music.midi import read_notes
from ml.music.request import Request
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


def failed(composition: Composition) -> Composition:
    """The same piece after both of its attempts have failed."""
    with pytest.raises(SentiMozartError):
        run(composition)
    composition.refresh_from_db()
    assert not composition.is_over and composition.attempts == 1
    return run(composition)


def test_what_fails_twice_is_written_down_by_name(
    monkeypatch: pytest.MonkeyPatch, told: list[dict[str, object]]
) -> None:
    monkeypatch.setenv("SOUNDFONT", "/absent.sf2")
    composition = failed(ask())
    assert (composition.state, composition.error_code) == (Composition.State.FAILED, "no-soundfont")
    assert not composition.midi
    assert told[-1] == {"type": "piece.changed"}


@pytest.mark.django_db(transaction=True)  # the opening comes from a thread with a connection of its own
def test_the_opening_is_heard_while_the_rest_is_composed(
    monkeypatch: pytest.MonkeyPatch, told: list[dict[str, object]]
) -> None:
    compose = MusicMaker.compose
    heard: list[OpeningMessage | None] = []

    def slowly(maker: MusicMaker, request: Request, on_progress: Callable[[float], None], on_opening: Opened) -> Piece:
        piece = compose(maker, request, on_progress, on_opening)
        wait_until(lambda: {"type": "piece.opening"} in told)
        following = Composition.objects.get()
        heard.append(protocol.opening_of(following))
        assert following.opening.size > 10_000
        return piece

    monkeypatch.setattr(MusicMaker, "compose", slowly)
    composition = run(ask())
    assert heard[0] is not None
    assert heard[0].opening["audio_url"] == f"{composition.get_absolute_url()}opening.mp3"
    until_s = round(composition.opening_until_s or 0.0, 3)  # as finely as the rows say when a note begins
    assert until_s > 5
    strokes = [[row[:2] for row in rows if row[1] < until_s] for rows in (composition.notes, heard[0].opening["notes"])]
    assert strokes[0] == strokes[1]
    assert abs(composition.opening_db or 0) < 20
    assert not composition.opening
    assert sorted(path.name for path in Path(composition.audio.path).parent.iterdir()) == ["piece.mid", "piece.mp3"]
    assert protocol.opening_of(composition) is None


@pytest.mark.django_db(transaction=True)
def test_a_piece_that_fails_leaves_no_opening(monkeypatch: pytest.MonkeyPatch, told: list[dict[str, object]]) -> None:
    compose = MusicMaker.compose

    def to_nothing(maker: MusicMaker, *arguments: Any) -> Piece:
        compose(maker, *arguments)
        wait_until(lambda: {"type": "piece.opening"} in told)
        raise MidiError("no-notes", "nothing more came to mind")

    monkeypatch.setattr(MusicMaker, "compose", to_nothing)
    composition = failed(ask())
    assert (composition.state, composition.notes) == (Composition.State.FAILED, [])
    assert not composition.opening
    assert not list(Path(settings.MEDIA_ROOT).rglob("*.mp3"))


def test_what_failed_once_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    composition = ask()
    with monkeypatch.context() as patch, pytest.raises(SentiMozartError):
        patch.setenv("SOUNDFONT", "/absent.sf2")
        run(composition)
    assert run(composition).state == Composition.State.READY
    job = ProcrastinateJob.objects.get().procrastinate_job
    assert jobs.UntilOver().get_retry_decision(exception=RuntimeError(), job=job) is not None


def test_without_the_database_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("the connection is lost")

    composition = ask()
    with monkeypatch.context() as patch:
        patch.setattr(Composition, "complete", gone)
        for _ in range(MOST_ATTEMPTS):
            with pytest.raises(OperationalError):
                run(composition)
    assert (run(composition).state, composition.error_code) == (Composition.State.FAILED, "interrupted")


@pytest.mark.django_db(transaction=True)
def test_what_a_broken_attempt_stored_goes_with_the_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    composition = ask()
    default_storage.save(f"pieces/{composition.pk}/piece.mid", ContentFile(b"half a"))
    monkeypatch.setenv("SOUNDFONT", "/absent.sf2")
    failed(composition)
    assert not list(Path(settings.MEDIA_ROOT).rglob("*.*"))


def wait_until(holds: Callable[[], bool], longest_s: float = 20.0) -> None:
    deadline = time.monotonic() + longest_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_piece_whose_worker_died_is_made_once_more() -> None:
    composition = ask()
    Composition.objects.begin(str(composition.id))  # and here the worker is killed
    composition = run(composition)
    assert (composition.state, composition.attempts) == (Composition.State.READY, 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["complete", "fail", "rendering", "open"])
def test_an_attempt_that_was_overtaken_writes_nothing(way: str, tmp_path: Path) -> None:
    """A worker that stood still goes on with a piece that another one has begun, or made, or that is erased."""
    made = pipeline.make_piece(request_of(ask()), tmp_path, lambda stage, part: None, lambda opening: None)
    opening = Opening(tuple(made.piece.notes), made.audio, 0.0)
    arguments = {"complete": (made,), "fail": ("internal", "no"), "rendering": (), "open": (opening,)}[way]
    for meanwhile in ("begun", "made", "erased"):
        late = Composition.objects.begin(str(ask().id))
        assert late is not None
        if meanwhile == "erased":
            Composition.objects.filter(pk=late.pk).delete()
        else:
            newer = Composition.objects.begin(str(late.id))
            assert newer is not None
            if meanwhile == "made":
                newer.complete(made)
        before, files = Composition.objects.filter(pk=late.pk).values().first(), stored(late)
        with pytest.raises(SupersededError):
            getattr(late, way)(*arguments)
        assert (Composition.objects.filter(pk=late.pk).values().first(), stored(late)) == (before, files)


def stored(composition: Composition) -> list[tuple[str, int]]:
    folder = Path(settings.MEDIA_ROOT, "pieces", str(composition.pk))
    return sorted((path.name, path.stat().st_mtime_ns) for path in folder.glob("*"))


def test_an_overtaken_attempt_leaves_the_job_to_whoever_took_over(monkeypatch: pytest.MonkeyPatch) -> None:
    composition = ask()

    def stand_still(late: Composition, _: object) -> None:
        """Long enough for another worker to be given the job."""
        assert Composition.objects.begin(str(late.id)) is not None
        late.rendering()

    monkeypatch.setattr(Composition, "complete", stand_still)
    with pytest.raises(SupersededError) as caught:
        run(composition)
    composition.refresh_from_db()
    assert (composition.state, composition.attempts) == (Composition.State.COMPOSING, 2)
    job = ProcrastinateJob.objects.get().procrastinate_job
    decision = jobs.UntilOver().get_retry_decision(exception=caught.value, job=job)
    assert decision is not None and decision.retry_at is not None
    assert decision.retry_at > timezone.now() + timedelta(seconds=jobs.SUPERSEDED_S - 5)


def test_a_piece_outlasts_a_database_that_is_long_away() -> None:
    ask()
    job = ProcrastinateJob.objects.get().procrastinate_job.evolve(attempts=1000)
    assert jobs.UntilOver().get_retry_decision(exception=OperationalError(), job=job) is not None
    assert jobs.UntilOver().get_retry_decision(exception=RuntimeError(), job=job) is None


def test_a_worker_that_stood_still_does_not_give_its_own_jobs_away(monkeypatch: pytest.MonkeyPatch) -> None:
    naps: list[float] = []
    clock = iter([0.0, 60.0, 60.0, 61.5])  # it stood still in the first nap

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            raise asyncio.CancelledError

    class Manager:
        async def get_stalled_jobs(self, **_: float) -> list[object]:
            return []

    monkeypatch.setattr(jobs, "asyncio", SimpleNamespace(sleep=nap))
    monkeypatch.setattr(jobs, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(jobs.rescue_stalled(SimpleNamespace(job_manager=Manager())))  # type: ignore[arg-type]
    assert naps == [jobs.LOOK_EVERY_S, 2 * jobs.HEARTBEAT_S, jobs.LOOK_EVERY_S]


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
