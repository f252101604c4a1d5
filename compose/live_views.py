"""The sound of live music's phrases, each under the music's unguessable key."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from compose.live_models import LivePhrase
from compose.media import file_response


@require_safe
def live_phrase(request: HttpRequest, live_id: UUID, number: int) -> HttpResponse:
    phrase = get_object_or_404(LivePhrase, live=live_id, number=number, sound__gt="")
    try:
        return file_response(request, phrase.sound, "audio/flac", f"SentiMozart - {number}.flac")
    except FileNotFoundError as error:
        raise Http404(f"the sound of phrase {number} is gone") from error
