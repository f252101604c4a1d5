"""Pages: the stage, and asking for a piece on it."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from compose import admission, ownership, pipeline, readers
from compose.forms import EMOTION_CHOICES, PieceForm
from compose.models import Composition
from ml import emotion
from ml.domain import EXPRESSIONS
from ml.errors import EmotionError, FrameError, SentiMozartError
from ml.frames import FRAME_MAX_PX
from sentimozart_site.operations.limits import client_of

STATUS_OF = {"too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
# Why a photo was refused, for visitors; the errors themselves are for whoever calls the models.
REFUSALS = {
    "bad-image": gettext_lazy("This file is not a picture that can be read; a whole JPEG, PNG or WebP is."),
    "too-large": gettext_lazy("This picture has too many pixels to be read. Please choose a smaller one."),
    "no-face": gettext_lazy("No face was found in this photo. Try one where the face is larger, upright and well lit."),
}


@require_safe
def stage(request: HttpRequest) -> HttpResponse:
    return show_stage(request)


def show_stage(request: HttpRequest, error: str | None = None, status: int = HTTPStatus.OK) -> HttpResponse:
    context = {"emotions": EMOTION_CHOICES, "expressions": EXPRESSIONS, "error": error, "max_frame_px": FRAME_MAX_PX}
    return render(request, "compose/stage.html", context, status=status)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "compose/privacy.html", {"piece_days": settings.PIECE_DAYS})


@require_POST
def create_piece(request: HttpRequest) -> HttpResponse:
    """Ask for a piece for a chosen emotion or an uploaded photo."""
    form = PieceForm(request.POST, request.FILES)
    if not form.is_valid():
        code, detail = form.first_error()
        return refuse(request, code, detail, STATUS_OF.get(code, HTTPStatus.BAD_REQUEST))
    admission.admit(client_of(request))
    try:
        composition = ask(form)
    except (FrameError, EmotionError) as error:
        detail = str(REFUSALS.get(error.code, error.detail))
        return refuse(request, error.code, detail, STATUS_OF.get(error.code, HTTPStatus.BAD_REQUEST))
    except SentiMozartError as error:  # ours to mend: weights that are missing, say
        return refuse(request, error.code, error.detail, HTTPStatus.SERVICE_UNAVAILABLE)
    return answer_with(request, composition)


def ask(form: PieceForm) -> Composition:
    chosen = form.cleaned_data["emotion"]
    if chosen:
        return Composition.objects.ask(emotion.target(chosen), Composition.Source.EMOTION)
    expression = readers.read_photo(form.cleaned_data["photo"].read()).expression
    assert expression is not None  # read_photo refuses a photo without a face
    target = pipeline.target_of(expression, form.cleaned_data["finer"])
    return Composition.objects.ask(target, Composition.Source.PHOTO, expression)


def answer_with(request: HttpRequest, composition: Composition) -> HttpResponse:
    """Where the piece that was asked for will be; the browser that asked is its maker from now on."""
    if wants_json(request):
        answer = {"piece": str(composition.id), "url": composition.get_absolute_url()}
        return ownership.give(JsonResponse(answer, status=HTTPStatus.CREATED), composition)
    return ownership.give(redirect(composition), composition)


def wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def refuse(request: HttpRequest, code: str, detail: str, status: HTTPStatus) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"code": code, "detail": detail}, status=status)
    return show_stage(request, detail, status)
