"""The websockets: good frames, bad frames, and a piece's progress."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import wait
from contextlib import asynccontextmanager, contextmanager
from threading import Event
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.db import connection
from PIL import Image

from compose import admission, consumers, jobs, ownership, readers
from compose.consumers import LatestFrame
from compose.models import Composition
from compose.routing import websocket_urlpatterns
from ml import emotion
from ml.domain import EXPRESSIONS
from sentimozart_site.operations.limits import TooMany

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]

ANSWER_S = 30.0  # the first frame loads two models on a busy machine


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow this machine is, a frame is read."""
    for name in ("LONGEST_WAIT_S", "NEWCOMERS_WAIT_S", "PRESENT_S"):
        monkeypatch.setattr(consumers, name, ANSWER_S)


@asynccontextmanager
async def connected(path: str) -> AsyncIterator[WebsocketCommunicator]:
    socket = WebsocketCommunicator(URLRouter(websocket_urlpatterns), path)
    assert (await socket.connect())[0]
    try:
        yield socket
    finally:
        await socket.disconnect()


async def ask(socket: WebsocketCommunicator, message: bytes | dict[str, Any] | str) -> dict[str, Any]:
    if isinstance(message, bytes):
        await socket.send_to(bytes_data=message)
    else:
        await socket.send_to(text_data=message if isinstance(message, str) else json.dumps(message))
    return await heard(socket)


async def heard(socket: WebsocketCommunicator) -> dict[str, Any]:
    return json.loads(await socket.receive_from(timeout=ANSWER_S))  # type: ignore[no-any-return]


async def test_a_face_is_read(portrait: bytes) -> None:
    async with connected("/ws/reading/") as socket:
        reading = await ask(socket, portrait)
    assert (reading["type"], reading["n"], reading["expression"]) == ("reading", 1, "happy")
    assert list(reading["probabilities"]) == list(EXPRESSIONS)
    assert sum(reading["probabilities"].values()) == pytest.approx(1.0, abs=0.001)
    assert reading["valence"] > 0
    assert reading["server_ms"] > 0
    x, y, width, height = reading["faces"][0]["box"]
    assert 0 <= x < x + width <= 480
    assert 0 <= y < y + height <= 480


