"""What the rating page fetches and sends: the items still open, their files, ratings, the sound check."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST, require_safe

from compose.media import file_response
from evaluation.design import Role
from evaluation.errors import StudyError
from evaluation.models import Item, Participant, Rating, Stimulus
from evaluation.participant import messages, sessions

STATUS_OF = {**messages.STATUS_OF, **sessions.STATUS_OF, "no-item": HTTPStatus.NOT_FOUND}
SHOWN_ROLES = {Role.PRACTICE: "practice", Role.ATTENTION: "attention"}  # a repeat looks like any other
CONTENT_TYPES = {
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "png": "image/png",
    "wav": "audio/wav",
    "webp": "image/webp",
}

View = Callable[..., HttpResponse]


def refusing_in_json(view: View) -> View:
    """What the view refuses is answered with `code` and `detail`."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except StudyError as error:
            return JsonResponse({"code": error.code, "detail": error.detail}, status=STATUS_OF[error.code])

    return answer


@require_GET
@never_cache
@ensure_csrf_cookie  # a page that was refused for an old token gets a fresh one here
@refusing_in_json
def state(request: HttpRequest, name: str) -> HttpResponse:
    """Where the session stands and what is still to be rated, in order; nothing in it tells a pair or an expression."""
    participant = sessions.need(request, name)
    participant.seen()
    left = participant.items.open().select_related("stimulus__composition")
    # In order of appearance, as the page counts them: "part 1 of 2".
    parts = list(dict.fromkeys(participant.items.order_by("position").values_list("kind", flat=True)))
    return JsonResponse(
        {
            "study": participant.study.title,
            "code": participant.shown_code,
            **progress(participant),
            "sound_checked": participant.sound_checked is not None,
            "simulated": participant.simulated,
            "parts": parts,
            "items": [describe(item, name) for item in left],
        }
    )


def progress(participant: Participant) -> dict[str, Any]:
    total, n_left = participant.items.count(), participant.items.open().count()
    return {"done": total - n_left, "total": total, "finished": n_left == 0}


def describe(item: Item, name: str) -> dict[str, Any]:
    """An item as the page receives it."""
    stimulus = item.stimulus
    composition = stimulus.composition if stimulus else None
    return {
        "id": str(item.id),
        "kind": item.kind,
        "role": SHOWN_ROLES.get(Role(item.role), "rate"),
        "media": reverse("study-media", args=[name, item.id]) if stimulus else None,
        "asked": item.asked,
        "seconds": composition.duration_s if composition else None,
    }


@require_safe
def media(request: HttpRequest, name: str, item_id: UUID) -> HttpResponse:
    """The frozen image or clip of one of this browser's own items."""
    participant = sessions.find(request, name)
    item = participant.items.filter(pk=item_id).select_related("stimulus").first() if participant else None
    if item is None or item.stimulus is None or not item.stimulus.media:
        raise Http404("no such item in this session")
    file = item.stimulus.media
    suffix = str(file.name).rsplit(".", 1)[-1].lower()
    try:
        content_type = CONTENT_TYPES.get(suffix, "application/octet-stream")
        return file_response(request, file, content_type, f"{item_id}.{suffix}")
    except FileNotFoundError as error:
        raise Http404(f"the file of item {item_id} is gone") from error


@require_POST
@refusing_in_json
def ratings(request: HttpRequest, name: str) -> HttpResponse:
    """Store a rating, or answer with the one that was stored before; it is committed when the answer leaves."""
    participant = sessions.need(request, name)
    message = messages.read_rating(request)
    item = participant.items.filter(pk=message.item).first()
    if item is None:
        raise StudyError("no-item", f"There is no item {message.item} in this session.")
    if item.kind == Stimulus.Kind.MUSIC and item.stimulus_id is not None and message.plays < 1:
        raise StudyError("not-heard", _("A piece has to be heard before it is rated."))
    rating, is_new = Rating.objects.give(item, message.score, **message.circumstances)
    answer = {"item": str(item.id), "score": rating.score, **progress(participant)}
    return JsonResponse(answer, status=HTTPStatus.CREATED if is_new else HTTPStatus.OK)


@require_POST
@refusing_in_json
def sound_check(request: HttpRequest, name: str) -> HttpResponse:
    """Note that this participant hears what is played."""
    participant = sessions.need(request, name)
    participant.sound_checked, participant.sound_check_tries = timezone.now(), messages.read_tries(request)
    participant.save(update_fields=["sound_checked", "sound_check_tries"])
    return JsonResponse({"sound_checked": True})
