"""No request sees another one's context, however the client sends them."""

import asyncio
from contextvars import ContextVar
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, ThreadSensitiveContext

from sentimozart_site.fresh_context import in_fresh_context

LEFT: ContextVar[str] = ContextVar("left", default="nothing")


async def nobody(*_: Any) -> dict[str, Any]:
    return {}


def test_a_request_within_another_ones_context_has_its_own() -> None:
    seen = []

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.append((LEFT.get(), SyncToAsync.thread_sensitive_context.get(None)))

    async def within() -> None:
        LEFT.set("by the one before")
        async with ThreadSensitiveContext():
            await in_fresh_context(application)({}, nobody, nobody)

    asyncio.run(within())
    assert seen == [("nothing", None)]


def test_it_ends_with_whoever_waits_for_it_and_raises_what_went_wrong() -> None:
    ended = []

    async def waits(*_: Any) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def fails(*_: Any) -> None:
        raise RuntimeError("here")

    async def both() -> None:
        task = asyncio.ensure_future(in_fresh_context(waits)({}, nobody, nobody))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(RuntimeError, match="here"):
            await in_fresh_context(fails)({}, nobody, nobody)

    asyncio.run(both())
    assert ended == [True]
