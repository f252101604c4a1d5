"""Pages whose text is English alone are English as a whole: a page in two languages would be read out wrongly."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

ENGLISH = "en-gb"
PATHS = ("/study/", "/studies/", "/listen/", "/privacy/", "/staff/first/")


class Untranslated:
    """Middleware, after LocaleMiddleware: what it chose is set aside on those pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(PATHS):
            translation.activate(ENGLISH)
            request.LANGUAGE_CODE = ENGLISH
            request.is_untranslated = True  # type: ignore[attr-defined]  # no use in offering another language there
        return self.get_response(request)
