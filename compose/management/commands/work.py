"""Make queued pieces: one worker; start as many as there are cores, on as many machines as you like."""

import asyncio
import logging
from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app

from compose import jobs, pipeline
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
            rescue = asyncio.create_task(jobs.rescue_stalled(worker_app))
            worker = asyncio.create_task(
                worker_app.run_worker_async(
                    queues=[jobs.QUEUE],
                    concurrency=1,
                    fetch_job_polling_interval=jobs.POLL_S,
                    delete_jobs="successful",
                    update_heartbeat_interval=jobs.HEARTBEAT_S,
                    stalled_worker_timeout=jobs.STALLED_AFTER_S * 4,
                )
            )
            # Either ending ends both, and what ended it is told: a worker without its rescuer is no worker.
            ended, _ = await asyncio.wait({rescue, worker}, return_when=asyncio.FIRST_COMPLETED)
            for task in (rescue, worker):
                task.cancel()
            await asyncio.wait({rescue, worker})
            for task in ended:
                task.result()
