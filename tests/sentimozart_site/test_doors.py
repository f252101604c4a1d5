"""At the door: few at a time, whoever has been here before first, and nobody waits for long."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sentimozart_site import doors
from sentimozart_site.doors import (
    CROWDED,
    LATEST_S,
    MOST_WITHIN,
    SOONEST_S,
    TURNED_AWAY_S,
    Doors,
    Turn,
    through_doors,
)

PAGE = [(b"accept", b"text/html,*/*"), (b"accept-language", b"de")]
KNOWN = [(b"cookie", b"study=7")]


def run(scene: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(scene(), 20))


async def enter(at: Doors, turn: Turn) -> "asyncio.Task[Callable[[], None]]":
    """Someone at the door, who has had the time to come in."""
    task = asyncio.create_task(at.enter(turn))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return task


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is slow, and nobody gives up, unless a test wants it."""
    monkeypatch.setattr(doors, "SLOW_S", 60.0)
    monkeypatch.setattr(doors, "LONGEST_WAIT_S", 60.0)


def test_who_has_been_here_before_goes_first_and_newcomers_when_there_is_room() -> None:
    async def scene() -> None:
        at = Doors()
        within = [await enter(at, Turn.FETCHES) for _ in range(MOST_WITHIN)]
        waiting = [await enter(at, turn) for turn in (Turn.NEW, Turn.FETCHES, Turn.BRINGS)]
        newcomer, fetches, brings = waiting
        assert all(task.done() for task in within) and not any(task.done() for task in waiting)
        for first, still in ((brings, [fetches, newcomer]), (fetches, [newcomer])):
            within.pop().result()()
            await first
            assert not any(task.done() for task in still)
        for task in [*within, brings, fetches, newcomer]:
            (await task)()
        assert at.n_within == 0

    run(scene)


def test_nobody_new_comes_in_while_those_within_have_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "OVER_S", 0.5)  # soon forgotten
    monkeypatch.setattr(doors, "LOOK_AGAIN_S", 1.5)

    async def scene() -> None:
        at = Doors()
        within = [await enter(at, Turn.FETCHES) for _ in range(MOST_WITHIN)]
        waiting = [await enter(at, Turn.FETCHES) for _ in range(2 * MOST_WITHIN)]
        await asyncio.sleep(0.1)
        for task in [*within, *waiting]:
            (await task)()
        assert at.n_within == 0 and at.mean_waiting > CROWDED
        newcomer = await enter(at, Turn.NEW)
        assert not newcomer.done()
        (await at.enter(Turn.FETCHES))()  # nobody is within after that, but until just now it was crowded
        assert not newcomer.done()
        (await newcomer)()  # who waits is let in once it is calm, though nobody leaves any more
        (await at.enter(Turn.NEW))()
        assert at.n_within == 0

    run(scene)


def test_a_place_is_given_back_once_and_a_slow_request_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "SLOW_S", 0.01)

    async def scene() -> None:
        at = Doors()
        leave = await at.enter(Turn.FETCHES)
        assert at.n_within == 1
        await asyncio.sleep(0.05)
        assert at.n_within == 0
        leave()
        leave()
        assert at.n_within == 0

    run(scene)


def test_whoever_goes_away_while_waiting_takes_no_place_along() -> None:
    async def scene() -> None:
        at = Doors()
        within = [await enter(at, Turn.FETCHES) for _ in range(MOST_WITHIN)]
        gone, waiting = await enter(at, Turn.FETCHES), await enter(at, Turn.FETCHES)
        gone.cancel()
        within[0].result()()
        await waiting
        for task in [*within[1:], waiting]:
            task.result()()
        assert at.n_within == 0

    run(scene)


def test_a_place_handed_to_someone_who_goes_in_the_same_moment_is_handed_on() -> None:
    async def scene() -> None:
        at = Doors()
        within = [await enter(at, Turn.FETCHES) for _ in range(MOST_WITHIN)]
        gone, waiting = await enter(at, Turn.FETCHES), await enter(at, Turn.FETCHES)
        within[0].result()()
        gone.cancel()
        await waiting
        for task in [*within[1:], waiting]:
            task.result()()
        assert at.n_within == 0

    run(scene)


