"""Pairs in a draft: an image and the place for the clip that is composed for it, each with its files.

An image's uid changes with its picture, so that whoever read the old one can tell that it is gone.
"""

import re
import uuid

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models.fields.files import FieldFile

from compose.models import Composition
from evaluation.models import Stimulus, Study

PAIR, LONE = "p", "m"  # p001: an image and its clip; m001: a clip without an image
SUFFIX_OF = {b"\xff\xd8": ".jpg", b"\x89P": ".png", b"RI": ".webp"}  # by the first two bytes


def next_name(study: Study, letter: str) -> str:
    """p001, p002, … or m001, m002, …: one after the highest so far."""
    labels = study.stimuli.values_list("label", flat=True)
    numbers = [int(found[1]) for label in labels if (found := re.match(rf"{letter}(\d+)-", label))]
    return f"{letter}{max(numbers, default=0) + 1:03d}"


def add_pair(study: Study, picture: bytes, expression: str = "") -> Stimulus:
    """An image and the place for its clip; returns the image."""
    pair = next_name(study, PAIR)
    image = Stimulus(study=study, kind=Stimulus.Kind.IMAGE, label=f"{pair}-image", pair=pair, expression=expression)
    store_picture(image, picture)
    image.save()
    Stimulus.objects.create(
        study=study, kind=Stimulus.Kind.MUSIC, label=f"{pair}-music", pair=pair, expression=expression
    )
    return image


def store_picture(image: Stimulus, picture: bytes) -> None:
    image.image.save(f"image{SUFFIX_OF.get(picture[:2], '')}", ContentFile(picture), save=False)


def replace_picture(image: Stimulus, picture: bytes) -> None:
    """Another picture in the same place: what was read and composed from the old one is dropped."""
    drop_files(image, "image")
    image.uid = uuid.uuid4()
    image.probabilities, image.problem, image.expression = None, "", ""
    store_picture(image, picture)
    image.save()
    clip = clip_of(image)
    if clip is not None:
        clip.expression = ""
        give_piece(clip, None)


def clip_of(stimulus: Stimulus) -> Stimulus | None:
    """The clip of an image's pair; a clip is its own."""
    if stimulus.kind == Stimulus.Kind.MUSIC:
        return stimulus
    return stimulus.study.stimuli.filter(kind=Stimulus.Kind.MUSIC, pair=stimulus.pair).exclude(pair="").first()


def image_of(stimulus: Stimulus) -> Stimulus | None:
    """The image of a clip's pair; an image is its own."""
    if stimulus.kind == Stimulus.Kind.IMAGE:
        return stimulus
    return stimulus.study.stimuli.filter(kind=Stimulus.Kind.IMAGE, pair=stimulus.pair).exclude(pair="").first()


def both(stimulus: Stimulus) -> list[Stimulus]:
    """The image and the clip of a pair, or the one there is."""
    return [each for each in (image_of(stimulus), clip_of(stimulus)) if each is not None]


def give_piece(clip: Stimulus, piece: Composition | None) -> None:
    """Make this the clip's piece; files that an earlier version of the study left are dropped."""
    drop_files(clip, "audio", "midi")
    clip.composition = piece
    clip.save()


def remove(stimulus: Stimulus) -> None:
    """Take a pair, or a lone stimulus, out of a draft, with its files."""
    for each in both(stimulus):
        drop_files(each, "image", "audio", "midi")
        each.delete()


def remove_study(study: Study) -> None:
    """Delete a study with everything in it, its files included."""
    for stimulus in study.stimuli.all():
        drop_files(stimulus, "image", "audio", "midi")
    study.delete()


def drop_files(stimulus: Stimulus, *names: str) -> None:
    """Forget files; they are deleted once that is committed."""
    for name in names:
        file: FieldFile = getattr(stimulus, name)
        if file:
            transaction.on_commit(lambda storage=file.storage, path=file.name: storage.delete(path))  # type: ignore[misc]
            setattr(stimulus, name, "")
