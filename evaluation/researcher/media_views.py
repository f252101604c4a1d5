"""A stimulus's files for the staff: in a draft a clip's files are its piece's, once frozen they are the study's own."""

from pathlib import Path

from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from compose.media import file_response
from evaluation.models import Stimulus, Study
from evaluation.researcher.access import staff_only

CONTENT_TYPES = {
    ".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp",
    ".mp3": "audio/mpeg", ".wav": "audio/wav", ".ogg": "audio/ogg", ".mid": "audio/midi",
}  # fmt: skip


@staff_only
@require_safe
def image(request: HttpRequest, study_id: int, stimulus_id: int) -> HttpResponse:
    return serve(request, study_id, stimulus_id, "image")


@staff_only
@require_safe
def audio(request: HttpRequest, study_id: int, stimulus_id: int) -> HttpResponse:
    return serve(request, study_id, stimulus_id, "audio")


@staff_only
@require_safe
def midi(request: HttpRequest, study_id: int, stimulus_id: int) -> HttpResponse:
    return serve(request, study_id, stimulus_id, "midi")


def serve(request: HttpRequest, study_id: int, stimulus_id: int, name: str) -> HttpResponse:
    study = get_object_or_404(Study, pk=study_id)
    stimulus = get_object_or_404(study.stimuli.select_related("composition"), pk=stimulus_id)
    file = file_of(study, stimulus, name)
    suffix = Path(file.name or "").suffix
    if not file or suffix not in CONTENT_TYPES:
        raise Http404(f"{stimulus} has no {name}")
    try:
        response = file_response(request, file, CONTENT_TYPES[suffix], f"{study.name}-{stimulus.label}{suffix}")
    except FileNotFoundError as error:
        raise Http404(f"the {name} of {stimulus} is gone") from error
    if study.is_draft:
        response["Cache-Control"] = "private, no-cache"  # it may be replaced under the same address
    return response


def file_of(study: Study, stimulus: Stimulus, name: str) -> FieldFile:
    holder = stimulus.composition if study.is_draft and stimulus.composition and name != "image" else stimulus
    file: FieldFile = getattr(holder, name)
    return file
