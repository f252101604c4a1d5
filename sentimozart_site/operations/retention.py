"""Nothing is kept for longer than was promised: a job does this every night, `manage.py expire` at any time."""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from procrastinate.contrib.django import app

from compose import expiry as pieces
from compose.jobs import QUEUE
from evaluation import expiry as sessions

logger = logging.getLogger(__name__)

EVERY_NIGHT = "17 3 * * *"
JOBS_KEPT = timedelta(days=30)  # failed ones, for whoever wants to know why


@dataclass(frozen=True)
class Expired:
    """How many of each were erased."""

    pieces: int
    sessions: int
    orphans: int


def expire(now: datetime | None = None) -> Expired:
    """Erase what has had its time."""
    now = now or timezone.now()
    call_command("clearsessions")
    done = Expired(
        pieces.expire_pieces(now - timedelta(days=settings.PIECE_DAYS)),
        sessions.expire_sessions(now),
        len(pieces.remove_orphans(now)),
    )
    logger.info("erased %(pieces)d pieces, %(sessions)d sessions, %(orphans)d orphans", asdict(done))
    return done


@app.periodic(cron=EVERY_NIGHT)
@app.task(name="expire", queue=QUEUE, queueing_lock="expire")
def expire_nightly(timestamp: int) -> None:
    expire()
