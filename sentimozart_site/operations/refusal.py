"""What a client gets that did something too often, or came when all is busy: 429 or 503 with Retry-After."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from sentimozart_site.operations.limits import TooMany

logger = logging.getLogger(__name__)

DATABASE_RETRY_S = 2  # PostgreSQL is back after three seconds, and the pool with it
STATUS_OF = {"too-often": HTTPStatus.TOO_MANY_REQUESTS}  # else it is the server that has too much to do


class Refusal:
    """Middleware: answers TooMany, wherever it was raised, and a database that cannot be had in time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError):
            logger.warning("no database for a request: %s", " ".join(str(error).split()))
            error = TooMany("busy", _("This server has too much to do just now. Please try again."), DATABASE_RETRY_S)
        if not isinstance(error, TooMany):
            return None
        status = STATUS_OF.get(error.code, HTTPStatus.SERVICE_UNAVAILABLE)
        if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
            response: HttpResponse = JsonResponse({"code": error.code, "detail": error.detail}, status=status)
        else:
            response = render(request, "later.html", {"detail": error.detail}, status=status)
        response["Retry-After"] = str(error.retry_after_s)
        return response
