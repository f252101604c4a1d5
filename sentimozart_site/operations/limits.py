"""How often one client may do a thing: so many times a window, counted in the cache and forgotten after.

Clients are told apart by their address, of IPv6 by its first half (one household's); the cache holds a digest of it.
"""

import hashlib
import ipaddress
import time
from collections.abc import Mapping

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ml.errors import SentiMozartError


class TooMany(SentiMozartError):
    """A client did a thing too often, or the server has too much to do; it may try again after `retry_after_s`."""

    def __init__(self, code: str, detail: str, retry_after_s: int) -> None:
        super().__init__(code, detail)
        self.retry_after_s = retry_after_s


def client_of(request: HttpRequest) -> str:
    """What stands for whoever sent a request."""
    return client(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""))


def client_of_socket(scope: Mapping[str, object]) -> str:
    """What stands for whoever opened a websocket, from its ASGI scope."""
    headers: list[tuple[bytes, bytes]] = scope.get("headers") or []  # type: ignore[assignment]
    forwarded = b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1")
    host: str = (scope.get("client") or [""])[0]  # type: ignore[index]
    return client(host, forwarded)


def client(address: str, forwarded: str) -> str:
    """A digest of the address; behind PROXIES proxies it is the one that the outermost of them saw."""
    seen = [part.strip() for part in forwarded.split(",") if part.strip()]
    if settings.PROXIES and len(seen) >= settings.PROXIES:
        address = seen[-settings.PROXIES]
    try:
        ip = ipaddress.ip_address(address)
        address = str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
    except ValueError:  # a unix socket, or nothing at all: they share one count
        pass
    return hashlib.sha256(f"{settings.SECRET_KEY} {address}".encode()).hexdigest()[:16]


def key_of(thing: str, who: str, now_s: float) -> tuple[str, int]:
    """The cache's key of this window, and for how many seconds it still runs."""
    window_s = settings.LIMITS[thing][1]
    number, spent_s = divmod(int(now_s), window_s)
    return f"limit-{thing}-{who}-{number}", window_s - spent_s


def count(thing: str, who: str) -> int:
    """Count the thing once more; how often it was done in this window."""
    key, left_s = key_of(thing, who, time.time())
    cache.add(key, 0, left_s)
    try:
        return cache.incr(key)
    except ValueError:  # it ran out in between: a new window
        cache.set(key, 1, left_s)
        return 1


def refuse_beyond(thing: str, who: str, done: int) -> None:
    """Check that a thing was not done too often.

    Raises:
        TooMany: "too-often".
    """
    if done > settings.LIMITS[thing][0]:
        left_s = key_of(thing, who, time.time())[1]
        detail = _("That was asked for very often just now. Please try again in %(seconds)d seconds.")
        raise TooMany("too-often", detail % {"seconds": left_s}, left_s)


def take(thing: str, who: str) -> None:
    """Count a thing that is about to be done.

    Raises:
        TooMany: "too-often", it is more than LIMITS allows.
    """
    refuse_beyond(thing, who, count(thing, who))


def look(thing: str, who: str) -> None:
    """Check whether one more would be allowed, for things that only count when they fail.

    Raises:
        TooMany: "too-often".
    """
    done = int(cache.get(key_of(thing, who, time.time())[0], 0))
    refuse_beyond(thing, who, done + 1)
