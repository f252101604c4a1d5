"""So many requests are answered at a time as can be; the others wait at the door, and not for long.

Each request has a thread. Beyond a few, more threads answer nothing sooner and everything later: they take the
processor, and Python's lock, from each other and from the event loop. Whoever has been here before goes first, so that
what has begun (a study's session, say) goes on as if nobody else had come; among them whoever brings something, a
rating say. Nobody new comes in while those who are there have to wait themselves. Who would wait for longer than a
moment is asked to come again, before that has cost anything: a page then asks by itself, a rating goes from its page's
queue. How much later depends on how long people have been turned away already: after a fault, which is soon over, a
moment.
"""

import asyncio
import json
import math
import random
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from http import HTTPStatus
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from compose.languages import language_of
from sentimozart_site.fresh_context import Application

MOST_WITHIN, MOST_BEFORE_NEWCOMERS = 2, 1  # newcomers come in where the others leave room for all that will follow
SLOW_S = 0.3  # a request that takes longer waits for something else than this process: its place is free
LONGEST_WAIT_S = 1.0
# It is crowded while so many of those who have been here before wait at the door, on average over the last OVER_S.
CROWDED, OVER_S = 0.025, 20.0
MOST_CROWDED = 0.031  # more is not remembered: four seconds after a burst newcomers may come in
LONGEST_COUNTED_S = 0.01  # what makes a few wait for long, a database restarting say, is soon over
LOOK_AGAIN_S = 0.5  # whether it has become calm
EXCUSED_S = 3.0  # after something slow has failed, a database say, others wait because of that: it is no crowd
SOONEST_S, LATEST_S = 2, 8  # who is turned away comes again after at most so long, half of it at least
TURNED_AWAY_S = 3.0  # when nobody has been for so long, what comes next is another spell
ALWAYS = ("/static/", "/healthz", "/readyz", "/metrics")  # cheap, or needed to see what is the matter


class Turn(IntEnum):
    """Who goes first."""

    BRINGS = 0
    FETCHES = 1
    NEW = 2


class Doors:
    """Lets MOST_WITHIN requests in at a time, newcomers while it is fewer still; for one event loop."""

    def __init__(self) -> None:
        self.n_within = 0
        self.waiting: dict[Turn, deque[asyncio.Future[None]]] = {turn: deque() for turn in Turn}
        self.mean_waiting, self.measured_s = 0.0, -math.inf
        self.excused_until_s = -math.inf
        self.full_since_s = self.turned_away_s = -math.inf

    async def enter(self, turn: Turn) -> Callable[[], None]:
        """Wait for a place; what gives it back, however often it is called.

        Raises:
            TimeoutError: there was none.
        """
        loop = asyncio.get_running_loop()
        asked_s = loop.time()
        try:
            if self.has_room_for(turn):
                self.n_within += 1
            else:
                if turn is Turn.NEW:  # where nobody leaves any more, nobody lets anybody in
                    loop.call_later(LOOK_AGAIN_S, self.let_in)
                await self.wait_in(self.waiting[turn])
        finally:
            if turn is not Turn.NEW:
                self.measure(loop.time() - asked_s)
        is_within = [True]

        def leave() -> None:
            if is_within:
                is_within.clear()
                slow.cancel()
                self.give_back()

        slow = loop.call_later(SLOW_S, leave)
        return leave

    def measure(self, waited_s: float = 0.0) -> float:
        """How many wait on average, now that one more has: their waiting times summed, over time (Little's law)."""
        now_s = asyncio.get_running_loop().time()
        self.mean_waiting *= math.exp((self.measured_s - now_s) / OVER_S)
        if now_s > self.excused_until_s:
            self.mean_waiting = min(self.mean_waiting + min(waited_s, LONGEST_COUNTED_S) / OVER_S, MOST_CROWDED)
        self.measured_s = now_s
        return self.mean_waiting

    def excuse(self) -> None:
        """Something slow has failed: forget who had to wait, and do not count who will have to at once."""
        self.mean_waiting = 0.0
        self.excused_until_s = asyncio.get_running_loop().time() + EXCUSED_S

    def has_room_for(self, turn: Turn) -> bool:
        if turn is Turn.NEW:
            return self.n_within < MOST_BEFORE_NEWCOMERS and self.measure() < CROWDED
        return self.n_within < MOST_WITHIN

    async def wait_in(self, queue: deque[asyncio.Future[None]]) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(place)
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await place
        except (TimeoutError, asyncio.CancelledError):
            if place.done() and not place.cancelled():  # it was given in the same moment
                self.give_back()
            elif place in queue:
                queue.remove(place)
            raise

    def give_back(self) -> None:
        self.n_within -= 1
        self.let_in()

    def let_in(self) -> None:
        """Give what places there are to those who wait first."""
        for turn, queue in self.waiting.items():
            while queue and self.has_room_for(turn):
                place = queue.popleft()
                if not place.done():
                    self.n_within += 1
                    place.set_result(None)

    def come_again_s(self) -> int:
        """After how long to ask again: a part of how long people have been turned away, not all in the same moment."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self.turned_away_s > TURNED_AWAY_S:
            self.full_since_s = now_s
        self.turned_away_s = now_s
        latest = min(max(round((now_s - self.full_since_s) / 2), SOONEST_S), LATEST_S)
        return random.randint(latest // 2, latest)


def through_doors(application: Application) -> Application:
    """The same ASGI application, for as many requests as can be answered soon."""
    doors = Doors()

    async def orderly(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] != "http" or scope["path"].startswith(ALWAYS):
            return await application(scope, receive, send)
        try:
            leave = await doors.enter(turn_of(scope))
        except TimeoutError:
            return await refuse(scope, send, doors.come_again_s())

        loop = asyncio.get_running_loop()
        began_s = loop.time()

        async def send_and_leave(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":  # a long answer is the network's work
                leave()
                if message["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR and loop.time() - began_s > SLOW_S:
                    doors.excuse()
            await send(message)

        try:
            await application(scope, receive, send_and_leave)
        finally:
            leave()

    return orderly


def turn_of(scope: dict[str, Any]) -> Turn:
    if all(name != b"cookie" for name, _value in scope["headers"]):
        return Turn.NEW
    return Turn.FETCHES if scope["method"] in ("GET", "HEAD") else Turn.BRINGS


async def refuse(scope: dict[str, Any], send: Callable[..., Any], come_again_s: int) -> None:
    """503 with Retry-After: JSON for scripts; for people a sentence, and a browser that asks again."""
    with translation.override(language_of(scope)):
        detail = _("This server has too much to do just now. Please try again.")
    seconds = str(come_again_s).encode()
    is_page = any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
    body = detail if is_page else json.dumps({"code": "busy", "detail": detail})
    headers = [
        (b"content-type", b"text/plain; charset=utf-8" if is_page else b"application/json"),
        (b"retry-after", seconds),
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(body.encode())).encode()),
    ]
    if is_page and scope["method"] == "GET":
        headers.append((b"refresh", seconds))
    await send({"type": "http.response.start", "status": HTTPStatus.SERVICE_UNAVAILABLE, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
