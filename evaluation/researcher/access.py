"""Who may see the staff's pages, and how a draft is changed: locked, whole or not at all, answered with a sentence."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from evaluation.models import Study
from ml.errors import SentiMozartError

View = Callable[..., HttpResponse]
Change = Callable[..., str]


def staff_only(view: View) -> View:
    """Strangers are sent to sign in; whoever is signed in without being staff is refused (403)."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_staff:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


def changes_draft(change: Change) -> View:
    """A view (POST) out of a function that changes a draft and returns a sentence on what it did.

    The study is locked meanwhile, so that it is not opened half changed; what is refused is told on its page.
    """

    @staff_only
    @require_POST
    @wraps(change)
    def changed(request: HttpRequest, study_id: int, **kwargs: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                study = get_object_or_404(Study.objects.select_for_update(), pk=study_id)
                study.assert_draft()
                sentence = change(request, study, **kwargs)
        except SentiMozartError as error:
            messages.error(request, error.detail)
        else:
            messages.success(request, sentence)
        place = f"#card-{kwargs['stimulus_id']}" if "stimulus_id" in kwargs else ""
        return redirect(study.get_absolute_url() + place)

    return changed
