"""Pieces as staff see them: to look at and to delete, never to edit."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from compose.models import Composition


@admin.register(Composition)
class CompositionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    list_display = ("id", "created", "emotion", "expression", "source", "state", "attempts", "link")
    list_filter = ("state", "emotion", "source", "on_wall")
    exclude = ("notes",)
    date_hierarchy = "created"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="page")
    def link(self, composition: Composition) -> str:
        return format_html('<a href="{}">open</a>', composition.get_absolute_url())
