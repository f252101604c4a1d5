"""Pages of a study: the list, the workshop, its protocol, and opening and closing it."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation import pairs
from evaluation.models import Study
from evaluation.participant.wording import retention
from evaluation.researcher.access import staff_only
from evaluation.researcher.cards import cards_of
from evaluation.researcher.forms import NewStudyForm, PieceForm, ProtocolForm
from evaluation.researcher.links import open_link
from evaluation.researcher.readiness import readiness
from ml.errors import SentiMozartError


@staff_only
@require_safe
def studies(request: HttpRequest) -> HttpResponse:
    real = Q(participants__simulated=False)
    counted = Study.objects.annotate(n_ratings=Count("participants__items__rating", filter=real))
    return render(request, "evaluation/researcher/studies.html", {"studies": counted.order_by("name", "-version")})


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_study(request: HttpRequest) -> HttpResponse:
    form = NewStudyForm(request.POST or None, initial={"language": get_language()})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                study = form.save()
        except IntegrityError:  # pressed twice: the first press made it
            return redirect(Study.objects.get(name=form.cleaned_data["name"], version=1))
        messages.success(request, _("The study is there. Next: upload the pictures that people are to rate."))
        return redirect(study)
    return render(request, "evaluation/researcher/protocol.html", {"form": form})


@staff_only
@require_safe
def workshop(request: HttpRequest, study_id: int) -> HttpResponse:
    """The study's page: its stimuli, what is missing, and what can be done next."""
    return render(request, "evaluation/researcher/study.html", workshop_context(request, study_id))


def workshop_context(request: HttpRequest, study_id: int) -> dict[str, Any]:
    study = get_object_or_404(Study, pk=study_id)
    cards = cards_of(study)
    return {
        "study": study,
        "cards": cards,
        "readiness": readiness(study, cards),
        "piece_form": PieceForm(),
        "pairs": [card.name for card in cards if card.is_pair],
        "link": open_link(request, study),
        "retention": retention(study.retention_days),
        "n_invitations": study.invitations.count(),
        "other_draft": Study.objects.filter(name=study.name, state=Study.State.DRAFT).exclude(pk=study.pk).first(),
    }


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit_study(request: HttpRequest, study_id: int) -> HttpResponse:
    study = get_object_or_404(Study, pk=study_id)
    form = ProtocolForm(request.POST or None, instance=study)
    try:
        study.assert_draft()
        if request.method == "POST" and form.is_valid():
            form.save()
            messages.success(request, _("The protocol is saved."))
            return redirect(study)
    except SentiMozartError as error:
        messages.error(request, error.detail)
        return redirect(study)
    return render(request, "evaluation/researcher/protocol.html", {"form": form, "study": study})


@staff_only
@require_POST
def open_study(request: HttpRequest, study_id: int) -> HttpResponse:
    study = get_object_or_404(Study, pk=study_id)
    try:
        study.open()
    except SentiMozartError as error:
        messages.error(request, error.detail)
        return redirect(study)
    messages.success(request, _("The study is open and frozen. Next: send out its links."))
    return redirect("study-links", study.pk)


@staff_only
@require_POST
def close_study(request: HttpRequest, study_id: int) -> HttpResponse:
    study = get_object_or_404(Study, pk=study_id)
    if study.state == Study.State.OPEN:
        study.close()
        messages.success(request, _("The study is closed: nobody new can begin. Those who have begun may finish."))
    else:
        messages.error(request, _("%(study)s is not open, so it cannot be closed.") % {"study": study})
    return redirect(study)


@staff_only
@require_POST
def revise_study(request: HttpRequest, study_id: int) -> HttpResponse:
    study = get_object_or_404(Study, pk=study_id)
    try:
        draft = study.revise()
    except SentiMozartError as error:
        messages.error(request, error.detail)
        return redirect(study)
    told = _("This is version %(n)d, a draft: change what you like, then open it.")
    messages.success(request, told % {"n": draft.version})
    return redirect(draft)


@staff_only
@require_POST
def delete_study(request: HttpRequest, study_id: int) -> HttpResponse:
    try:
        with transaction.atomic():
            study = get_object_or_404(Study.objects.select_for_update(), pk=study_id)
            study.assert_draft()
            pairs.remove_study(study)
    except SentiMozartError as error:
        messages.error(request, error.detail)
        return redirect(study)
    messages.success(request, _("The draft of %(study)s is deleted.") % {"study": study.name})
    return redirect("studies")
