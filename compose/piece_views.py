"""A piece's own page, what is made from it, and whether it hangs on the wall."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from compose import admission, family, ownership, piece_words, titles
from compose.family import FamilyError
from compose.forms import FamilyForm, WallForm
from compose.models import Composition
from compose.views import answer_with, wants_json
from ml.music.picture import HEIGHT_PX, WIDTH_PX
from sentimozart_site.operations.limits import client_of

MOST_CHILDREN = 12  # that a page lists, the newest


@require_safe
def piece(request: HttpRequest, piece_id: UUID) -> HttpResponse:
    return show(request, get_object_or_404(Composition.objects.select_related("parent"), pk=piece_id))


def show(request: HttpRequest, composition: Composition, error: str = "", status: int = HTTPStatus.OK) -> HttpResponse:
    reading = composition.reading
    context = {
        "piece": composition,
        "error": error,
        "is_makers": ownership.is_makers(request, composition),
        "bars": list(reading.as_dict().items()) if reading else [],
        "origin": piece_words.origin_of(composition),
        "emotion": titles.EMOTIONS.get(composition.emotion, titles.EMOTIONS["custom"]),
        "expression": piece_words.expression_word(composition),
        "heard": piece_words.heard_sentence(composition),
        "failure": piece_words.failure_of(composition),
        "children": composition.children.filter(state=Composition.State.READY)[:MOST_CHILDREN],
        "page_url": request.build_absolute_uri(composition.get_absolute_url()),
    }
    if composition.state == Composition.State.READY:
        context |= {name: url for name, url in composition.describe().items() if name.endswith("_url")}
        context["offers"] = piece_words.offers(composition)
        picture_url = f"{context['picture_url']}?language={translation.get_language()}"
        context["preview"] = {"url": request.build_absolute_uri(picture_url), "width": WIDTH_PX, "height": HEIGHT_PX}
    return render(request, "compose/piece.html", context, status=status)


@require_POST
def make_from(request: HttpRequest, piece_id: UUID) -> HttpResponse:
    """Ask for a piece that comes from this one."""
    parent = get_object_or_404(Composition, pk=piece_id)
    form = FamilyForm(request.POST)
    if not form.is_valid():
        return refuse(request, parent, *form.first_error())
    try:
        plan = family.plan(parent, form.cleaned_data["way"], form.cleaned_data["at"])
    except FamilyError as error:
        return refuse(request, parent, error.code, error.detail)
    admission.admit(client_of(request))
    return answer_with(request, Composition.objects.ask_from(parent, plan, form.cleaned_data["seed"]))


@require_POST
def hang(request: HttpRequest, piece_id: UUID) -> HttpResponse:
    """Show a piece on the wall, or take it down: whoever had it made may do either."""
    composition = get_object_or_404(Composition, pk=piece_id)
    if not ownership.is_makers(request, composition):
        return refuse_stranger(request, composition)
    form = WallForm(request.POST)
    if not form.is_valid():
        return refuse(request, composition, *form.first_error())
    on_wall = form.cleaned_data["show"] == "yes"
    if on_wall and not composition.may_hang:
        detail = _("Only a piece that is ready can hang on the wall, and none that a study was given.")
        return refuse(request, composition, "may-not-hang", detail)
    Composition.objects.filter(pk=composition.pk).update(on_wall=on_wall)
    if wants_json(request):
        return JsonResponse({"on_wall": on_wall})
    return redirect(f"{composition.get_absolute_url()}#wall")


@require_POST
def erase(request: HttpRequest, piece_id: UUID) -> HttpResponse:
    """Delete a piece with its files; pieces that were made from it stay, without it."""
    composition = get_object_or_404(Composition, pk=piece_id)
    if not ownership.is_makers(request, composition) or composition.source == Composition.Source.STUDY:
        return refuse_stranger(request, composition)
    composition.delete()
    messages.success(request, _("The piece is erased."))
    return redirect("stage")


def refuse_stranger(request: HttpRequest, composition: Composition) -> HttpResponse:
    detail = _("Only the browser in which this piece was made may do that.")
    return refuse(request, composition, "not-yours", detail, HTTPStatus.FORBIDDEN)


def refuse(
    request: HttpRequest, composition: Composition, code: str, detail: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST
) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"code": code, "detail": detail}, status=status)
    return show(request, composition, detail, status)
