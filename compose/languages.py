"""The language of whoever opened a websocket: Django's middleware only sees requests."""

from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.http import HttpRequest
from django.utils import translation


def language_of(scope: dict[str, Any]) -> str:
    """The visitor's choice (a cookie), else what the browser asks for, as LocaleMiddleware finds it.

    Args:
        scope: of the ASGI connection.
    """
    headers = {name: value.decode("latin-1") for name, value in scope.get("headers", ())}
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", "")
    try:
        cookies = SimpleCookie(headers.get(b"cookie", ""))
    except CookieError:  # someone else's, and none of ours
        cookies = SimpleCookie()
    request.COOKIES = {name: morsel.value for name, morsel in cookies.items()}
    return translation.get_language_from_request(request)
