"""A ready piece's files: its notes as JSON and MIDI, its sound, its picture."""

from uuid import UUID

from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_safe

from compose import piece_words, titles
from compose.media import file_response
from compose.models import Composition
from ml.music.pedal import needed_pedal
from ml.music.picture import Words, draw_piece

PICTURE_S = 24 * 3600  # for how long a browser keeps a picture: its words and colours may change


@require_GET
def piece_notes(request: HttpRequest, piece_id: UUID) -> JsonResponse:
    """Notes, where two hands could not hold them, and up to where they are another piece's."""
    composition = ready_or_404(piece_id)
    pedal = [[round(from_s, 3), round(to_s, 3)] for from_s, to_s in needed_pedal(composition.score)]
    answer = {
        "seconds": composition.duration_s,
        "notes": composition.notes,
        "pedal": pedal,
        "primer_s": composition.primer_s,
    }
    return JsonResponse(answer)


@require_safe
def piece_audio(request: HttpRequest, piece_id: UUID) -> HttpResponse:
    composition = ready_or_404(piece_id)
    return serve(request, composition, composition.audio, "audio/mpeg")


@require_safe
def piece_opening(request: HttpRequest, piece_id: UUID) -> HttpResponse:
    """The first seconds of a piece that is still being composed."""
    composition = get_object_or_404(Composition, pk=piece_id, opening__gt="")
    return serve(request, composition, composition.opening, "audio/mpeg")


@require_safe
def piece_midi(request: HttpRequest, piece_id: UUID) -> HttpResponse:
    composition = ready_or_404(piece_id)
    return serve(request, composition, composition.midi, "audio/midi")


@require_safe
def piece_picture(request: HttpRequest, piece_id: UUID) -> HttpResponse:
    """The piano roll as a PNG, with its title in the language that the address names, else in the visitor's."""
    composition = ready_or_404(piece_id)
    asked = request.GET.get("language", "")
    with translation.override(asked if asked in dict(settings.LANGUAGES) else translation.get_language()):
        response = HttpResponse(picture_of(composition), content_type="image/png")
        response["Cache-Control"] = f"private, max-age={PICTURE_S}"
        if "download" in request.GET:
            response["Content-Disposition"] = content_disposition_header(True, file_name(composition, "png")) or ""
    return response


def picture_of(composition: Composition) -> bytes:
    seconds = composition.duration_s or 0.0
    lasts = ngettext("%(n)d second of piano", "%(n)d seconds of piano", round(seconds)) % {"n": round(seconds)}
    words = Words(composition.title, piece_words.origin_of(composition), "SentiMozart", lasts)
    return draw_piece(composition.score, needed_pedal(composition.score), seconds, composition.emotion, words)


def ready_or_404(piece_id: UUID) -> Composition:
    return get_object_or_404(Composition, pk=piece_id, state=Composition.State.READY)


def serve(request: HttpRequest, composition: Composition, file: FieldFile, content_type: str) -> HttpResponse:
    suffix = file.name.rsplit(".", 1)[-1] if file.name else ""
    try:
        return file_response(request, file, content_type, file_name(composition, suffix))
    except FileNotFoundError as error:
        raise Http404(f"the file of piece {composition.id} is gone") from error


def file_name(composition: Composition, suffix: str) -> str:
    return f"SentiMozart - {composition.title.replace(titles.NO_BREAK, ' ')}.{suffix}"
