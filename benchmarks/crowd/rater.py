"""Somebody who takes part in a study, again and again: consent, files fetched ahead, one rating at a time."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.crowd.tally import Tally
from benchmarks.crowd.visitor import OUTAGES, Answer, Visitor

RETRY_S, LONGEST_RETRY_S, JITTER = 1.0, 30.0, 0.3  # static/js/rating_queue.js
AHEAD = 2  # static/js/rating.js
SPREAD = 0.2  # of the time between two ratings
REFUSED = (429, 503)
HOPELESS = (400, 401, 404, 410, 413)  # the same again would be refused again, and the page gives up too

Send = Callable[[], Awaitable[Answer]]


class HopelessError(Exception):
    """What was sent is refused for good."""


@dataclass(frozen=True)
class Acknowledged:
    """A rating that the server said it has."""

    score: float
    at_s: float  # time.perf_counter()


@dataclass
class Rater:
    """One participant after another.

    Args:
        path: of the study: /study/NAME/
        every_s: a rating is given so often, on average.
        repeats: how many of the ratings are sent twice, as a phone with a bad connection does.
        longest_retry_s: between two attempts, when nothing gets through.
        acknowledged: by item.
    """

    url: str
    path: str
    tally: Tally
    seed: int
    every_s: float = 10.0
    repeats: float = 0.0
    longest_retry_s: float = LONGEST_RETRY_S
    acknowledged: dict[str, Acknowledged] = field(default_factory=dict)
    given: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.visitor = Visitor(self.url)

    async def rate(self, until_s: float) -> None:
        while time.perf_counter() < until_s:
            self.visitor = Visitor(self.url)
            try:
                await self.take_part(until_s)
            except (*OUTAGES, HopelessError) as error:  # where a page would show an error; somebody else comes
                self.tally.failed(f"study: {error!r}"[:100])
                await asyncio.sleep(RETRY_S)
            finally:
                self.visitor.hang_up()

    async def take_part(self, until_s: float) -> None:
        """One session, from consent to the last item."""
        items = await self.begin()
        fetched: set[str] = set()
        for i, item in enumerate(items):
            for media in {each["media"] for each in items[i : i + AHEAD + 1] if each["media"]} - fetched:
                fetched.add(media)
                await self.insist("study media", lambda media=media: self.visitor.get(media))  # type: ignore[misc]
            await asyncio.sleep(self.every_s * self.chance.uniform(1 - SPREAD, 1 + SPREAD))
            if time.perf_counter() > until_s:
                return
            await self.give(item)

    async def begin(self) -> list[dict[str, Any]]:
        """What is to be rated; nothing where the study is not to be had."""
        steps: tuple[Send, ...] = (
            lambda: self.visitor.get(self.path),
            lambda: self.visitor.post_form(f"{self.path}begin/", agree="on"),
            lambda: self.visitor.get(f"{self.path}state.json"),
        )
        for step in steps:
            answer = await step()
            if answer.status in REFUSED:
                self.tally.refused("study entries")
                await asyncio.sleep(answer.retry_after_s)
                return []
            if answer.status not in (200, 302):
                self.tally.failed(f"study: {answer.status}")
                await asyncio.sleep(RETRY_S)
                return []
        items: list[dict[str, Any]] = answer.json()["items"]
        await self.visitor.get(f"{self.path}rate/")
        await self.insist("sound check", lambda: self.visitor.post_json(f"{self.path}sound-check/", {"tries": 1}))
        return items

    async def give(self, item: dict[str, Any]) -> None:
        """Rate an item, until it is stored."""
        message = self.message(item)
        for _ in range(2 if self.chance.random() < self.repeats else 1):
            answer = await self.insist("rating save", lambda: self.visitor.post_json(f"{self.path}ratings/", message))
            self.note(item, message, answer)

    async def try_once(self, item: dict[str, Any]) -> bool:
        """Rate an item; whether it is stored."""
        message = self.message(item)
        answer = await self.visitor.post_json(f"{self.path}ratings/", message)
        if answer.status >= 300:
            return False
        self.note(item, message, answer)
        return True

    def message(self, item: dict[str, Any]) -> dict[str, Any]:
        """What the page sends: the score that was given to the item first, however often it is sent."""
        score = self.given.setdefault(item["id"], self.chance.randint(0, 100) / 10)
        return {"item": item["id"], "score": score, "response_ms": 4000, "plays": 1}

    def note(self, item: dict[str, Any], message: dict[str, Any], answer: Answer) -> None:
        if answer.json()["score"] != message["score"]:
            self.tally.failed("rating: another score")
        self.acknowledged[item["id"]] = Acknowledged(message["score"], time.perf_counter())

    async def insist(self, what: str, send: Send) -> Answer:
        """Send until it is stored, as the page's queue does; each attempt is timed for itself.

        Raises:
            HopelessError: the same again would be refused again.
        """
        wait_s = RETRY_S
        while True:
            began_s = time.perf_counter()
            try:
                answer: Answer | None = await send()
            except OUTAGES as error:
                answer, problem = None, type(error).__name__
            if answer:
                problem = str(answer.status)
                if answer.status < 300:
                    self.tally.took(what, time.perf_counter() - began_s)
                    return answer
                if answer.status in REFUSED:
                    self.tally.refused(what)
                    problem = ""
                if answer.status in HOPELESS:
                    raise HopelessError(f"{what}: {answer.status} {answer.body[:100]!r}")
            if problem:
                self.tally.failed(f"{what}: {problem}")
            await asyncio.sleep(wait_s * (1 + JITTER * self.chance.random()))
            wait_s = min(2 * wait_s, self.longest_retry_s)
