"""A ready study from any pictures: drawn by expression, read, and their clips composed in this process.

All of it happens in one transaction: workers and pages see the finished study or nothing.
"""

import random
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from django.core.files.storage import default_storage
from django.db import transaction

from compose.jobs import make
from compose.models import SEEDS, Composition, midi_path
from compose.pipeline import read_picture
from evaluation import pairs, pieces
from evaluation.errors import StudyError
from evaluation.models import Stimulus, Study
from evaluation.models.stimulus import stimulus_path
from evaluation.researcher.uploads import DAMAGED, expression_of, is_wanted
from ml.domain import EXPRESSIONS, EmotionTarget, Expression
from ml.errors import FrameError

PICTURES = (".jpg", ".jpeg", ".png", ".webp")
TRAINING, HELD_OUT = "train", "test"  # folders of FER2013's zip: faces that the network has not learnt from are better

Advance = Callable[[str], object]  # told each picture's name once its clip is there


class Pictures:
    """The pictures of a folder or a zip, by path within it.

    Raises:
        StudyError: there is no such folder or zip, it is damaged, or holds no pictures; its detail names it.
    """

    def __init__(self, source: Path) -> None:
        self.source = source
        self.archive = None if source.is_dir() else open_zip(source)
        names = self.archive.namelist() if self.archive else [str(p.relative_to(source)) for p in source.rglob("*")]
        self.names = preferred([name for name in names if name.lower().endswith(PICTURES) and is_wanted(name)])
        if not self.names:
            raise StudyError("no-images", f"{source}: there are no pictures in it ({', '.join(PICTURES)})")

    def read(self, name: str) -> bytes:
        try:
            return self.archive.read(name) if self.archive else (self.source / name).read_bytes()
        except DAMAGED as error:
            raise StudyError("bad-images", f"{self.source}: {name} cannot be read ({error})") from error

    def by_expression(self, chance: random.Random) -> dict[str, list[str]]:
        """Names by the expression that their folder is called after, each list in drawn order; "" holds the others."""
        groups: dict[str, list[str]] = {}
        for name in self.names:
            groups.setdefault(expression_of(name), []).append(name)
        labelled = {label: groups[label] for label in EXPRESSIONS if label in groups} or groups
        return {label: chance.sample(names, len(names)) for label, names in labelled.items()}


def open_zip(source: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except FileNotFoundError as error:
        raise StudyError("no-images", f"{source}: no such folder or zip") from error
    except DAMAGED as error:
        raise StudyError("bad-images", f"{source}: neither a folder nor a zip ({error})") from error


def preferred(names: list[str]) -> list[str]:
    """In order; where both a train/ and a test/ folder are there, those under test/ only."""
    parts = {name: PurePosixPath(name).parts[:-1] for name in sorted(names)}
    held_out = [name for name, folders in parts.items() if HELD_OUT in folders]
    has_training = any(TRAINING in folders for folders in parts.values())
    return held_out if held_out and has_training else list(parts)


@dataclass
class Drawn:
    """What was drawn: per expression the names and readings that are used, and why others were passed over."""

    chosen: dict[str, list[tuple[str, bytes, Expression]]] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)

    def __len__(self) -> int:
        return sum(len(group) for group in self.chosen.values())


def draw(pictures: Pictures, per_expression: int, chance: random.Random) -> Drawn:
    """Take so many readable pictures of each expression: of its folder, or without folders as the machine reads it."""
    drawn = Drawn()
    for folder, names in pictures.by_expression(chance).items():
        wanted = (folder,) if folder else EXPRESSIONS
        for name in names:
            if all(len(drawn.chosen.get(label, ())) >= per_expression for label in wanted):
                break
            data = pictures.read(name)
            try:
                expression = read_picture(data)
            except FrameError as error:
                drawn.skipped[error.code] += 1
                continue
            group = drawn.chosen.setdefault(folder or expression.label, [])
            if len(group) < per_expression:
                group.append((name, data, expression))
    return drawn


def build(study: Study, drawn: Drawn, chance: random.Random, advance: Advance) -> None:
    """Save the study, with every picture and its clip, or leave neither rows nor files behind.

    Raises:
        StudyError: a clip could not be made; its detail names the picture.
    """
    asked: list[Composition] = []

    def draw_up(target: EmotionTarget, source: str, expression: Expression) -> Composition:
        asked.append(Composition.objects.draw_up(target, source, expression, seed=chance.randrange(SEEDS)))
        return asked[-1]

    try:
        with transaction.atomic():
            study.save()
            for label in EXPRESSIONS:
                for name, data, expression in drawn.chosen.get(label, ()):
                    pieces.settle(pairs.add_pair(study, data, label), expression, draw_up)
                    compose(asked[-1], name)
                    advance(name)
    except BaseException:  # Ctrl-C too
        remove_folder(study_folder(study))
        for piece in asked:
            remove_folder(str(PurePosixPath(midi_path(piece, "")).parent))
        raise


def compose(piece: Composition, name: str) -> None:
    piece.state = Composition.State.COMPOSING
    make(piece)
    if piece.state != Composition.State.READY:
        raise StudyError(piece.error_code, f"{name}: {piece.error_detail}")


def study_folder(study: Study) -> str:
    return str(PurePosixPath(stimulus_path(Stimulus(study=study), "")).parent)


def remove_folder(folder: str) -> None:
    """Remove a folder of files, if it is there."""
    if default_storage.exists(folder):
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")
        default_storage.delete(folder)