class Site:
    """An application behind doors that answers when it is told to."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.application = through_doors(self.answer)

    async def answer(self, scope: dict[str, Any], receive: Any, send: Callable[..., Awaitable[None]]) -> None:
        await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"yes"})

    async def visit(self, path: str, headers: list[tuple[bytes, bytes]], method: str = "GET") -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {"type": "http", "path": path, "headers": headers, "method": method}
        await self.application(scope, None, send)
        return sent


def test_who_would_wait_for_long_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "LONGEST_WAIT_S", 0.01)

    async def scene() -> None:
        site = Site()
        within = [asyncio.create_task(site.visit("/", KNOWN)) for _ in range(MOST_WITHIN)]
        await asyncio.sleep(0)
        page, script, health = await asyncio.gather(
            site.visit("/", PAGE), site.visit("/study/a/ratings/", KNOWN, "POST"), answered_at_once(site)
        )
        assert (page[0]["status"], script[0]["status"], health) == (503, 503, 200)
        told, asked = dict(page[0]["headers"]), dict(script[0]["headers"])
        assert 1 <= int(told[b"retry-after"]) <= SOONEST_S and told[b"refresh"] == told[b"retry-after"]
        assert page[1]["body"].decode().startswith("Dieser Server hat")
        assert b"refresh" not in asked and json.loads(script[1]["body"])["code"] == "busy"
        assert [(await task)[0]["status"] for task in within] == [200] * MOST_WITHIN
        assert (await site.visit("/", PAGE))[0]["status"] == 200

    async def answered_at_once(site: Site) -> int:
        await asyncio.sleep(0.1)  # the two others have been refused
        site.may_answer.set()
        status: int = (await site.visit("/healthz", []))[0]["status"]
        return status

    run(scene)


def test_the_longer_people_are_turned_away_the_later_they_are_to_come_again() -> None:
    async def scene() -> None:
        at, now_s = Doors(), asyncio.get_running_loop().time()
        assert 1 <= at.come_again_s() <= SOONEST_S
        at.full_since_s = now_s - 10 * LATEST_S
        assert LATEST_S // 2 <= at.come_again_s() <= LATEST_S
        at.turned_away_s = now_s - 2 * TURNED_AWAY_S  # nobody was, in between
        assert 1 <= at.come_again_s() <= SOONEST_S

    run(scene)


def test_who_waits_because_something_failed_is_no_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "SLOW_S", 0.05)
    crowded: list[bool] = []

    async def failing(scope: dict[str, Any], receive: Any, send: Callable[..., Awaitable[None]]) -> None:
        await asyncio.sleep(0.1 if scope["path"] == "/slow" else 0.0)
        await send({"type": "http.response.start", "status": 503, "headers": []})

    async def scene() -> None:
        at = Doors()
        monkeypatch.setattr(doors, "Doors", lambda: at)
        site = Site()
        site.application = through_doors(failing)
        for path in ("/full", "/slow", "/full"):
            for _ in range(100):
                at.measure(1.0)
            await site.visit(path, KNOWN)
            crowded.append(at.mean_waiting > CROWDED)

    run(scene)
    assert crowded == [True, False, False]  # no queue is full because of a fault; the last were excused


def test_a_long_answer_holds_nobody_up() -> None:
    async def scene() -> None:
        at_the_end = asyncio.Event()

        async def stream(scope: dict[str, Any], receive: Any, send: Callable[..., Awaitable[None]]) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await at_the_end.wait()

        site = Site()
        site.application = through_doors(stream)
        visits = [asyncio.create_task(site.visit("/", KNOWN)) for _ in range(3 * MOST_WITHIN)]
        await asyncio.sleep(0.1)
        at_the_end.set()
        assert [len(await visit) for visit in visits] == [1] * len(visits)

    run(scene)
