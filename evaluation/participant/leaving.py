"""With the participation code: going on on another device, or withdrawing."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evaluation.models import Participant, Rating
from evaluation.participant import language, sessions
from evaluation.participant.forms import CodeForm, WithdrawForm
from evaluation.participant.pages import enter
from sentimozart_site.operations import limits
from sentimozart_site.operations.limits import TooMany

TOO_MANY = _("Too many wrong codes came from here. Please wait a minute, then try again.")
TEMPLATES = "evaluation/participant"
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@get_or_post
@never_cache
def resume(request: HttpRequest) -> HttpResponse:
    """Go on here with a session that was begun on another device."""
    return with_code(request, CodeForm, f"{TEMPLATES}/resume.html", then=enter)


@get_or_post
@never_cache
def withdraw(request: HttpRequest) -> HttpResponse:
    """Erase a session and all its ratings, once it is said that this is meant."""
    return with_code(request, WithdrawForm, f"{TEMPLATES}/withdraw.html", then=erase)


def with_code(
    request: HttpRequest,
    form_class: type[CodeForm],
    template: str,
    then: Callable[[HttpRequest, Participant], HttpResponse],
) -> HttpResponse:
    """Ask for the code, and do `then` with the participant whose it is."""
    own = own_session(request)
    if own is not None:
        language.speak(own.study)
    empty = form_class(initial={"code": own.shown_code if own else ""})
    if request.method != "POST":
        return render(request, template, {"form": empty})
    who = limits.client_of(request)
    try:
        limits.look("code", who)
    except TooMany:  # the code is not even looked at, so that nothing is learnt from the answer
        return render(request, template, {"form": empty, "refused": TOO_MANY}, status=HTTPStatus.TOO_MANY_REQUESTS)
    form = form_class(request.POST)
    if form.is_valid() and form.participant is not None:
        return then(request, form.participant)
    if form.is_wrong_guess:
        limits.count("code", who)
    return render(request, template, {"form": form}, status=HTTPStatus.BAD_REQUEST)


def own_session(request: HttpRequest) -> Participant | None:
    """This browser's session, in the study that `study` names or else the latest."""
    names = [name] if (name := request.GET.get("study")) else list(sessions.held(request))[::-1]
    participants = (sessions.find(request, name) for name in names)
    return next(filter(None, participants), None)


def erase(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Erase the data and drop the session from this browser."""
    n_ratings = Rating.objects.filter(item__participant=participant).count()
    participant_id, study = participant.pk, participant.study
    language.speak(study)
    participant.withdraw()
    context = {"study": study, "n_ratings": n_ratings, "erased_participant": participant_id}
    response = render(request, f"{TEMPLATES}/withdrawn.html", context)
    sessions.forget(request, response, participant_id)
    return response
