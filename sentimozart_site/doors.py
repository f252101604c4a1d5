"""So many requests are answered at a time as can be; the others wait at the door, and not for long.

Each request has a thread. Beyond a few, more threads answer nothing sooner and everything later: they take the
processor, and Python's lock, from each other and from the event loop. Whoever has been here before goes first, so that
what has begun (a study's session, say) goes on as if nobody else had come. Nobody new comes in while those who are
there have to wait themselves. Who would wait for longer than a moment is asked to come again, before that has cost
anything: a page then asks by itself, a rating goes from its page's queue. How much later depends on how long people
have been turned away already: after a fault, which is soon over, a moment.
"""

import asyncio
import json
import math
import random
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from compose.languages import language_of
from sentimozart_site.fresh_context import Application

MOST_WITHIN, MOST_BEFORE_NEWCOMERS = 2, 1  # newcomers come in where the others leave room for all that will follow
SLOW_S = 0.3  # a request that takes longer waits for something else than this process: its place is free
LONGEST_WAIT_S = 1.0
# It is crowded while those who have been here before wait for so long at the door, over the last ten or so of them.
CROWDED_S, WEIGHT = 0.005, 0.1
LONGEST_COUNTED_S = 0.05  # what was long, a database restarting say, is soon over
FORGOTTEN_S = 0.2  # when none of them came for so long, nobody waits any more
SOONEST_S, LATEST_S = 2, 8  # who is turned away comes again after at most so long, half of it at least
TURNED_AWAY_S = 3.0  # when nobody has been for so long, what comes next is another spell
ALWAYS = ("/static/", "/healthz", "/readyz", "/metrics")  # cheap, or needed to see what is the matter


class Doors:
    """Lets MOST_WITHIN requests in at a time, newcomers while it is fewer still; for one event loop."""

    def __init__(self) -> None:
        self.n_within = 0
        self.known: deque[asyncio.Future[None]] = deque()
        self.new: deque[asyncio.Future[None]] = deque()
        self.mean_wait_s, self.measured_s = 0.0, 0.0
        self.full_since_s = self.turned_away_s = -math.inf

    async def enter(self, is_known: bool) -> Callable[[], None]:
        """Wait for a place; what gives it back, however often it is called.

        Raises:
            TimeoutError: there was none.
        """
        loop = asyncio.get_running_loop()
        asked_s = loop.time()
        try:
            if self.n_within < MOST_WITHIN if is_known else self.has_room_for_new():
                self.n_within += 1
            else:
                if not is_known:  # where nobody leaves any more, nobody lets anybody in
                    loop.call_later(2 * FORGOTTEN_S, self.let_in)
                await self.wait_in(self.known if is_known else self.new)
        finally:
            if is_known:
                self.measured_s = loop.time()
                waited_s = min(self.measured_s - asked_s, LONGEST_COUNTED_S)
                self.mean_wait_s += WEIGHT * (waited_s - self.mean_wait_s)
        is_within = [True]

        def leave() -> None:
            if is_within:
                is_within.clear()
                slow.cancel()
                self.give_back()

        slow = loop.call_later(SLOW_S, leave)
        return leave

    def has_room_for_new(self) -> bool:
        is_lately = asyncio.get_running_loop().time() - self.measured_s < FORGOTTEN_S
        is_crowded = is_lately and self.mean_wait_s > CROWDED_S
        return self.n_within < MOST_BEFORE_NEWCOMERS and not is_crowded

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
        while self.known and self.n_within < MOST_WITHIN:
            self.admit(self.known.popleft())
        while self.new and self.has_room_for_new():
            self.admit(self.new.popleft())

    def admit(self, place: asyncio.Future[None]) -> None:
        if not place.done():
            self.n_within += 1
            place.set_result(None)

    def come_again_s(self) -> int:
        """After how long to ask again: about as long as people have been turned away, not all in the same moment."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self.turned_away_s > TURNED_AWAY_S:
            self.full_since_s = now_s
        self.turned_away_s = now_s
        latest = min(max(round(now_s - self.full_since_s), SOONEST_S), LATEST_S)
        return random.randint(latest // 2, latest)


def through_doors(application: Application) -> Application:
    """The same ASGI application, for as many requests as can be answered soon."""
    doors = Doors()

    async def orderly(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] != "http" or scope["path"].startswith(ALWAYS):
            return await application(scope, receive, send)
        try:
            leave = await doors.enter(is_known=any(name == b"cookie" for name, _value in scope["headers"]))
        except TimeoutError:
            return await refuse(scope, send, doors.come_again_s())

        async def send_and_leave(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":  # a long answer is the network's work
                leave()
            await send(message)

        try:
            await application(scope, receive, send_and_leave)
        finally:
            leave()

    return orderly


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
