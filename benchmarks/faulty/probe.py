"""Is everything back? One visitor who asks for each thing again and again until it is right."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence

from benchmarks.cameras.camera_socket import connect
from benchmarks.crowd.composer import Composer
from benchmarks.crowd.rater import Rater
from benchmarks.crowd.visitor import OUTAGES, Visitor

AGAIN_S = 0.1
LOOK_S = 0.05
ONE_TRY_S = 5.0  # then it is asked anew
GIVE_UP_S = 60.0
MARK = b'id="camera-start"'  # of the stage's page

THINGS = ("page", "reading", "rating", "piece")


class Probe:
    """Asks for a page, a reading, a rating to be stored and a piece.

    Args:
        rater: whose books hold what the probe rated.
        composers: everyone who has pieces made; the probe's own are added, one for each piece.
    """

    def __init__(self, url: str, packets: Sequence[bytes], rater: Rater, composers: list[Composer]) -> None:
        self.url, self.packets, self.rater, self.composers = url, packets, rater, composers
        self.following: set[asyncio.Task[None]] = set()
        self.items: list[dict[str, object]] = []

    async def prepare(self) -> None:
        """Have something left to rate, as somebody in the middle of a study has."""
        while not self.items:
            self.rater.visitor = Visitor(self.url)
            self.items = await self.rater.begin()

    async def recovery(self, began_s: float) -> dict[str, float]:
        """Seconds from `began_s` to the first right answer of each; infinite where none came in a minute."""
        asks = (self.page, self.reading, self.rating, self.piece)
        seconds = await asyncio.gather(*(until_right(ask, began_s) for ask in asks))
        return dict(zip(THINGS, seconds, strict=True))

    async def page(self) -> bool:
        visitor = Visitor(self.url)
        try:
            answer = await visitor.get("/")
        finally:
            visitor.hang_up()
        return answer.status == 200 and MARK in answer.body

    async def reading(self) -> bool:
        socket = await connect(f"{self.url}/ws/reading/")
        try:
            socket.send(self.packets[0])
            message = json.loads(await socket.hear())
        finally:
            socket.writer.transport.abort()
        return message["type"] == "reading" and bool(message["faces"])

    async def rating(self) -> bool:
        item = self.items[0]
        if not await self.rater.try_once(item):
            return False
        self.items.pop(0)
        return True

    async def piece(self) -> bool:
        """Whether a piece is accepted and workers are at work; the piece is followed to its end meanwhile."""
        composer = Composer(self.url, self.rater.tally)
        self.composers.append(composer)
        following = asyncio.create_task(composer.have_made("calm"))
        self.following.add(following)
        while not following.done():
            if composer.asked and max(each.worked_s for each in self.composers) > max(composer.asked.values()):
                return True
            await asyncio.sleep(LOOK_S)
        following.result()  # raises what kept it from being asked for
        return "ready" in composer.ended.values()


async def until_right(ask: Callable[[], Awaitable[bool]], began_s: float) -> float:
    deadline_s = time.perf_counter() + GIVE_UP_S
    patience_s = GIVE_UP_S if ask.__name__ == "piece" else ONE_TRY_S
    while time.perf_counter() < deadline_s:
        try:
            if await asyncio.wait_for(ask(), patience_s):
                return time.perf_counter() - began_s
        except OUTAGES:
            pass
        await asyncio.sleep(AGAIN_S)
    return float("inf")
