"""Whose piece is it? Whoever had it made is given a key, in a cookie that only that piece's own pages are sent.

The key is computed from the piece's id and the server's secret, so nothing is stored here about who made what.
"""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from compose.models import Composition

COOKIE = "maker"
COOKIE_AGE_S = 365 * 24 * 3600
SALT = "compose.ownership"
KEY_LENGTH = 32  # hexadecimal digits: 128 bits


def key_of(piece: Composition) -> str:
    return salted_hmac(SALT, str(piece.pk), algorithm="sha256").hexdigest()[:KEY_LENGTH]


def give(response: HttpResponse, piece: Composition) -> HttpResponse:
    """Let the browser that gets this response be the piece's maker."""
    response.set_cookie(
        COOKIE,
        key_of(piece),
        max_age=COOKIE_AGE_S,
        path=piece.get_absolute_url(),
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def is_makers(request: HttpRequest, piece: Composition) -> bool:
    """Whether the one who asks had the piece made, or is of the staff."""
    user = getattr(request, "user", AnonymousUser())
    if user.is_active and user.is_staff:
        return True
    return constant_time_compare(request.COOKIES.get(COOKIE, ""), key_of(piece))
