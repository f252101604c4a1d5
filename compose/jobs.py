"""Composing a piece as a queued job, and finding jobs whose worker died."""

import asyncio
import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import DatabaseError, connection
from procrastinate import App, BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from compose import pipeline
from compose.attempts import SupersededError
from compose.family import request_of
from compose.live_models import piece_of
from compose.models import MOST_ATTEMPTS, Composition
from compose.opening import OnOpening, Opening
from ml.errors import SentiMozartError

logger = logging.getLogger(__name__)

QUEUE = "compose"
HEARTBEAT_S = 1.0  # how often a worker says that it lives
STALLED_AFTER_S = 5.0  # silent for this long: its jobs are given to another one
LOOK_EVERY_S = 1.5  # with the worker's restart: begun again 9 s after a kill
POLL_S = 0.5  # a worker that lost its listening connection with the database finds new jobs by this alone
TELL_EVERY_S = 0.2  # progress is told no more often
DATABASE_BACK_S = 2  # it was away: nothing can be wrong with the piece
AGAIN_AFTER_S = 6  # what went wrong, a full disk say, may be over by then
SUPERSEDED_S = 30  # by then whoever took a piece over has made it, or is lost too
MOST_BEGINNINGS = 10  # of a job that fails for another reason than the database


class UntilOver(BaseRetryStrategy):
    """A piece's job begins again until the piece is over; how often it is tried, `begin` decides."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if job.attempts >= MOST_BEGINNINGS and not isinstance(exception, DatabaseError):
            return None
        waits_s = {SupersededError: SUPERSEDED_S, DatabaseError: DATABASE_BACK_S, BaseException: AGAIN_AFTER_S}
        wait_s = next(seconds for kind, seconds in waits_s.items() if isinstance(exception, kind))
        return RetryDecision(retry_in={"seconds": wait_s})


@app.task(name="compose_piece", queue=QUEUE, retry=UntilOver())
def compose_piece(composition_id: str) -> None:
    """Make one piece; what goes wrong twice is written into its row, and the page is told."""
    composition = Composition.objects.begin(composition_id)
    try:
        if composition is not None and composition.attempts < MOST_ATTEMPTS:
            attempt(composition)
        elif composition is not None:
            make(composition)
    finally:
        tell(composition_id, {"type": "piece.changed"})


def attempt(composition: Composition) -> None:
    """Make a piece, or let the job begin again: by then the database, the disk or the soundfont may be back."""
    try:
        store(composition)
    except SupersededError:
        raise
    except Exception as error:
        logger.warning("piece %s is tried once more: %s", composition.id, " ".join(str(error).split()))
        raise


def make(composition: Composition) -> None:
    """Make a piece; what goes wrong is written into its row."""
    try:
        store(composition)
    except SentiMozartError as error:
        logger.warning("piece %s failed: %s", composition.id, error.detail)
        composition.fail(error.code, error.detail)
    except (DatabaseError, SupersededError):  # nothing can be written now: whoever comes next writes it
        raise
    except Exception:  # a fault of ours: the page gets a sentence, the log its traceback
        logger.exception("piece %s failed", composition.id)
        composition.fail("internal", "Something went wrong while making this piece. Please ask for another one.")


def store(composition: Composition) -> None:
    with tempfile.TemporaryDirectory(prefix="piece-") as folder:
        composition.complete(made_of(composition, Path(folder)))


def made_of(composition: Composition, folder: Path) -> pipeline.MadePiece:
    """Composed and played, or only played where its notes stand already, as those of live music do."""
    progress = progress_of(composition)
    if composition.source == Composition.Source.LIVE:
        return pipeline.play_piece(piece_of(composition), None, folder, progress)
    return pipeline.make_piece(request_of(composition), folder, progress, opening_of(composition))


def progress_of(composition: Composition) -> Callable[[str, float], None]:
    """A function that tells the page how far the piece is, though not too often."""
    told_s = 0.0

    def progress(stage: str, part: float) -> None:
        nonlocal told_s
        if stage != composition.state:
            composition.rendering()
        elif time.monotonic() - told_s < TELL_EVERY_S:
            return
        told_s = time.monotonic()
        tell(str(composition.id), {"type": "piece.progress", "state": stage, "part": round(part, 3)})

    return progress


def opening_of(composition: Composition) -> OnOpening:
    """A function that stores the opening and tells the page; it is called from a thread of its own."""

    def opened(opening: Opening) -> None:
        try:
            composition.open(opening)
        except SupersededError:  # as the attempt itself will find when it writes next
            return
        finally:
            connection.close()  # this thread's own, which nobody else would close
        tell(str(composition.id), {"type": "piece.opening"})

    return opened


def group_of(composition_id: str) -> str:
    """The channel group that listens for a piece."""
    return f"piece-{composition_id}"


def tell(composition_id: str, event: dict[str, Any]) -> None:
    """Send an event to whoever follows the piece; a page that missed it looks at the row when it connects again."""
    send(group_of(composition_id), event)


def send(group: str, event: dict[str, Any]) -> None:
    layer = get_channel_layer()
    assert layer is not None  # settings always define one
    try:
        async_to_sync(layer.group_send)(group, event)
    except Exception as error:  # whatever the layer runs on: a piece must not fail because nobody could be told
        logger.warning("%s could not be told of %s: %s", group, event["type"], error)


async def rescue_stalled(worker_app: App) -> None:
    """Give jobs whose worker went silent back to their queues, for as long as this worker runs."""
    manager = worker_app.job_manager
    while True:
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
            logger.warning("job %s lost its worker and is given back", job.id)
            await manager.retry_job(job)
        slept_s = time.monotonic()
        await asyncio.sleep(LOOK_EVERY_S)
        if time.monotonic() - slept_s > STALLED_AFTER_S:  # this worker itself stood still: it has to say that it lives
            await asyncio.sleep(2 * HEARTBEAT_S)
