"""What a client that did something too often gets: 429 or 503 with Retry-After, as a page or as JSON."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from sentimozart_site.operations.limits import TooMany

STATUS_OF = {"too-often": HTTPStatus.TOO_MANY_REQUESTS}  # else it is the server that has too much to do


class Refusal:
    """Middleware: answers TooMany, wherever it was raised."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, TooMany):
            return None
        status = STATUS_OF.get(error.code, HTTPStatus.SERVICE_UNAVAILABLE)
        if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
            response: HttpResponse = JsonResponse({"code": error.code, "detail": error.detail}, status=status)
        else:
            response = render(request, "later.html", {"detail": error.detail}, status=status)
        response["Retry-After"] = str(error.retry_after_s)
        return response
