"""From an image's reading to its clip: the reading is stored and the piece asked for, once.

A piece follows the machine's reading through the paper's merge; only where there is none, the expression that the
researcher chose.
"""

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from compose.models import Composition
from evaluation import pairs
from evaluation.errors import StudyError
from evaluation.models import Stimulus, Study
from ml import emotion
from ml.domain import EXPRESSIONS, EmotionTarget, Expression

Ask = Callable[..., Composition]  # Composition.objects.ask, or draw_up where no worker is to make the piece


def awaits_reading(image: Stimulus) -> bool:
    """Whether the machine has still to look at it."""
    return image.study.is_draft and image.probabilities is None and not image.problem


def settle(image: Stimulus, expression: Expression, ask: Ask | None = None) -> Composition | None:
    """Store a reading and ask for the piece; once, however often the picture is read.

    Returns:
        The piece that was asked for; None when there was nothing to do any more.
    """
    with transaction.atomic():
        current = still_the_same(image)
        if current is None or not awaits_reading(current):
            return None
        current.probabilities = expression.as_dict()
        current.expression = current.expression or expression.label
        current.save()
        clip = pairs.clip_of(current)
        if clip is None:
            return None
        clip.expression = current.expression
        if clip.composition_id is not None:  # attached by hand meanwhile
            clip.save()
            return None
        target = emotion.target_for(expression)
        piece = (ask or Composition.objects.ask)(target, Composition.Source.STUDY, expression)
        pairs.give_piece(clip, piece)
    return piece


def note_problem(image: Stimulus, sentence: str) -> None:
    """Write down why there is no reading, unless the researcher found a way round it meanwhile."""
    with transaction.atomic():
        current = still_the_same(image)
        if current is None or not awaits_reading(current):
            return
        clip = pairs.clip_of(current)
        if clip is None or clip.composition_id is None:
            current.problem = sentence
            current.save()


def still_the_same(image: Stimulus) -> Stimulus | None:
    """The image, locked with its study; None when its picture was replaced, or it is gone."""
    Study.objects.select_for_update().filter(pk=image.study_id).first()
    return Stimulus.objects.select_related("study").filter(pk=image.pk, uid=image.uid).first()


def compose_for(clip: Stimulus) -> None:
    """Ask for another piece: for the machine's reading, else for the expression chosen by hand.

    Raises:
        StudyError: nothing says what to compose for.
    """
    image = pairs.image_of(clip)
    reading = reading_of(image) if image else None
    if reading is not None:
        target = emotion.target_for(reading)
    elif image is not None and image.expression:
        target = emotion.target(emotion.MERGE[image.expression])
    else:
        target, reading = same_again(clip)
    pairs.give_piece(clip, Composition.objects.ask(target, Composition.Source.STUDY, reading))
    if image is not None and image.problem:
        image.problem = ""
        image.save()


def same_again(clip: Stimulus) -> tuple[EmotionTarget, Expression | None]:
    if clip.composition is None:
        raise StudyError("no-expression", f"{clip} has no reading to compose for: choose an expression first.")
    return clip.composition.target, clip.composition.reading


def reading_of(image: Stimulus) -> Expression | None:
    """The machine's reading, in the order of the expressions."""
    if not image.probabilities:
        return None
    return Expression(tuple(image.probabilities[label] for label in EXPRESSIONS))


def attach(study: Study, piece: Composition, pair: str = "") -> Stimulus:
    """Take an existing piece: as the clip of `pair`, or alone.

    Raises:
        StudyError: the piece could not be made, or there is no such pair.
    """
    if piece.state == Composition.State.FAILED:
        raise StudyError(
            "failed-piece", _("The piece %(piece)s could not be made: choose another one.") % {"piece": piece.pk}
        )
    if not pair:
        label = f"{pairs.next_name(study, pairs.LONE)}-music"
        return Stimulus.objects.create(
            study=study, kind=Stimulus.Kind.MUSIC, label=label, expression=piece.expression, composition=piece
        )
    image = study.stimuli.filter(kind=Stimulus.Kind.IMAGE, pair=pair).first()
    clip = pairs.clip_of(image) if image else None
    if image is None or clip is None:
        raise StudyError("no-pair", _("There is no pair %(pair)s in this study.") % {"pair": pair})
    pairs.give_piece(clip, piece)
    if image.problem:
        image.problem = ""
        image.save()
    return clip
