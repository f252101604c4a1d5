"""Addresses of the whole site; each app keeps its own."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from sentimozart_site import staff, words
from sentimozart_site.operations import health, metrics, sign_in, status

sign_in.install()

urlpatterns = [
    path("admin/", admin.site.urls),
    path(f"{staff.ADDRESS}<str:token>/", staff.first, name="staff-first"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("staff/status/", status.status, name="status"),
    path("language/", set_language, name="set-language"),
    path("words/<slug:language>.js", words.words, name="words"),
    path("", include("evaluation.urls")),
    path("", include("compose.urls")),
]
