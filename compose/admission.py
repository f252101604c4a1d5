"""Who may ask for a piece now: nobody too often, and nobody who would wait for minutes."""

from django.utils.translation import gettext as _

from compose.queue import queue_state
from sentimozart_site.operations import limits
from sentimozart_site.operations.limits import TooMany

MOST_WAITING = 40  # a worker makes one in one to two seconds: a minute's wait
SECONDS_A_PIECE = 1.5  # of one worker, on two slow cores


def admit(who: str) -> None:
    """Check, before a piece is asked for, that it can be made soon.

    Args:
        who: the client, as `limits.client_of` names it.

    Raises:
        TooMany: "too-often" when this client asked for too many, "busy" when everyone did.
    """
    limits.take("compose", who)
    state = queue_state()
    if state.n_waiting >= MOST_WAITING:
        wait_s = round(state.n_waiting * SECONDS_A_PIECE / max(state.n_workers, 1))
        detail = _("Many pieces are being composed just now. Please try again in %(seconds)d seconds.")
        raise TooMany("busy", detail % {"seconds": wait_s}, wait_s)
