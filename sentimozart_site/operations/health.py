"""Is this process alive (/healthz), and can the whole serve (/readyz)? Load balancers and service managers ask."""

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compose import pipeline, readers
from compose.queue import queue_state
from ml.errors import SentiMozartError
from ml.music import soundfonts
from sentimozart_site.database import hidden

logger = logging.getLogger(__name__)

LEAST_FREE_BYTES = 500 * 2**20  # below that, pieces and ratings are about to fail
LONGEST_WAIT_S = 120  # a piece that waits longer for a worker will be given up by whoever asked for it


class NotReady(SentiMozartError):
    """Something that serving needs is missing."""


@dataclass(frozen=True)
class Check:
    """One thing that serving needs; `detail` says in a line what was found."""

    name: str
    ok: bool
    detail: str


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version')")
        (version,) = cursor.fetchone()
    return f"PostgreSQL {version} at {hidden(settings.DATABASE_URL) or 'the embedded server'}"


def queue() -> str:
    state = queue_state()
    line = f"{state.n_workers} workers, {state.n_waiting} jobs waiting, the oldest for {state.oldest_s:.0f} s"
    if not state.n_workers:
        raise NotReady("no-worker", f"no worker has been heard of lately: {line}")
    if state.oldest_s > LONGEST_WAIT_S:
        raise NotReady("queue", f"the queue is too long: {line}")
    return line


def models() -> str:
    if not readers.are_warm():
        raise NotReady("loading", "the networks that read faces are still being loaded")
    if missing := pipeline.missing_weights():
        raise NotReady("no-weights", f"weights are missing: {', '.join(missing)}")
    return "reading is loaded, all weights are there"


def font() -> str:
    return soundfonts.soundfont().name


def disk() -> str:
    folder = Path(settings.DATA_DIR)
    while not folder.exists():  # with all stores elsewhere nothing may have been written here yet
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    line = f"{free / 2**30:.1f} GB free"
    if free < LEAST_FREE_BYTES:
        raise NotReady("disk", f"only {line} where the data lie")
    return line


CHECKS: tuple[Callable[[], str], ...] = (database, queue, models, font, disk)


def check(look: Callable[[], str]) -> Check:
    try:
        return Check(look.__name__, True, look())
    except SentiMozartError as error:
        return Check(look.__name__, False, error.detail)
    except (Error, OSError) as error:
        return Check(look.__name__, False, " ".join(str(error).split()))


def checks() -> list[Check]:
    return [check(look) for look in CHECKS]


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; whether what it depends on does, /readyz says."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when everything is there that serving needs, else 503; details are on the staff's status page."""
    found = checks()
    failing = [f"{each.name}: {each.detail}" for each in found if not each.ok]
    if failing:
        logger.warning("not ready: %s", "; ".join(failing))
    ready = not failing
    return JsonResponse(
        {"ready": ready, "checks": {each.name: "ok" if each.ok else "failing" for each in found}},
        status=200 if ready else 503,
    )
