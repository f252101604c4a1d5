"""The channel layer on PostgreSQL, mended where channels_postgres 1.1 does not outlive a restart of the database.

Four things differ from the package's own layer:

- it uses Django's default database as it is now, tests included, where the package wants an alias of its own;
- it listens again after the connection broke, where the package goes silent for good;
- it has one connection pool per event loop, where the package has one for all, which dies with the loop that made it;
- it takes no advisory lock for a channel that only this process can read: the package never gives those locks back,
  and PostgreSQL runs out of them after some thousand websockets.
"""

import asyncio
import logging
from typing import Any

import psycopg
from channels_postgres.core import PostgresChannelLayer
from channels_postgres.db import DatabaseLayer
from django.db import connections
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

logger = logging.getLogger(__name__)

RETRY_S = 0.5
POOL_SIZE = (1, 4)  # connections per process, at least and at most
POOL_WAIT_S = 10.0
OWN_CHANNEL = "!"  # stands in the name of every channel that one process made for itself


class LoopPools(DatabaseLayer):
    """The package's SQL, over one pool per event loop."""

    def __init__(self, db_params: dict[str, Any]) -> None:
        super().__init__({}, db_params, using="default", logger=logging.getLogger("channels_postgres"))
        self.pools: dict[asyncio.AbstractEventLoop, AsyncConnectionPool] = {}

    async def get_db_pool(self, db_params: dict[str, Any]) -> AsyncConnectionPool:
        loop = asyncio.get_running_loop()
        if loop not in self.pools:
            # A pool whose loop has ended cannot even be closed any more; letting go of it cuts its connections.
            self.pools = {each: pool for each, pool in self.pools.items() if not each.is_closed()}
            self.pools[loop] = self.new_pool(db_params)
            await self.pools[loop].open()
        return self.pools[loop]

    def new_pool(self, db_params: dict[str, Any]) -> AsyncConnectionPool:
        return AsyncConnectionPool(
            make_conninfo("", **db_params),
            open=False,
            kwargs={"autocommit": True},
            check=AsyncConnectionPool.check_connection,  # replaces what a restart of the database has cut
            min_size=POOL_SIZE[0],
            max_size=POOL_SIZE[1],
            timeout=POOL_WAIT_S,
        )


class DatabaseChannelLayer(PostgresChannelLayer):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options, **connections["default"].settings_dict)
        self.django_db = LoopPools(self.db_params)

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
