"""Live music as queued jobs, on a queue of its own: a phrase must not wait behind a piece."""

import logging
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from compose import live
from compose.jobs import send
from compose.live_models import LiveMusic, LivePhrase
from ml.errors import RenderError, SentiMozartError

logger = logging.getLogger(__name__)

QUEUE = "live"
EVERY_MINUTE = "* * * * *"


@app.task(name="compose_phrase", queue=QUEUE)
def compose_phrase(live_id: str, number: int) -> None:
    """Compose one phrase and tell whoever listens; one that stands already, or that nobody wants, is left alone."""
    phrase = LivePhrase.objects.filter(live__pk=live_id, number=number).select_related("live").first()
    if phrase is None or phrase.live.is_over:
        return
    event: dict[str, Any] = {"type": "live.phrase", "number": number}
    try:
        if phrase.end_s is None:
            make(phrase)
    except SentiMozartError as error:
        logger.warning("phrase %d of live music %s failed: %s", number, live_id, error.detail)
        event = {"type": "live.failed", "code": error.code, "detail": error.detail}
    tell(live_id, event)


def make(phrase: LivePhrase) -> None:
    before = phrase.live.moment_before(phrase.number)
    with tempfile.TemporaryDirectory(prefix="live-") as folder:
        phrase.complete(live.next_phrase(before, phrase.live.seed, phrase.target, Path(folder)))


@app.task(name="close_live", queue=QUEUE)
def close_live(live_id: str, after: int | None = None) -> None:
    """End live music with a cadence after the phrase `after`, or after the last one that is composed."""
    try:
        close(live_id, after)
    finally:
        tell(live_id, {"type": "live.over"})


def close(live_id: str, after: int | None = None, aloud: bool = True) -> None:
    music = LiveMusic.objects.filter(pk=live_id, state=LiveMusic.State.FOLLOWING).first()
    if music is None:
        return
    heard = music.heard(after)
    if not heard:
        return music.end()
    with tempfile.TemporaryDirectory(prefix="live-") as folder:
        try:
            music.end_with(heard, ending_of(heard[-1], Path(folder) if aloud else None))
        except SentiMozartError as error:  # or it would be tried again every minute
            logger.error("live music %s could not be ended as a piece: %s", live_id, error.detail)
            music.end()


def ending_of(phrase: LivePhrase, folder: Path | None) -> live.MadeEnding:
    """The ending after a phrase; a silent one where it cannot be played: what was heard is kept all the same."""
    assert phrase.moment is not None  # the last phrases all have theirs
    try:
        return live.ending(bytes(phrase.moment), folder)
    except RenderError as error:
        logger.warning("the ending of live music %s cannot be heard: %s", phrase.live_id, error.detail)
        return live.ending(bytes(phrase.moment), None)


@app.periodic(cron=EVERY_MINUTE)
@app.task(name="tidy_live", queue=QUEUE, queueing_lock="tidy-live")
def tidy_live(timestamp: int) -> None:
    """End the music that nobody listens to any more, and delete what is over."""
    for music in LiveMusic.objects.forsaken(timezone.now()):
        close(str(music.pk), aloud=False)
    for music in LiveMusic.objects.spent(timezone.now()):
        erase(music)


def erase(music: LiveMusic) -> None:
    """Rows and files; a job that was still running may have left a file that no row names."""
    folder = f"live/{music.pk}"
    try:
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")
        default_storage.delete(folder)
    except FileNotFoundError:  # nothing was ever stored
        pass
    music.delete()


def queue_once(task: Task[..., None, ...], live_id: str, **arguments: int | None) -> None:
    """Queue a job, unless the same one is waiting already: pages ask again and again while no worker answers."""
    lock = f"{task.name}-{live_id}-{arguments}"
    try:
        with transaction.atomic():  # a savepoint: being refused must not spoil what it is part of
            task.configure(queueing_lock=lock).defer(live_id=live_id, **arguments)
    except AlreadyEnqueued:
        logger.debug("%s is queued already", lock)


def group_of(live_id: str) -> str:
    """The channel group that listens to live music."""
    return f"live-{live_id}"


def tell(live_id: str, event: dict[str, Any]) -> None:
    send(group_of(live_id), event)
