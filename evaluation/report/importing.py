"""Checked rows → ratings of a closed study, in one transaction."""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from evaluation.design import Role
from evaluation.errors import StudyError
from evaluation.models import Item, Participant, Rating, Stimulus, Study
from evaluation.report.rows import BadRow, Key, Row

LONGEST_NAME = 60
BATCH = 2000  # rows of one INSERT: a statement of some hundred kilobytes


@dataclass(frozen=True)
class Imported:
    """What was added."""

    study: Study
    ratings: int
    participants: int
    stimuli: int


def import_rows(rows: list[Row], name: str) -> Imported:
    """Add all rows to the closed study called `name`, which is made if there is none.

    Raises:
        StudyError: the study is a draft or open, or its name cannot be one.
        BadRow: a row that does not fit the study, which is then left as it was.
    """
    with transaction.atomic():
        study = closed_study(name)
        stimuli, people = study_stimuli(study, rows), study_participants(study, rows)
        refuse_known(study, rows)
        items = new_items(study, rows, stimuli, people)
        Item.objects.bulk_create(items, BATCH)
        ratings = [Rating(item=item, score=row.score) for item, row in zip(items, rows, strict=True)]
        Rating.objects.bulk_create(ratings, BATCH)
    return Imported(study, len(rows), len({row.participant for row in rows}), len({row.key for row in rows}))


def closed_study(name: str) -> Study:
    """The study to add to, locked until the transaction ends."""
    if not Study.objects.filter(name=name).exists():
        check_name(name)
        made = {"title": name, "state": Study.State.CLOSED, "closed": timezone.now(), "n_repeats": 0, "n_attention": 0}
        Study.objects.get_or_create(name=name, version=1, defaults=made)
    study = Study.objects.select_for_update().get(pk=Study.objects.newest(name).pk)
    if study.state != Study.State.CLOSED:
        raise StudyError("not-closed", f"{study} takes no imported ratings: close it first, or choose another name.")
    return study


def check_name(name: str) -> None:
    try:
        validate_slug(name)
    except ValidationError as error:
        raise StudyError("bad-name", f"study {name!r}: a name has letters, digits, hyphens and underscores") from error
    if len(name) > LONGEST_NAME:
        raise StudyError("bad-name", f"study {name!r}: a name has at most {LONGEST_NAME} characters")


def study_stimuli(study: Study, rows: list[Row]) -> dict[Key, Stimulus]:
    """Every stimulus by kind and label, new ones made in the order of their pairs: files are often shuffled."""
    known = {(stimulus.kind, stimulus.label): stimulus for stimulus in study.stimuli.all()}
    holder = {(kind, s.pair): s.label for (kind, _), s in known.items() if s.pair}
    new: dict[Key, Stimulus] = {}
    for row in rows:
        if row.key in known:
            check_same(known[row.key], row)
        elif row.key not in new:
            check_free(study, row, holder)
            new[row.key] = Stimulus(
                study=study, label=row.stimulus, kind=row.kind, pair=row.pair, expression=row.expression or ""
            )
    in_order = sorted(new.values(), key=lambda stimulus: natural(stimulus.pair or stimulus.label))
    Stimulus.objects.bulk_create(in_order)  # which goes round Stimulus.save and its refusal of a closed study
    return known | new


def natural(name: str) -> list[tuple[int, int, str]]:
    """A sort key that puts "p2" before "p10"."""
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def check_same(stimulus: Stimulus, row: Row) -> None:
    for what in ("pair", "expression"):
        here, there = getattr(row, what), getattr(stimulus, what)
        if here is not None and here != there:
            raise BadRow(row.line, f"{row.stimulus} has {what} {here!r} here and {there!r} in the study")
    if stimulus.hidden or stimulus.practice:
        raise BadRow(row.line, f"{row.stimulus} is hidden or for practice in the study")


def check_free(study: Study, row: Row, holder: dict[Key, str]) -> None:
    if study.opened is not None:
        what = f"{row.stimulus} ({row.kind})"
        raise BadRow(row.line, f"{what} is not in {study.name}, whose stimuli were frozen when it was opened")
    other = holder.get((row.kind, row.pair)) if row.pair else None
    if other is not None:
        raise BadRow(row.line, f"pair {row.pair} of the study has a stimulus of kind {row.kind} already: {other}")


def study_participants(study: Study, rows: list[Row]) -> dict[str, Participant]:
    """Every participant by label, new ones made in the order of the file, as if they had just finished."""
    known = {participant.label: participant for participant in study.participants.all()}
    number = max((participant.number for participant in known.values()), default=0)
    new: dict[str, Participant] = {}
    now = timezone.now()
    for row in rows:
        if row.participant in known:
            if known[row.participant].simulated:
                raise BadRow(row.line, f"{row.participant} is a simulated participant of the study")
        elif row.participant not in new:
            new[row.participant] = Participant(
                study=study, number=number + len(new) + 1, label=row.participant, began=now, last_seen=now, finished=now
            )
    Participant.objects.bulk_create(new.values())
    return known | new


def refuse_known(study: Study, rows: list[Row]) -> None:
    shown = Item.objects.filter(participant__study=study, role=Role.MAIN)
    known = set(shown.values_list("participant__label", "kind", "stimulus__label"))
    for row in rows:
        if (row.participant, *row.key) in known:
            raise BadRow(row.line, f"{row.participant} was given {row.stimulus} ({row.kind}) already in the study")


def new_items(
    study: Study, rows: list[Row], stimuli: dict[Key, Stimulus], people: dict[str, Participant]
) -> list[Item]:
    """An item for each row, after those that its participant has already."""
    last = study.participants.annotate(last=Max("items__position")).values_list("label", "last")
    position = {label: -1 if at is None else at for label, at in last}
    items = []
    for row in rows:
        position[row.participant] += 1
        items.append(
            Item(
                participant=people[row.participant], position=position[row.participant], kind=row.kind,
                role=Role.MAIN, stimulus=stimuli[row.key],
            )
        )  # fmt: skip
    return items
