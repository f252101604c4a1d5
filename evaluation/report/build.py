"""A study → its Report: one JSON-ready dict that page, pictures, PDF and exports all read from.

docs/report-schema.md describes every field.
"""

import hashlib
import platform
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar, cast

import django
import numpy
import scipy
from django.core.cache import cache
from django.db.models import Count, Max, Q
from django.utils import timezone

from evaluation.analysis.data import StudyData
from evaluation.analysis.study import analyse
from evaluation.models import Rating, Study
from evaluation.report import methods, words
from evaluation.report.gather import Session, sessions, study_data
from evaluation.report.raters import raters

Report = dict[str, Any]
T = TypeVar("T")

SCHEMA = 1
SEED = 0  # of the bootstraps
KEPT_S = 3600  # that a report and its pictures stay in the cache


def build(study: Study, simulated: bool = False) -> Report:
    """Work the report out from the ratings as they are now.

    Args:
        simulated: the simulated participants alone, instead of the real ones alone.
    """
    data, people = study_data(study, simulated), sessions(study, simulated)
    report: Report = {
        "schema": SCHEMA,
        "study": study.name,
        "title": study.title,
        "version": study.version,
        "version_hash": study.version_hash,
        "state": study.state,
        "source": "imported" if is_imported(study) else "collected",
        "simulated": simulated,
        "generated": timezone.now().isoformat(timespec="seconds"),
        "software": software(),
        "seed": SEED,
        "counts": counts(study, simulated, data, people),
        **analyse(data, SEED).as_dict(),
    }
    report["participants"] = participants(report, data, people)
    report["demographics"] = demographics(people)
    report["headline"] = words.headline(report)
    report["methods"] = methods.paragraph(report, methods.Protocol.of(study))
    return report


def is_imported(study: Study) -> bool:
    """Whether its ratings came from a file: such a study was never open."""
    return study.state == Study.State.CLOSED and study.opened is None


def software() -> dict[str, str]:
    versions = {"numpy": numpy.__version__, "scipy": scipy.__version__, "django": django.__version__}
    return {"python": platform.python_version(), **versions}


def counts(study: Study, simulated: bool, data: StudyData, people: list[Session]) -> dict[str, int]:
    """People are those who rated something; only real people's erasures leave a line."""
    return {
        "participants": len(people),
        "finished": sum(person.is_finished for person in people),
        "ratings": len(data.ratings),
        "withdrawn": 0 if simulated else study.erasures.count(),
        "stimuli": len(data.ratings.stimuli),
    }


def participants(report: Report, data: StudyData, people: list[Session]) -> list[dict[str, Any]]:
    """One line per participant: how the session went, and how the ratings go with the others'."""
    against_others = {rater.participant: rater for rater in raters(data.ratings)}
    excluded = {exclusion["participant"] for exclusion in report["screening"]["exclusions"]}
    return [
        {
            "participant": person.participant,
            "ratings": person.ratings,
            "finished": person.is_finished,
            "minutes": person.minutes,
            "tab_changes": person.tab_changes,
            "stalls": person.stalls,
            "pearson_with_others": against_others[person.participant].pearson,
            "difference_from_others": against_others[person.participant].difference,
            "excluded": person.participant in excluded,
        }
        for person in people
    ]


def demographics(people: list[Session]) -> dict[str, dict[str, int]]:
    """For each question that somebody answered, how many gave each answer; alone, never beside anyone's ratings."""
    told: dict[str, Counter[str]] = {}
    for person in people:
        for question, answer in person.about.items():
            told.setdefault(question, Counter())[answer] += 1
    return {question: dict(sorted(counts.items())) for question, counts in sorted(told.items())}


def live_counts(study: Study, simulated: bool = False) -> dict[str, Any]:
    """What tells whether a report is still up to date, cheaply: how much has been rated, finished and erased."""
    mine = Rating.objects.filter(item__participant__study=study, item__participant__simulated=simulated)
    finished = Count("item__participant", filter=Q(item__participant__finished__isnull=False), distinct=True)
    found = mine.aggregate(ratings=Count("pk"), last=Max("given"), finished=finished)
    return {**found, "withdrawn": study.erasures.count(), "state": study.state}


def report_key(study: Study, simulated: bool = False) -> str:
    """A name for this state of the study's ratings: another rating or erasure gives another name."""
    state = (SCHEMA, study.pk, simulated, live_counts(study, simulated))
    return hashlib.sha256(repr(state).encode()).hexdigest()[:24]


def cached_report(study: Study, simulated: bool = False) -> tuple[str, Report]:
    """The report and its key, worked out only if somebody rated since."""
    key = report_key(study, simulated)
    return key, remembered(f"report-{key}", lambda: build(study, simulated))


def remembered(name: str, make: Callable[[], T]) -> T:
    """What the cache has under `name`, else what `make` gives, which it then keeps."""
    found = cache.get(name)
    if found is None:
        found = make()
        cache.set(name, found, KEPT_S)
    return cast(T, found)
