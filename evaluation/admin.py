"""Studies as administrators see them: to look at and to delete. Everything else has pages of its own at /studies/."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet, URLField
from django.http import HttpRequest
from django.utils.html import format_html

from evaluation import pairs
from evaluation.models import Erasure, Participant, Study


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ErasureInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Erasure
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Study)
class StudyAdmin(ReadOnly):
    """Deleting one deletes its ratings and files too: that is how data is removed when its time is over."""

    list_display = ("name", "version", "state", "title", "created", "link")
    list_filter = ("state",)
    inlines = (ErasureInline,)
    formfield_overrides = {URLField: {"assume_scheme": "https"}}  # Django warns of its old default otherwise

    @admin.display(description="page")
    def link(self, study: Study) -> str:
        return format_html('<a href="{}">open</a>', study.get_absolute_url())

    def delete_model(self, request: HttpRequest, obj: Study) -> None:
        with transaction.atomic():
            pairs.remove_study(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Study]) -> None:
        for study in queryset:
            self.delete_model(request, study)


@admin.register(Participant)
class ParticipantAdmin(ReadOnly):
    """Deleting one is a withdrawal: it leaves the anonymous line. The code is theirs alone, and not shown."""

    list_display = ("label", "study", "began", "last_seen", "finished", "simulated")
    list_filter = ("study", "simulated")
    exclude = ("code",)

    def delete_model(self, request: HttpRequest, obj: Participant) -> None:
        obj.withdraw()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Participant]) -> None:
        for participant in queryset:
            participant.withdraw()
