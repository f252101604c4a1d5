"""The wall: pieces that their makers showed to everyone, the newest first."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compose import titles
from compose.models import Composition
from compose.thumbnail import Thumbnail, thumbnail_of

A_PAGE = 24


@dataclass(frozen=True)
class Card:
    """One piece on the wall; nothing here tells of the face that it came from."""

    piece: Composition
    thumbnail: Thumbnail


@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    """One page of the wall, of all emotions or of one."""
    emotion = request.GET.get("emotion", "")
    if emotion and emotion not in titles.EMOTIONS:
        raise Http404(f"no emotion is called {emotion!r}")
    pieces = Composition.objects.wall()
    page = page_of(Paginator(pieces.filter(emotion=emotion) if emotion else pieces, A_PAGE), request)
    context = {
        "emotions": titles.EMOTIONS.items(),
        "emotion": emotion,
        "emotion_word": titles.EMOTIONS.get(emotion, ""),
        "page": page,
        "cards": [Card(piece, thumbnail_of(piece.score, piece.duration_s or 0.0)) for piece in page],
    }
    return render(request, "compose/wall.html", context)


def page_of(pages: "Paginator[Composition]", request: HttpRequest) -> Any:
    number = request.GET.get("page", "1")
    try:
        return pages.page(number)
    except (EmptyPage, PageNotAnInteger) as error:
        raise Http404(f"the wall has no page {number!r}") from error
