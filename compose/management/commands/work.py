"""Make pieces and live music: one worker; start as many as there are cores, on as many machines as you like."""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from compose import jobs, live_jobs, pipeline
from ml.errors import CheckpointError
from sentimozart_site import scratch

logger = logging.getLogger(__name__)

AGAIN_S = 0.5  # between two attempts to go on


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        scratch.take(Path(settings.DATA_DIR) / "scratch")
        try:
            pipeline.maker()  # so that the first piece does not wait for it
        except CheckpointError as error:  # the worker goes on: it tells whoever asks for a piece
            logger.error("pieces cannot be made: %s", error.detail)
        with app.replace_connector(app.connector.get_worker_connector()) as worker_app:  # type: ignore[attr-defined]
            asyncio.run(self.work(worker_app))

    async def work(self, worker_app: Any) -> None:
        """Until told to stop, then to the end of what is being made."""
        told_to_stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
        async with worker_app.open_async():
            tasks = {
                asyncio.create_task(told_to_stop.wait()),
                asyncio.create_task(again_and_again(lambda: jobs.rescue_stalled(worker_app))),
                asyncio.create_task(again_and_again(lambda: self.take_from(worker_app, jobs.QUEUE))),
                # Beside the pieces, in a thread of its own: live music cannot wait until a piece is done.
                asyncio.create_task(again_and_again(lambda: self.take_from(worker_app, live_jobs.QUEUE))),
            }
            # Any ending ends all, and what ended it is told: a worker without its rescuer is no worker.
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            for task in ended:
                task.result()

    async def take_from(self, worker_app: Any, queue: str) -> None:
        """Do one job of a queue after another; ends when the connection that it listens on is lost."""
        await worker_app.run_worker_async(
            queues=[queue],
            concurrency=1,
            fetch_job_polling_interval=jobs.POLL_S,
            delete_jobs="successful",
            update_heartbeat_interval=jobs.HEARTBEAT_S,
            stalled_worker_timeout=jobs.STALLED_AFTER_S * 4,
            install_signal_handlers=False,
        )


async def again_and_again(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Go on when the database is back: a new process would have to load the composer first."""
    while True:
        try:
            await work()
            logger.warning("the database was lost for a moment; going on")
        except ConnectorException as error:
            logger.warning("the database is away, trying again: %s", " ".join(str(error.__cause__ or error).split()))
        await asyncio.sleep(AGAIN_S)
