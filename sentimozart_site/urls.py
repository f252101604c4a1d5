"""Addresses of the whole site; each app keeps its own."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog, set_language

from sentimozart_site import staff
from sentimozart_site.operations import health, metrics, sign_in, status

sign_in.install()

WORDS_S = 3600  # for how long a browser keeps the scripts' words

urlpatterns = [
    path("admin/", admin.site.urls),
    path(f"{staff.ADDRESS}<str:token>/", staff.first, name="staff-first"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("staff/status/", status.status, name="status"),
    path("language/", set_language, name="set-language"),
    path("words.js", cache_control(max_age=WORDS_S)(JavaScriptCatalog.as_view()), name="words"),
    path("", include("evaluation.urls")),
    path("", include("compose.urls")),
]
