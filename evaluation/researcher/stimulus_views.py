"""What is done with a draft's stimuli, and what the workshop's script asks after."""

from dataclasses import asdict

from django.forms import Form
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from compose.piece_words import EXPRESSION_WORDS
from evaluation import pairs, pieces
from evaluation.errors import StudyError
from evaluation.models import Stimulus, Study
from evaluation.researcher import uploads
from evaluation.researcher.access import changes_draft, staff_only
from evaluation.researcher.cards import card_of, cards_of
from evaluation.researcher.forms import PairForm, PieceForm
from evaluation.researcher.readiness import readiness

MOST_REFUSALS = 8  # named on the page; more would bury it


@changes_draft
def upload_images(request: HttpRequest, study: Study) -> str:
    """Keep the good pictures and queue their readings; name the others."""
    upload = received(request)
    for picture in upload.pictures:
        queue_reading(pairs.add_pair(study, picture.data, picture.expression))
    if not upload.pictures:
        detail = _("No picture could be used.")
        raise StudyError("no-images", f"{detail} {refused(upload.refusals)}")
    n = len(upload.pictures)
    kept = ngettext(
        "%(n)d picture is here. The machine reads it and composes its clip.",
        "%(n)d pictures are here. The machine reads each one and composes its clip.",
        n,
    )
    return f"{kept % {'n': n}} {refused(upload.refusals)}".strip()


def received(request: HttpRequest) -> uploads.Upload:
    """The pictures that came with a form.

    Raises:
        StudyError: none did.
        UploadError: see `uploads.receive`.
    """
    files = request.FILES.getlist("images")
    if not files:
        raise StudyError("no-images", _("No picture came: choose some JPEG, PNG or WebP files, or a zip of them."))
    return uploads.receive((file.name or _("a file"), file) for file in files)


def refused(refusals: list[str]) -> str:
    if not refusals:
        return ""
    named, n_more = " · ".join(refusals[:MOST_REFUSALS]), len(refusals) - MOST_REFUSALS
    more = _(" · and %(n)d more") % {"n": n_more} if n_more > 0 else ""
    return _("Left out: %(named)s") % {"named": named} + more


def queue_reading(image: Stimulus) -> None:
    from evaluation.jobs import prepare_pair  # with it comes the pipeline

    prepare_pair.defer(stimulus_id=image.pk)


def first_error(form: Form) -> str:
    return str(next(iter(form.errors.as_data().values()))[0].messages[0])


@changes_draft
def attach_piece(request: HttpRequest, study: Study) -> str:
    form = PieceForm(request.POST)
    if not form.is_valid():
        raise StudyError("no-piece", first_error(form))
    clip = pieces.attach(study, form.cleaned_data["piece"], form.cleaned_data["pair"])
    return _("The piece is %(clip)s.") % {"clip": clip}


@changes_draft
def set_pair(request: HttpRequest, study: Study, stimulus_id: int) -> str:
    """Which of the two is rated, practice or not, and the expression; chosen for want of a reading, it is composed."""
    stimulus = get_object_or_404(study.stimuli, pk=stimulus_id)
    form = PairForm(request.POST)
    if not form.is_valid():
        raise StudyError("bad-choice", first_error(form))
    wanted = form.cleaned_data
    for each in pairs.both(stimulus):
        each.hidden = wanted["shown"] not in (each.kind, PairForm.BOTH)
        each.practice, each.expression = wanted["practice"], wanted["expression"]
        each.save()
    image, clip = pairs.image_of(stimulus), pairs.clip_of(stimulus)
    if image and clip and image.problem and image.expression and clip.composition is None:
        pieces.compose_for(clip)
        expression = EXPRESSION_WORDS[image.expression]
        return _("A clip for “%(expression)s” is being composed.") % {"expression": expression}
    return _("%(name)s is saved.") % {"name": stimulus.pair or stimulus.label}


@changes_draft
def replace_image(request: HttpRequest, study: Study, stimulus_id: int) -> str:
    image = get_object_or_404(study.stimuli, pk=stimulus_id, kind=Stimulus.Kind.IMAGE)
    upload = received(request)
    if len(upload.pictures) != 1:
        raise StudyError("no-images", refused(upload.refusals) or _("Choose one picture, not several."))
    pairs.replace_picture(image, upload.pictures[0].data)
    queue_reading(image)
    return _("The picture is replaced: the machine reads it and composes a new clip.")


@changes_draft
def compose_again(request: HttpRequest, study: Study, stimulus_id: int) -> str:
    """Another piece for the same reading; an image that could not be read is read once more."""
    stimulus = get_object_or_404(study.stimuli.select_related("composition"), pk=stimulus_id)
    image, clip = pairs.image_of(stimulus), pairs.clip_of(stimulus)
    if image and not image.probabilities and (image.problem or not image.expression):
        image.problem = ""
        image.save()
        queue_reading(image)
        return _("The machine looks at the picture once more.")
    if clip is None:
        raise StudyError("no-clip", _("%(stimulus)s has no clip to compose.") % {"stimulus": stimulus})
    pieces.compose_for(clip)
    return _("Another clip is being composed; the old one keeps its own page.")


@changes_draft
def delete_pair(request: HttpRequest, study: Study, stimulus_id: int) -> str:
    stimulus = get_object_or_404(study.stimuli, pk=stimulus_id)
    pairs.remove(stimulus)
    return _("%(name)s is deleted.") % {"name": stimulus.pair or stimulus.label}


@staff_only
@require_safe
def stimuli_json(request: HttpRequest, study_id: int) -> JsonResponse:
    """Where every card stands, and what the study still lacks."""
    study = get_object_or_404(Study, pk=study_id)
    cards = cards_of(study)
    answer = {"cards": [card.describe() for card in cards], "readiness": asdict(readiness(study, cards))}
    return JsonResponse(answer)


@staff_only
@require_safe
def card(request: HttpRequest, study_id: int, stimulus_id: int) -> HttpResponse:
    """One card alone, for the script to put in the place of the old one."""
    study = get_object_or_404(Study, pk=study_id)
    found = card_of(study, get_object_or_404(study.stimuli, pk=stimulus_id))
    return render(request, "evaluation/researcher/_card.html", {"study": study, "card": found})
