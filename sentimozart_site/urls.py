"""Addresses of the whole site; each app keeps its own."""

from django.contrib import admin
from django.urls import include, path

from sentimozart_site import staff

urlpatterns = [
    path("admin/", admin.site.urls),
    path(f"{staff.ADDRESS}<str:token>/", staff.first, name="staff-first"),
    path("", include("evaluation.urls")),
    path("", include("compose.urls")),
]
