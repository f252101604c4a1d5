"""Live music over the reading's websocket: what may be asked, in which order, and by whom."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.core.cache import cache
from procrastinate.contrib.django.models import ProcrastinateJob

from compose import live_jobs, live_line
from compose.live_models import LiveMusic
from compose.models import Composition
from tests.compose.test_consumers import ask, connected, heard

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]

UNKNOWN = "00000000-0000-4000-8000-000000000000"
compose = database_sync_to_async(live_jobs.compose_phrase)
close = database_sync_to_async(live_jobs.close_live)


@pytest.fixture(autouse=True)
def uncounted() -> None:
    cache.clear()


@asynccontextmanager
async def following(portrait: bytes) -> AsyncIterator[tuple[WebsocketCommunicator, str]]:
    """A socket that saw a face and began live music, and the music's key."""
    async with connected("/ws/reading/") as socket:
        await ask(socket, portrait)
        answer = await ask(socket, {"type": "follow"})
        assert answer["type"] == "following"
        yield socket, answer["live"]


async def phrase(socket: WebsocketCommunicator, live_id: str, number: int) -> dict[str, Any]:
    await socket.send_json_to({"type": "phrase", "number": number})
    await queued("compose_phrase", live_id=live_id, number=number)
    await compose(live_id=live_id, number=number)
    message = await heard(socket)
    return message if message["number"] == number else await heard(socket)  # the one before, told twice


async def ending(socket: WebsocketCommunicator) -> list[dict[str, Any]]:
    """What comes once the music has ended; a phrase may be told twice before, which pages do not mind."""
    messages = [await heard(socket)]
    while messages[-1]["type"] == "phrase" and not messages[-1]["last"]:
        messages = [await heard(socket)]
    return [*messages, await heard(socket)]


async def queued(task: str, **arguments: int | str) -> None:
    """Wait until a job is."""
    jobs = ProcrastinateJob.objects.filter(task_name=task, args__contains=arguments)
    for _ in range(200):
        if await database_sync_to_async(jobs.exists)():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"nobody asked for {task} {arguments}")


async def test_phrases_are_told_as_they_are_composed_then_the_end_and_the_piece(portrait: bytes) -> None:
    async with following(portrait) as (socket, live_id):
        first = await phrase(socket, live_id, 0)
        assert (first["type"], first["number"], first["begin_s"], first["last"]) == ("phrase", 0, 0.0, False)
        assert (first["emotion"], first["url"]) == ("happy", f"/live/{live_id}/0.flac")
        assert first["notes"]
        second = await phrase(socket, live_id, 1)
        assert second["begin_s"] == first["end_s"]
        assert await ask(socket, {"type": "phrase", "number": 1}) == second  # asked for again: told at once
        await socket.send_json_to({"type": "stop", "after": 0})
        await queued("close_live", live_id=live_id, after=0)
        await close(live_id=live_id, after=0)
        last, followed = await ending(socket)
        assert (last["number"], last["begin_s"], last["last"]) == (2, first["end_s"], True)
    composition = await database_sync_to_async(Composition.objects.get)()
    assert followed["maker"]
    assert followed["type"] == "followed"
    assert (followed["piece"], followed["url"]) == (str(composition.pk), composition.get_absolute_url())


async def test_without_a_face_there_is_nothing_to_follow(landscape: bytes) -> None:
    async with connected("/ws/reading/") as socket:
        await ask(socket, landscape)
        answer = await ask(socket, {"type": "follow"})
    assert (answer["type"], answer["code"]) == ("live-error", "no-face")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "phrase", "number": 0}, "not-following"),
        ({"type": "stop"}, "not-following"),
        ({"type": "follow", "live": UNKNOWN}, "no-live"),
    ],
)
async def test_what_is_not_there_is_named(message: dict[str, Any], code: str) -> None:
    async with connected("/ws/reading/") as socket:
        answer = await ask(socket, message)
    assert (answer["type"], answer["code"]) == ("live-error", code)
    assert answer["detail"]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "phrase"},
        {"type": "phrase", "number": -1},
        {"type": "phrase", "number": True},
        {"type": "phrase", "number": 1e9},
        {"type": "phrase", "number": "0"},
        {"type": "phrase", "number": 0, "finer": "yes"},
        {"type": "follow", "live": "../../etc"},
        {"type": "follow", "live": ["x"] * 20},
        {"type": "stop", "after": 0.5},
        {"type": ["follow"]},
    ],
)
async def test_what_is_no_message_is_refused(message: dict[str, Any]) -> None:
    async with connected("/ws/reading/") as socket:
        answer = await ask(socket, message)
    assert (answer["type"], answer["code"]) == ("error", "bad-message")


async def test_phrases_come_in_order(portrait: bytes) -> None:
    async with following(portrait) as (socket, live_id):
        assert (await ask(socket, {"type": "phrase", "number": 3}))["code"] == "bad-number"
        assert (await phrase(socket, live_id, 0))["number"] == 0  # and the music goes on


async def test_another_connection_goes_on_with_the_music(portrait: bytes) -> None:
    async with following(portrait) as (socket, live_id):
        first = await phrase(socket, live_id, 0)
    async with connected("/ws/reading/") as socket:
        answer = await ask(socket, {"type": "follow", "live": live_id})
        assert answer == {"type": "following", "live": live_id}
        second = await phrase(socket, live_id, 1)  # this connection has seen no face: the music remembers the last
        assert (second["begin_s"], second["emotion"]) == (first["end_s"], "happy")
        await close(live_id=live_id)
        assert [message["type"] for message in await ending(socket)] == ["phrase", "followed"]
    async with connected("/ws/reading/") as socket:  # too late: the end is told again
        await ask(socket, {"type": "follow", "live": live_id})
        assert [message["type"] for message in await ending(socket)] == ["phrase", "followed"]


async def test_music_that_has_lasted_long_enough_is_ended(portrait: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_line, "LONGEST_S", 1.0)
    async with following(portrait) as (socket, live_id):
        await phrase(socket, live_id, 0)
        await socket.send_json_to({"type": "phrase", "number": 1})
        await queued("close_live", live_id=live_id)
        await close(live_id=live_id)
        assert (await ending(socket))[0]["last"]


async def test_nobody_begins_too_often_and_workers_are_not_overrun(
    portrait: bytes, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIMITS = settings.LIMITS | {"follow": (2, 3600)}
    monkeypatch.setattr(live_line, "LISTENERS_A_WORKER", 1)
    async with following(portrait) as (socket, _):
        assert (await ask(socket, {"type": "follow"}))["code"] == "busy"
        assert (await ask(socket, {"type": "follow"}))["code"] == "too-often"
    assert await database_sync_to_async(LiveMusic.objects.count)() == 1
