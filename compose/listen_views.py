"""The page that hears the emotion in a file of music; the file is gone when the answer is there."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from compose import listening
from compose.forms import LARGEST_MUSIC, MusicForm
from compose.titles import EMOTIONS
from compose.views import wants_json
from ml.errors import CheckpointError, MidiError, SentiMozartError, SoundError
from sentimozart_site.operations import limits

STATUS_OF = {
    "too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
}
# Why a file was not heard, for visitors; the errors themselves are for whoever calls the model.
REFUSALS = {
    "bad-midi": _("%(name)s is not a MIDI file that can be read."),
    "bad-sound": _("%(name)s is not a sound file that can be read; MP3, Ogg, FLAC and WAV are."),
    "busy": _("Many files are being listened to just now; please try again in a minute."),
    "no-notes": _("There are no piano notes in %(name)s."),
    "silent": _("Nothing can be heard in %(name)s."),
    "too-long": _("%(name)s lasts longer than can be listened to here."),
    "too-short": _("%(name)s is too short to be heard as music."),
}


@require_http_methods(["GET", "HEAD", "POST"])
def listen(request: HttpRequest) -> HttpResponse:
    """Ask for a file, or say what was heard in one."""
    if request.method != "POST":
        return show(request)
    limits.take("upload", limits.client_of(request))
    form = MusicForm(request.POST, request.FILES)
    if not form.is_valid():
        code, detail = form.first_error()
        return refuse(request, code, detail, STATUS_OF.get(code, HTTPStatus.BAD_REQUEST))
    music = form.cleaned_data["music"]
    try:
        heard = listening.hear_upload(music.chunks(), music.name)
    except (MidiError, SoundError) as error:
        detail = error.detail if wants_json(request) else in_words(error, str(music.name))
        return refuse(request, error.code, detail, STATUS_OF.get(error.code, HTTPStatus.BAD_REQUEST))
    except SentiMozartError as error:  # ours to mend: weights that are missing, say
        return refuse(request, error.code, error.detail, HTTPStatus.SERVICE_UNAVAILABLE)
    return JsonResponse(heard) if wants_json(request) else show(request, heard=heard)


def in_words(error: SentiMozartError, name: str) -> str:
    return str(REFUSALS.get(error.code, error.detail)) % {"name": name}


def refuse(request: HttpRequest, code: str, detail: str, status: HTTPStatus) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"code": code, "detail": detail}, status=status)
    return show(request, status, error=detail)


def show(request: HttpRequest, status: HTTPStatus = HTTPStatus.OK, **context: Any) -> HttpResponse:
    context |= {"largest_mb": LARGEST_MUSIC // 2**20, "longest_min": listening.LONGEST_SOUND_S // 60}
    if "heard" in context:
        context["mood"] = EMOTIONS[context["heard"]["mood"]]
    context |= {"scores": scores(), "largest_midi_mb": listening.LARGEST_MIDI_BYTES / 1e6}
    return render(request, "compose/listen.html", context, status=status)


def scores() -> dict[str, Any] | None:
    """How good the listener is; nothing where its weights are missing, which the answer to a file then says."""
    try:
        return listening.listener_scores()
    except CheckpointError:
        return None
