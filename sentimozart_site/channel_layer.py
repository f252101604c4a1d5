"""The channel layer on PostgreSQL, mended where channels_postgres 1.1 does not outlive a restart of the database.

Four things differ from the package's own layer:

- it uses Django's default database as it is now, tests included, where the package wants an alias of its own;
- it listens again after the connection broke, where the package goes silent for good;
- it has a connection per event loop, where the package has one pool for all, which dies with the loop that made it;
- it takes no advisory lock for a channel that only this process can read: the package never gives those locks back,
  and PostgreSQL runs out of them after some thousand websockets.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from channels_postgres.core import PostgresChannelLayer
from channels_postgres.db import DatabaseLayer
from django.db import connections
from psycopg.conninfo import make_conninfo

logger = logging.getLogger(__name__)

RETRY_S = 0.5
OWN_CHANNEL = "!"  # stands in the name of every channel that one process made for itself


class Line:
    """One connection: used by one task at a time, and opened anew when the database has cut it.

    Not a pool: psycopg's keeps tasks of its own, and a closing event loop was twice seen waiting for one of them for
    ever (probably python/cpython issue 86296: on 3.11 a task that waits with a time limit can miss its cancellation).
    """

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self.in_use = asyncio.Lock()
        self.current: psycopg.AsyncConnection | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[psycopg.AsyncConnection]:
        async with self.in_use:
            if self.current is None or not await answers(self.current):
                self.current = await psycopg.AsyncConnection.connect(self.conninfo, autocommit=True)
            yield self.current


async def answers(connection: psycopg.AsyncConnection) -> bool:
    """Whether a connection still works; closed if not."""
    try:
        await connection.execute("SELECT 1")
    except psycopg.OperationalError:
        await connection.close()
        return False
    return True


class LoopLines(DatabaseLayer):
    """The package's SQL, over one connection per event loop."""

    def __init__(self, db_params: dict[str, Any]) -> None:
        super().__init__({}, db_params, using="default", logger=logging.getLogger("channels_postgres"))
        self.lines: dict[asyncio.AbstractEventLoop, Line] = {}

    async def get_db_pool(self, db_params: dict[str, Any]) -> Line:
        """What the package asks for a connection: its own answer is a pool."""
        loop = asyncio.get_running_loop()
        if loop not in self.lines:
            # A connection whose loop has ended cannot even be closed any more; letting go of it cuts it.
            self.lines = {each: line for each, line in self.lines.items() if not each.is_closed()}
            self.lines[loop] = Line(make_conninfo("", **db_params))
        return self.lines[loop]


class DatabaseChannelLayer(PostgresChannelLayer):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options, **connections["default"].settings_dict)
        self.django_db = LoopLines(self.db_params)

    async def listen_to_all_channels(self) -> None:
        """Listen until told to stop, over as many connections as it takes."""
        while True:
            try:
                await super().listen_to_all_channels()
                return
            except psycopg.OperationalError as error:
                logger.warning("lost the database, listening again in %s s: %s", RETRY_S, error)
                await asyncio.sleep(RETRY_S)

    async def _get_or_create_channel_advisory_lock(self, channel: str) -> bool:
        if OWN_CHANNEL not in channel:
            return bool(await super()._get_or_create_channel_advisory_lock(channel))
        self._channel_advisory_locks[channel] = True
        return True
