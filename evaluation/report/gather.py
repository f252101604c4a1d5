"""QuerySets → StudyData: what a study's participants answered, simulated ones never beside real ones."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Q, Sum

from evaluation.analysis.data import AttentionCheck, RatingTable, Repeat, StimulusInfo, StudyData
from evaluation.design import Role
from evaluation.models import Item, Participant, Study

ANALYSED = (Role.MAIN, Role.REPEAT, Role.ATTENTION)  # practice is for practising


class Answer(NamedTuple):
    """One screen of one participant; `score` is None while it is not answered."""

    participant: str
    stimulus: int | None
    role: str
    asked: float | None
    score: float | None


@dataclass(frozen=True)
class Session:
    """How one participant's session went.

    Args:
        ratings: of the study's stimuli, without practice, repeats and attention checks.
        minutes: from the first page to the last rating; None for one that is not finished or was imported.
        about: what they told about themselves, by question.
    """

    participant: str
    ratings: int
    is_finished: bool
    minutes: float | None
    tab_changes: int
    stalls: int
    about: dict[str, str] = field(default_factory=dict)


def study_data(study: Study, simulated: bool = False) -> StudyData:
    """Everything the analysis needs, in two queries."""
    keys, stimuli = rated_stimuli(study)
    answers = answers_of(study, simulated)
    ratings = rating_table(keys, stimuli, answers)
    labels = dict(zip(keys, (s.label for s in stimuli), strict=True))
    return StudyData(
        ratings,
        repeats(labels, answers),
        attention(set(ratings.participants), answers),
        study.target_ratings if study.opened else 0,  # imported ratings were collected for a target of their own
    )


def rated_stimuli(study: Study) -> tuple[list[int], tuple[StimulusInfo, ...]]:
    """Primary keys and descriptions of what is rated, in the order in which the researcher added it."""
    shown = study.stimuli.visible().filter(practice=False).order_by("pk")
    rows = list(shown.values_list("pk", "label", "kind", "pair", "expression", "predicted_mos"))
    return [row[0] for row in rows], tuple(StimulusInfo(*row[1:]) for row in rows)


def answers_of(study: Study, simulated: bool) -> list[Answer]:
    """All analysed screens, by participant and position."""
    items = Item.objects.filter(participant__study=study, participant__simulated=simulated, role__in=ANALYSED)
    fields = ("participant__label", "stimulus_id", "role", "asked", "rating__score")
    return [Answer(*row) for row in items.order_by("participant__number", "position").values_list(*fields)]


def rating_table(keys: list[int], stimuli: tuple[StimulusInfo, ...], answers: Iterable[Answer]) -> RatingTable:
    """The main ratings, with those who gave at least one."""
    column = {key: i for i, key in enumerate(keys)}
    people: dict[str, int] = {}
    participant, stimulus, score = [], [], []
    for answer in answers:
        if answer.role == Role.MAIN and answer.score is not None and answer.stimulus in column:
            participant.append(people.setdefault(answer.participant, len(people)))
            stimulus.append(column[answer.stimulus])
            score.append(answer.score)
    as_arrays: Any = (participant, stimulus, score)  # RatingTable makes them arrays
    return RatingTable(tuple(people), stimuli, *as_arrays)


def repeats(labels: dict[int, str], answers: Iterable[Answer]) -> tuple[Repeat, ...]:
    """Both scores of every stimulus that somebody rated twice."""
    first: dict[tuple[str, int], float] = {}
    second: dict[tuple[str, int], float] = {}
    for answer in answers:
        if answer.stimulus in labels and answer.score is not None:
            showing = second if answer.role == Role.REPEAT else first
            showing[answer.participant, answer.stimulus] = answer.score
    return tuple(
        Repeat(person, labels[stimulus], first[person, stimulus], score)
        for (person, stimulus), score in second.items()
        if (person, stimulus) in first
    )


def attention(people: set[str], answers: Iterable[Answer]) -> tuple[AttentionCheck, ...]:
    """The attention checks of those who rated something."""
    return tuple(
        AttentionCheck(answer.participant, answer.asked, answer.score)
        for answer in answers
        if answer.role == Role.ATTENTION and answer.asked is not None and answer.participant in people
    )


def sessions(study: Study, simulated: bool = False) -> list[Session]:
    """How the sessions went of those who rated something, in one query."""
    rated = Q(items__role=Role.MAIN, items__stimulus__hidden=False, items__stimulus__practice=False)
    people = (
        Participant.objects.filter(study=study, simulated=simulated)
        .annotate(
            n=Count("items__rating", filter=rated),
            tab_changes=Sum("items__rating__tab_changes"),
            stalls=Sum("items__rating__stalls"),
        )
        .filter(n__gt=0)
        .order_by("number")
    )
    rows = people.values_list("label", "n", "began", "finished", "tab_changes", "stalls", "demographics")
    return [
        Session(
            label, n, finished is not None, minutes_between(began, finished), tab_changes or 0, stalls or 0, about or {}
        )
        for label, n, began, finished, tab_changes, stalls, about in rows
    ]


def minutes_between(began: datetime, finished: datetime | None) -> float | None:
    """None, too, where both are the same: an imported session has no duration."""
    if finished is None or finished <= began:
        return None
    return round((finished - began).total_seconds() / 60.0, 2)
