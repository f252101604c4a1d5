"""Which participant a browser is: one signed cookie with a participant for each study.

The cookie holds nothing else, is out of reach of scripts, and travels to the participants' pages alone.
"""

import uuid
from http import HTTPStatus

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from evaluation.errors import StudyError
from evaluation.models import Participant
from evaluation.participant import language

COOKIE, SALT, PATH = "study", "evaluation.participant", "/study/"
KEPT_S = 180 * 24 * 3600  # half a year: whoever comes back later has the code
MOST_STUDIES = 20  # in one cookie; about 100 bytes each, and browsers keep 4096

STATUS_OF = {"no-session": HTTPStatus.UNAUTHORIZED, "withdrawn": HTTPStatus.GONE}


def held(request: HttpRequest) -> dict[str, str]:
    """The participants of this browser by study name, the latest last; empty when the cookie is missing or forged."""
    signed = request.COOKIES.get(COOKIE, "")
    try:
        names = signing.loads(signed, salt=SALT, max_age=KEPT_S)
    except signing.BadSignature:
        return {}
    return dict(names)


def find(request: HttpRequest, name: str) -> Participant | None:
    """This browser's participant in the study called `name`; None when there is none, or none any more."""
    key = held(request).get(name)
    return Participant.objects.select_related("study").filter(pk=uuid.UUID(key)).first() if key else None


def need(request: HttpRequest, name: str) -> Participant:
    """This browser's participant in the study called `name`.

    Raises:
        StudyError: "no-session" where nobody began here, "withdrawn" where whoever did is erased.
    """
    participant = find(request, name)
    if participant is not None:
        language.speak(participant.study)
        return participant
    if name in held(request):
        raise StudyError("withdrawn", _("This session was withdrawn and its ratings erased."))
    raise StudyError("no-session", _("This browser has no session in this study: begin, or type your code."))


def hold(request: HttpRequest, response: HttpResponseBase, participant: Participant) -> None:
    """Let this browser be that participant from now on."""
    names = held(request)
    names.pop(participant.study.name, None)
    names[participant.study.name] = str(participant.pk)
    write(response, dict(list(names.items())[-MOST_STUDIES:]))


def forget(request: HttpRequest, response: HttpResponseBase, participant_id: uuid.UUID) -> None:
    """Drop an erased participant from this browser."""
    write(response, {name: key for name, key in held(request).items() if key != str(participant_id)})


def write(response: HttpResponseBase, names: dict[str, str]) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps(names, salt=SALT, compress=True),
        max_age=KEPT_S,
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
