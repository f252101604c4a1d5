"""The scripts' words in one language, for pages in that language: a study's may be another than the visitor's."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

KEPT_S = 3600  # by browsers


@require_safe
@cache_control(max_age=KEPT_S)
def words(request: HttpRequest, language: str) -> HttpResponseBase:
    if language not in dict(settings.LANGUAGES):
        raise Http404(f"no words in {language}")
    with translation.override(language):
        return JavaScriptCatalog.as_view()(request)
