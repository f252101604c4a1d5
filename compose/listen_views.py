"""The page that hears the emotion in a file of music; the file is gone when the answer is there."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from compose import listening
from compose.forms import LARGEST_MUSIC, MusicForm
from compose.views import wants_json
from ml.errors import CheckpointError, MidiError, SentiMozartError, SoundError

STATUS_OF = {
    "too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
}


@require_http_methods(["GET", "HEAD", "POST"])
def listen(request: HttpRequest) -> HttpResponse:
    """Ask for a file, or say what was heard in one."""
    if request.method != "POST":
        return show(request)
    form = MusicForm(request.POST, request.FILES)
    if not form.is_valid():
        code, detail = form.first_error()
        return refuse(request, code, detail, STATUS_OF.get(code, HTTPStatus.BAD_REQUEST))
    music = form.cleaned_data["music"]
    try:
        heard = listening.hear_upload(music.chunks(), music.name)
    except (MidiError, SoundError) as error:
        return refuse(request, error.code, error.detail, STATUS_OF.get(error.code, HTTPStatus.BAD_REQUEST))
    except SentiMozartError as error:  # ours to mend: weights that are missing, say
        return refuse(request, error.code, error.detail, HTTPStatus.SERVICE_UNAVAILABLE)
    return JsonResponse(heard) if wants_json(request) else show(request, heard=heard)


def refuse(request: HttpRequest, code: str, detail: str, status: HTTPStatus) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"code": code, "detail": detail}, status=status)
    return show(request, status, error=detail)


def show(request: HttpRequest, status: HTTPStatus = HTTPStatus.OK, **context: Any) -> HttpResponse:
    context |= {"largest_mb": LARGEST_MUSIC // 2**20, "longest_min": listening.LONGEST_SOUND_S // 60}
    context |= {"scores": scores(), "largest_midi_mb": listening.LARGEST_MIDI_BYTES / 1e6}
    return render(request, "compose/listen.html", context, status=status)


def scores() -> dict[str, Any] | None:
    """How good the listener is; nothing where its weights are missing, which the answer to a file then says."""
    try:
        return listening.listener_scores()
    except CheckpointError:
        return None
