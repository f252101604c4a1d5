"""Each request in a context of its own, also where a client sends several without waiting for the answers.

Twisted takes up the next of them while the answer to the one before is being sent, in that one's context. Django then
takes the one's thread for the other's (asgiref's ThreadSensitiveContext nests), which ends too soon: the connection
with the database is never given back, and 16 of them are all there are.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any

Application = Callable[..., Awaitable[None]]


def in_fresh_context(application: Application) -> Application:
    """The same ASGI application, which sees nothing of who calls it."""

    async def fresh(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        async def serve() -> None:
            await application(scope, receive, send)

        await asyncio.get_running_loop().create_task(serve(), context=Context())  # cancelled with whoever awaits it

    return fresh
