"""A participant's pages from the welcome to the thanks."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from evaluation.errors import StudyError
from evaluation.models import Participant
from evaluation.participant import language, sessions, wording
from evaluation.participant.entrance import (
    Entrance,
    invitation_or_404,
    opened_or_404,
    trials_for_staff,
    wants_trial,
)
from evaluation.participant.forms import ConsentForm, DemographicsForm
from sentimozart_site.operations import limits

STATUS_OF = {"closed": HTTPStatus.GONE, "spent": HTTPStatus.GONE, "personal": HTTPStatus.FORBIDDEN}


@require_safe
@never_cache
@trials_for_staff
def welcome(request: HttpRequest, name: str) -> HttpResponse:
    """What the study is about, and the form to begin; whoever has begun goes straight on."""
    entrance = Entrance(opened_or_404(name), is_trial=wants_trial(request))
    if entrance.leads_back(sessions.find(request, name)):
        return redirect("study-rate", name)
    return show_entrance(request, entrance)


@require_safe
@never_cache
def personal_link(request: HttpRequest, token: str) -> HttpResponse:
    """A link for one person: consent the first time, later back to their session on any device."""
    invitation = invitation_or_404(token)
    if invitation.participant is not None:
        return enter(request, invitation.participant)
    return show_entrance(request, Entrance(invitation.study, invitation))


@require_POST
@trials_for_staff
def begin(request: HttpRequest, name: str) -> HttpResponse:
    """Take someone in who agreed; a second press finds the session of the first."""
    token = request.POST.get("link")
    invitation = invitation_or_404(token) if token else None
    if invitation is not None and invitation.participant is not None:
        return enter(request, invitation.participant)
    study = invitation.study if invitation else opened_or_404(name)
    entrance = Entrance(study, invitation, wants_trial(request))
    if entrance.leads_back(sessions.find(request, name)):
        return redirect("study-rate", name)
    form = consent_form(entrance, request)
    if entrance.hindrance or not form.is_valid():
        return show_entrance(request, entrance, form)
    return take_in(request, entrance, form)


def take_in(request: HttpRequest, entrance: Entrance, form: ConsentForm) -> HttpResponse:
    language.speak(entrance.study)
    limits.take("enter", limits.client_of(request))
    try:
        participant = Participant.objects.begin(
            entrance.study, entrance.is_trial, entrance.invitation, form.demographics()
        )
    except StudyError as error:  # somebody else took the last place meanwhile, or the link was pressed twice
        return refuse(request, entrance, {"not-open": "closed"}.get(error.code, error.code))
    return enter(request, participant)


def enter(request: HttpRequest, participant: Participant) -> HttpResponse:
    """On to the rating page, as that participant."""
    response = redirect("study-rate", participant.study.name)
    sessions.hold(request, response, participant)
    return response


def show_entrance(request: HttpRequest, entrance: Entrance, form: ConsentForm | None = None) -> HttpResponse:
    if hindrance := entrance.hindrance:
        return refuse(request, entrance, hindrance)
    language.speak(entrance.study)
    context = {
        "study": entrance.study,
        "link": entrance.invitation.token if entrance.invitation else "",
        "is_trial": entrance.is_trial,
        "form": form or consent_form(entrance),
        "task": wording.task(entrance.study),
        "retention": wording.retention(entrance.study.retention_days),
    }
    status = HTTPStatus.BAD_REQUEST if form else HTTPStatus.OK
    return render(request, "evaluation/participant/welcome.html", context, status=status)


def consent_form(entrance: Entrance, request: HttpRequest | None = None) -> ConsentForm:
    form_class = DemographicsForm if entrance.study.demographics else ConsentForm
    return form_class(request.POST if request else None)


def refuse(request: HttpRequest, entrance: Entrance, reason: str) -> HttpResponse:
    language.speak(entrance.study)
    context = {"study": entrance.study, "reason": reason}
    status = STATUS_OF.get(reason, HTTPStatus.OK)
    return render(request, "evaluation/participant/refused.html", context, status=status)


@require_safe
@never_cache
@ensure_csrf_cookie
def rate(request: HttpRequest, name: str) -> HttpResponse:
    """The page on which everything is rated; what it shows comes from `state`."""
    participant = sessions.find(request, name)
    if participant is None:
        return redirect("study-welcome", name)
    if participant.finished is not None:
        return redirect("study-done", name)
    participant.seen()
    language.speak(participant.study)
    context = {"participant": participant, "study": participant.study, "is_trial": participant.simulated}
    return render(request, "evaluation/participant/rate.html", context)


@require_safe
@never_cache
def done(request: HttpRequest, name: str) -> HttpResponse:
    """Thanks, the completion code, and how to withdraw."""
    participant = sessions.find(request, name)
    if participant is None:
        return redirect("study-welcome", name)
    if participant.finished is None:
        return redirect("study-rate", name)
    language.speak(participant.study)
    context = {"participant": participant, "study": participant.study, "is_trial": participant.simulated}
    return render(request, "evaluation/participant/done.html", context)