def encoded(size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", size, 128).save(buffer, "JPEG")
    return buffer.getvalue()


async def test_bad_frames_are_answered_by_name_and_the_next_good_one_is_read(portrait: bytes) -> None:
    bad: list[tuple[bytes | dict[str, Any] | str, str]] = [
        (b"not an image", "bad-image"),
        (portrait[: len(portrait) // 2], "bad-image"),
        (encoded((20_000, 16)), "too-large"),
        (portrait + bytes(300_000), "too-large"),
        ("garbage", "bad-message"),
        ({"type": "dance"}, "bad-message"),
        ({"type": "compose", "finer": "yes"}, "bad-message"),
        ("[" * 4000, "bad-message"),
        ("x" * 100_000, "bad-message"),
    ]
    async with connected("/ws/reading/") as socket:
        for message, code in bad:
            answer = await ask(socket, message)
            assert (answer["type"], answer["code"]) == ("error", code), message
            assert answer["detail"]
        assert (await ask(socket, portrait))["expression"] == "happy"


async def test_no_face_is_an_empty_reading_and_nothing_to_compose_for(landscape: bytes) -> None:
    async with connected("/ws/reading/") as socket:
        reading = await ask(socket, landscape)
        assert (reading["type"], reading["faces"], reading["expression"]) == ("reading", [], None)
        assert (await ask(socket, {"type": "compose"}))["code"] == "no-face"


async def test_a_reading_names_what_makes_the_frame_hard_to_read(portrait: bytes, landscape: bytes) -> None:
    async with connected("/ws/reading/") as socket:
        dim = Image.open(io.BytesIO(portrait)).point(lambda value: 0.2 * value)
        buffer = io.BytesIO()
        dim.save(buffer, "JPEG")
        readings = [await ask(socket, frame) for frame in (portrait, buffer.getvalue(), landscape)]
    assert [reading["condition"] for reading in readings] == [None, "dark", "no-face"]
    assert [reading["expression"] for reading in readings] == ["happy", "happy", None]


async def test_compose_takes_what_the_face_showed(portrait: bytes) -> None:
    async with connected("/ws/reading/") as socket:
        await ask(socket, portrait)
        answer = await ask(socket, {"type": "compose", "finer": False})
    composition = await database_sync_to_async(Composition.objects.get)()
    assert answer == {
        "type": "composing",
        "piece": str(composition.id),
        "url": composition.get_absolute_url(),
        "maker": ownership.key_of(composition),
    }
    assert (composition.emotion, composition.source) == ("happy", "camera")


async def test_a_newer_frame_replaces_an_older_one() -> None:
    slot = LatestFrame()
    slot.put(b"older")
    slot.put(b"newer")
    await slot.wait()
    frame = slot.take()
    assert frame is not None and (frame.n, frame.jpeg) == (2, b"newer")
    assert slot.take() is None
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(slot.wait(), 0.01)


@contextmanager
def busy_readers() -> Iterator[None]:
    """Every reader has something else to do until the block ends."""
    free = Event()
    tasks = [readers.THREADS.submit(free.wait) for _ in range(readers.N_READERS)]
    try:
        yield
    finally:
        free.set()
        wait(tasks)


async def test_frames_that_wait_for_a_reader_are_replaced_too(portrait: bytes) -> None:
    async with connected("/ws/reading/") as socket:
        with busy_readers():
            for frame in (b"an older one", b"another", portrait):
                await socket.send_to(bytes_data=frame)
            await asyncio.sleep(0.1)  # for the consumer to take them in
        reading = await heard(socket)
        assert (reading["type"], reading["n"]) == ("reading", 3)
        assert await socket.receive_nothing(timeout=0.2)


async def test_a_socket_that_sends_more_is_not_read_more(portrait: bytes) -> None:
    async with connected("/ws/reading/") as eager, connected("/ws/reading/") as calm:
        with busy_readers():
            for _ in range(21):
                await eager.send_to(bytes_data=portrait)
            await calm.send_to(bytes_data=portrait)
            await asyncio.sleep(0.1)
        assert (await heard(calm))["n"] == 1
        assert (await heard(eager))["n"] == 21
        assert await eager.receive_nothing(timeout=0.2)


@pytest.mark.parametrize(("waits_s", "told"), [(0.3, ["error", "reading"]), (1.2, ["error", "error"])])
async def test_a_frame_that_waits_for_long_is_answered_with_busy_a_newcomers_sooner(
    portrait: bytes, monkeypatch: pytest.MonkeyPatch, waits_s: float, told: list[str]
) -> None:
    async with connected("/ws/reading/") as newcomer, connected("/ws/reading/") as present:
        assert (await ask(present, portrait))["type"] == "reading"
        monkeypatch.setattr(consumers, "LONGEST_WAIT_S", 1.0)
        monkeypatch.setattr(consumers, "NEWCOMERS_WAIT_S", 0.1)
        with busy_readers():
            for socket in (newcomer, present):
                await socket.send_to(bytes_data=portrait)
            await asyncio.sleep(waits_s)
        answers = [await heard(socket) for socket in (newcomer, present)]
        assert [answer["type"] for answer in answers] == told
        assert {answer["code"] for answer in answers if answer["type"] == "error"} == {"busy"}
        monkeypatch.setattr(consumers, "NEWCOMERS_WAIT_S", ANSWER_S)
        assert [(await ask(socket, portrait))["type"] for socket in (newcomer, present)] == ["reading"] * 2


@pytest.mark.parametrize(("code", "told"), [("busy", "queue-full"), ("too-often", "too-often")])
async def test_who_asks_for_too_much_is_told_so(
    portrait: bytes, monkeypatch: pytest.MonkeyPatch, code: str, told: str
) -> None:
    def refuse(who: str) -> None:
        raise TooMany(code, "later", 5)

    monkeypatch.setattr(admission, "admit", refuse)
    async with connected("/ws/reading/") as socket:
        await ask(socket, portrait)
        assert (await ask(socket, {"type": "compose"}))["code"] == told


async def test_a_piece_is_followed_until_it_is_ready() -> None:
    composition = await database_sync_to_async(Composition.objects.ask)(emotion.target("calm"), "emotion", seed=1)
    async with connected(f"/ws/pieces/{composition.id}/") as socket:
        assert await heard(socket) == {"type": "progress", "state": "queued", "part": 0.0, "ahead": 0}
        await database_sync_to_async(jobs.compose_piece)(composition_id=str(composition.id))
        messages = [await heard(socket)]
        while messages[-1]["type"] in ("progress", "opening"):
            messages.append(await heard(socket))
    assert messages[-1]["type"] == "ready"
    assert messages[-1]["piece"]["audio_url"].endswith("/audio.mp3")
    parts = [message["part"] for message in messages if message["type"] == "progress"]
    assert parts == sorted(parts)


async def test_who_waits_is_told_how_many_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "COUNT_EVERY_S", 0.05)
    asked = database_sync_to_async(Composition.objects.ask)
    first, _, third = [await asked(emotion.target("sad"), Composition.Source.EMOTION) for _ in range(3)]
    async with connected(f"/ws/pieces/{third.id}/") as socket:
        assert (await heard(socket))["ahead"] == 0
        ahead = (await heard(socket))["ahead"]
        assert ahead >= 2  # jobs that other tests left may stand before these
        await database_sync_to_async(take_out_of_queue)(first)
        assert await heard(socket) == {"type": "progress", "state": "queued", "part": 0.0, "ahead": ahead - 1}


def take_out_of_queue(piece: Composition) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE args ->> 'composition_id' = %s", [str(piece.id)])


async def test_who_comes_while_a_piece_is_composed_hears_its_opening() -> None:
    composition = await database_sync_to_async(Composition.objects.ask)(emotion.target("calm"), "emotion", seed=1)
    await database_sync_to_async(Composition.objects.filter(pk=composition.pk).update)(
        state="composing", opening="pieces/x/opening.mp3", notes=[[60, 0.0, 1.0, 64]]
    )
    async with connected(f"/ws/pieces/{composition.id}/") as socket:
        assert (await heard(socket))["state"] == "composing"
        message = await heard(socket)
    assert (message["type"], message["opening"]["notes"]) == ("opening", [[60, 0.0, 1.0, 64]])
    assert message["opening"]["audio_url"] == f"{composition.get_absolute_url()}opening.mp3"


async def test_a_piece_that_does_not_exist_is_named() -> None:
    missing = "00000000-0000-4000-8000-000000000000"
    async with connected(f"/ws/pieces/{missing}/") as socket:
        answer = await heard(socket)
        assert (answer["type"], answer["code"]) == ("failed", "no-piece")
        assert missing in answer["detail"]
