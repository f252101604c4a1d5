"""Text goes out compressed: pages, scripts, style sheets, JSON. Sound and pictures are compressed in themselves."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXT = ("text/html", "text/css", "text/javascript", "application/json", "image/svg+xml")
WEAK = "W/"


class TextCompression(GZipMiddleware):
    """Django's GZipMiddleware (with its padding against BREACH) for whole answers that are text.

    Compressing makes an ETag weak; WhiteNoise knows its own strong ones only, and would never answer 304 again.
    """

    def process_request(self, request: HttpRequest) -> None:
        known = request.META.get("HTTP_IF_NONE_MATCH", "")
        if known.startswith(WEAK):
            request.META["HTTP_IF_NONE_MATCH"] = known.removeprefix(WEAK)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.get("Content-Type", "").partition(";")[0]
        if response.status_code != 200 or kind not in TEXT:
            return response
        return super().process_response(request, response)
