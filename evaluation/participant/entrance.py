"""The ways into a study: the open link, a personal link, or staff trying it; and what stands in the way."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from evaluation import design
from evaluation.errors import StudyError
from evaluation.models import Invitation, Participant, Study
from evaluation.models.session import study_offers

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Entrance:
    """How someone comes to a study: with a personal link, to try it (staff only), or neither."""

    study: Study
    invitation: Invitation | None = None
    is_trial: bool = False

    @property
    def hindrance(self) -> str | None:
        """Why nobody can begin this way now: "closed", "spent", "personal" or "full"; None when they can."""
        if self.study.state != Study.State.OPEN:
            return "closed"
        if self.invitation is not None and self.invitation.spent is not None:
            return "spent"
        if self.study.entry == Study.Entry.PERSONAL and self.invitation is None and not self.is_trial:
            return "personal"
        if design.is_full(study_offers(self.study, self.is_trial), self.study.protocol):
            return "full"
        return None

    def leads_back(self, participant: Participant | None) -> bool:
        """Whether this browser's participant goes on here, instead of someone new beginning.

        A personal link and a trial always mean a session of their own; and whoever finished an earlier version of a
        study may take part in a newer one.
        """
        if participant is None or self.invitation is not None or self.is_trial:
            return False
        is_newer = participant.study_id != self.study.pk and self.study.state == Study.State.OPEN
        return participant.finished is None or not is_newer


def opened_or_404(name: str) -> Study:
    """The newest version of a study that was ever opened."""
    try:
        study = Study.objects.newest(name)
    except StudyError as error:
        raise Http404("no such study") from error
    if study.is_draft:
        raise Http404("this study is not open yet")
    return study


def invitation_or_404(token: str) -> Invitation:
    invitation = Invitation.objects.select_related("study", "participant__study").filter(token=token).first()
    if invitation is None or invitation.study.is_draft:
        raise Http404("no such personal link")
    return invitation


def wants_trial(request: HttpRequest) -> bool:
    return (request.POST or request.GET).get("try") == "1"


def trials_for_staff(view: View) -> View:
    """Only staff try a study: others are asked to sign in, or refused once they have."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if wants_trial(request) and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if wants_trial(request) and not request.user.is_staff:
            raise PermissionDenied("Only staff can try a study.")
        return view(request, *args, **kwargs)

    return answer
