"""Links into a study: one for everybody, or personal ones that work once."""

import csv

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from evaluation.models import Invitation, Study
from evaluation.researcher.access import staff_only
from evaluation.researcher.forms import LinksForm


def open_link(request: HttpRequest, study: Study) -> str:
    """The address that everybody may be given; it always leads to the newest open version."""
    return request.build_absolute_uri(reverse("study-welcome", args=[study.name]))


def personal_link(request: HttpRequest, invitation: Invitation) -> str:
    return request.build_absolute_uri(reverse("study-link", args=[invitation.token]))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest, study_id: int) -> HttpResponse:
    """Show the links; make more personal ones."""
    study = get_object_or_404(Study, pk=study_id)
    form = LinksForm(request.POST or None)
    if request.method == "POST" and study.entry != Study.Entry.PERSONAL:
        detail = _("%(study)s has one link for everybody: its protocol does not ask for personal ones.")
        messages.error(request, detail % {"study": study})
        return redirect("study-links", study.pk)
    if request.method == "POST" and form.is_valid():
        made = Invitation.objects.bulk_create(Invitation(study=study) for _ in range(form.cleaned_data["n"]))
        n = len(made)
        told = ngettext(
            "%(n)d new link is ready: give it to one person.", "%(n)d new links are ready: give each to one person.", n
        )
        messages.success(request, told % {"n": n})
        return redirect("study-links", study.pk)
    rows = [(invitation, personal_link(request, invitation)) for invitation in invitations_of(study)]
    context = {"study": study, "form": form, "link": open_link(request, study), "rows": rows}
    context["n_used"] = sum(invitation.spent is not None for invitation, _ in rows)
    return render(request, "evaluation/researcher/links.html", context)


def invitations_of(study: Study) -> list[Invitation]:
    return list(study.invitations.select_related("participant").order_by("pk"))


@staff_only
@require_safe
def links_csv(request: HttpRequest, study_id: int) -> HttpResponse:
    """The personal links as a table; a token is letters and digits only, which no spreadsheet takes for a formula."""
    study = get_object_or_404(Study, pk=study_id)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{study.name}-links.csv"'
    response["Cache-Control"] = "no-store"
    writer = csv.writer(response)
    writer.writerow(["link", "token", "used"])
    for invitation in invitations_of(study):
        writer.writerow([personal_link(request, invitation), invitation.token, "yes" if invitation.spent else "no"])
    return response
