"""So many requests are answered at a time as can be; the others wait at the door, and not for long.

Each request has a thread. Beyond a few, more threads answer nothing sooner and everything later: they take the
processor, and Python's lock, from each other and from the event loop. Whoever has been here before goes first, so that
what has begun (a study's session, say) goes on as if nobody else had come. Nobody new comes in while those who are
there have to wait themselves. Who would wait for longer than a moment is asked to come again, before that has cost
anything: a page then asks by itself, a rating goes from its page's queue.
"""

import asyncio
import json
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
COME_AGAIN_S = (4, 8)  # not all in the same moment
ALWAYS = ("/static/", "/healthz", "/readyz", "/metrics")  # cheap, or needed to see what is the matter


class Doors:
    """Lets MOST_WITHIN requests in at a time, newcomers while it is fewer still; for one event loop."""

    def __init__(self) -> None:
        self.n_within = 0
        self.known: deque[asyncio.Future[None]] = deque()
        self.new: deque[asyncio.Future[None]] = deque()
        self.mean_wait_s, self.measured_s = 0.0, 0.0

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
                if not is_known:  # where nobody leaves any more, nobody hands a place on
                    loop.call_later(2 * FORGOTTEN_S, self.let_new_in)
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
                self.hand_on()

        slow = loop.call_later(SLOW_S, leave)
        return leave

    def has_room_for_new(self, n_leaving: int = 0) -> bool:
        """Whether a newcomer may come in once so many have left."""
        is_lately = asyncio.get_running_loop().time() - self.measured_s < FORGOTTEN_S
        is_crowded = is_lately and self.mean_wait_s > CROWDED_S
        return self.n_within - n_leaving < MOST_BEFORE_NEWCOMERS and not is_crowded

    def let_new_in(self) -> None:
        """Give a free place to the newcomer who waits first."""
        while self.new and self.has_room_for_new():
            place = self.new.popleft()
            if not place.done():
                self.n_within += 1
                place.set_result(None)

    async def wait_in(self, queue: deque[asyncio.Future[None]]) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(place)
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await place
        except (TimeoutError, asyncio.CancelledError):
            if place.done() and not place.cancelled():  # it was handed on in the same moment
                self.hand_on()
            elif place in queue:
                queue.remove(place)
            raise

    def hand_on(self) -> None:
        """Give a place that has become free to whoever waits first, if any may have it."""
        queues = (self.known, self.new) if self.has_room_for_new(n_leaving=1) else (self.known,)
        for queue in queues:
            while queue:
                place = queue.popleft()
                if not place.done():
                    return place.set_result(None)
        self.n_within -= 1


def through_doors(application: Application) -> Application:
    """The same ASGI application, for as many requests as can be answered soon."""
    doors = Doors()

    async def orderly(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] != "http" or scope["path"].startswith(ALWAYS):
            return await application(scope, receive, send)
        try:
            leave = await doors.enter(is_known=any(name == b"cookie" for name, _value in scope["headers"]))
        except TimeoutError:
            return await refuse(scope, send)

        async def send_and_leave(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":  # a long answer is the network's work
                leave()
            await send(message)

        try:
            await application(scope, receive, send_and_leave)
        finally:
            leave()

    return orderly


async def refuse(scope: dict[str, Any], send: Callable[..., Any]) -> None:
    """503 with Retry-After: JSON for scripts; for people a sentence, and a browser that asks again."""
    with translation.override(language_of(scope)):
        detail = _("This server has too much to do just now. Please try again.")
    seconds = str(random.randint(*COME_AGAIN_S)).encode()
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
