"""Make pieces and live music: one worker; start as many as there are cores, on as many machines as you like."""

import asyncio
import logging
from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app

from compose import jobs, live_jobs, pipeline
from ml.errors import CheckpointError

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            pipeline.maker()  # so that the first piece does not wait for it
        except CheckpointError as error:  # the worker goes on: it tells whoever asks for a piece
            logger.error("pieces cannot be made: %s", error.detail)
        with app.replace_connector(app.connector.get_worker_connector()) as worker_app:  # type: ignore[attr-defined]
            asyncio.run(self.work(worker_app))

    async def work(self, worker_app: Any) -> None:
        async with worker_app.open_async():
            tasks = {
                asyncio.create_task(jobs.rescue_stalled(worker_app)),
                asyncio.create_task(self.take_from(worker_app, jobs.QUEUE)),
                # Beside the pieces, in a thread of its own: live music cannot wait until a piece is done.
                asyncio.create_task(self.take_from(worker_app, live_jobs.QUEUE, install_signal_handlers=False)),
            }
            # Any ending ends all, and what ended it is told: a worker without its rescuer is no worker.
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            for task in ended:
                task.result()

    async def take_from(self, worker_app: Any, queue: str, **options: Any) -> None:
        """Do one job of a queue after another."""
        await worker_app.run_worker_async(
            queues=[queue],
            concurrency=1,
            fetch_job_polling_interval=jobs.POLL_S,
            delete_jobs="successful",
            update_heartbeat_interval=jobs.HEARTBEAT_S,
            stalled_worker_timeout=jobs.STALLED_AFTER_S * 4,
            **options,
        )
