"""Slows down whoever tries codes: so many wrong ones per client and minute, counted in the cache and forgotten after.

A code has 59 bits, so this guards the server's time more than the codes. The count is kept per process and per client
address as the server sees it: behind a proxy all clients may share one, which is why the limit is no lower.
"""

import hashlib

from django.core.cache import cache
from django.http import HttpRequest

MOST_WRONG = 10
WINDOW_S = 60


def cache_key(request: HttpRequest) -> str:
    """Stands for the client; a digest, so that no address lies in the cache."""
    address = request.META.get("REMOTE_ADDR", "")
    return f"wrong-codes-{hashlib.sha256(address.encode()).hexdigest()[:16]}"


def is_too_much(request: HttpRequest) -> bool:
    return int(cache.get(cache_key(request), 0)) >= MOST_WRONG


def note_wrong(request: HttpRequest) -> None:
    key = cache_key(request)
    cache.add(key, 0, WINDOW_S)
    try:
        cache.incr(key)
    except ValueError:  # it ran out in between: a new minute
        cache.set(key, 1, WINDOW_S)
