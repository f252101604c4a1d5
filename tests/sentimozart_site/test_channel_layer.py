"""The channel layer on PostgreSQL: messages arrive, also after the database has cut every connection."""

import asyncio
import gc
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import connection

from sentimozart_site.channel_layer import DatabaseChannelLayer
from sentimozart_site.database import POOL

pytestmark = pytest.mark.django_db(transaction=True)

ARRIVES_S = 10.0
N_IDLE = 6
OTHERS = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = %s"


async def next_message(layer: DatabaseChannelLayer, channel: str) -> dict[str, Any]:
    return await asyncio.wait_for(layer.receive(channel), ARRIVES_S)


async def member(layer: DatabaseChannelLayer) -> str:
    channel = str(await layer.new_channel())
    await layer.group_add("listeners", channel)
    return channel


@pytest.mark.asyncio
async def test_a_group_hears_what_another_process_sends() -> None:
    here, elsewhere = DatabaseChannelLayer(), DatabaseChannelLayer()
    channel = await member(here)
    heard = asyncio.create_task(next_message(here, channel))
    await asyncio.sleep(0.5)  # until it listens
    await elsewhere.group_send("listeners", {"type": "progress", "part": 0.5})
    assert await heard == {"type": "progress", "part": 0.5}


@pytest.mark.asyncio
async def test_it_listens_again_after_the_database_cut_every_connection() -> None:
    layer = DatabaseChannelLayer()
    channel = await member(layer)
    heard = asyncio.create_task(next_message(layer, channel))
    await asyncio.sleep(0.5)
    await database_sync_to_async(cut_other_connections)()
    await asyncio.sleep(1.5)  # longer than channel_layer.RETRY_S
    await layer.group_send("listeners", {"type": "progress", "part": 1.0})
    assert await heard == {"type": "progress", "part": 1.0}


def test_a_pool_of_dead_connections_gives_a_living_one_at_once() -> None:
    pool = connection.pool  # type: ignore[attr-defined]  # which only PostgreSQL has
    idle = [pool.getconn() for _ in range(N_IDLE)]
    for each in idle:
        pool.putconn(each)
    cut_other_connections()
    connection.close()
    with (
        connection.cursor() as cursor
    ):  # psycopg_pool's own check would give up: it waits ever longer from one to the next
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def cut_other_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, [connection.settings_dict["NAME"]])
        assert cursor.fetchone()[0] > 0


@pytest.mark.asyncio
async def test_a_channel_of_this_process_takes_no_lock_in_the_database() -> None:
    layer = DatabaseChannelLayer()
    assert await layer._get_or_create_channel_advisory_lock(await layer.new_channel())
    assert await database_sync_to_async(advisory_locks)() == 0


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_loop_that_ended_leaves_no_connections_behind() -> None:
    layer = DatabaseChannelLayer()
    for _ in range(20):
        asyncio.run(layer.group_send("nobody", {"type": "progress"}))
    gc.collect()
    assert len(layer.django_db.lines) == 1
    assert asyncio.run(connections_to_this_database(layer)) <= 1 + POOL["max_size"]  # the layer's, and Django's own


async def connections_to_this_database(layer: DatabaseChannelLayer) -> int:
    pool = await layer.django_db.get_db_pool(layer.db_params)
    async with pool.connection() as own:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        row = await (await own.execute(query)).fetchone()
    assert row is not None
    return int(row[0])


def advisory_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        row: tuple[int] = cursor.fetchone()
        return row[0]
