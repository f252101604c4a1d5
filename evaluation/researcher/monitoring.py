"""What the monitor shows: who is where, and how far each stimulus is; real and simulated sessions apart."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.design import Role
from evaluation.models import Participant, Rating, Study
from evaluation.models.session import RESERVED
from evaluation.researcher.flags import Answer, flags

PRESENT = timedelta(minutes=2)  # a sign of life this fresh: someone sits there now


def overview(study: Study) -> dict[str, Any]:
    """Everything on the monitor, ready for JSON: sentences and numbers, by row."""
    return {
        "state": study.state,
        "withdrawn": study.erasures.count(),
        "real": half(study, simulated=False),
        "simulated": half(study, simulated=True),
    }


def half(study: Study, simulated: bool) -> dict[str, Any]:
    """The real sessions, or the simulated ones."""
    people = sessions(study, simulated)
    stimuli = progress(study, simulated)
    states = [person["state"] for person in people]
    wanted = sum(stimulus["max"] for stimulus in stimuli)
    given = sum(min(stimulus["value"], stimulus["max"]) for stimulus in stimuli)
    return {
        "people": people,
        "stimuli": stimuli,
        "counts": {
            "finished": states.count("finished"),
            "active": states.count("here") + states.count("away"),
            "expired": states.count("expired"),
            "flagged": sum(bool(person["fields"]["flags"]) for person in people),
            "ratings": sum(stimulus["value"] for stimulus in stimuli),
            "percent": 100 * given // wanted if wanted else 0,
        },
    }


def sessions(study: Study, simulated: bool) -> list[dict[str, Any]]:
    """One row per participant, those who came last first."""
    now, oddities = timezone.now(), flags_of(study, simulated)
    people = study.participants.filter(simulated=simulated).order_by("-number")
    counted = people.annotate(n_items=Count("items"), n_rated=Count("items__rating"))
    numbers = {pk: (n_items, n_rated) for pk, n_items, n_rated in counted.values_list("pk", "n_items", "n_rated")}
    return [person_row(person, *numbers[person.pk], oddities.get(person.pk, ()), now) for person in people]


def person_row(person: Participant, n_items: int, n_rated: int, odd: tuple[str, ...], now: datetime) -> dict[str, Any]:
    state = state_of(person, now)
    return {
        "key": person.label,
        "state": state,
        "value": n_rated,
        "max": n_items,
        "fields": {
            "label": person.label,
            "where": where(n_rated, n_items, state == "finished"),
            "state": str(STATE_WORDS[state]),
            "seen": ago(now - person.last_seen),
            "flags": "; ".join(odd),
        },
    }


def where(n_rated: int, n_items: int, is_finished: bool) -> str:
    if is_finished:
        return gettext("all %(n)d items") % {"n": n_items}
    return gettext("item %(i)d of %(n)d") % {"i": min(n_rated + 1, n_items), "n": n_items}


STATE_WORDS = {
    "finished": _("finished"),
    "here": _("rating now"),
    "away": _("away, place kept"),
    "expired": _("expired, place given back"),
}


def state_of(person: Participant, now: datetime) -> str:
    if person.finished is not None:
        return "finished"
    silent = now - person.last_seen
    return "here" if silent < PRESENT else "away" if silent <= RESERVED else "expired"


def ago(span: timedelta) -> str:
    """How long ago, as roughly as one wants to know it."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return gettext("just now")
    if minutes < 60:
        return gettext("%(n)d min ago") % {"n": minutes}
    hours = minutes // 60
    if hours < 48:
        return gettext("%(n)d h ago") % {"n": hours}
    return gettext("%(n)d days ago") % {"n": hours // 24}


def flags_of(study: Study, simulated: bool) -> dict[Any, tuple[str, ...]]:
    """What is odd, by participant's key; practice is for practising."""
    ratings = Rating.objects.filter(item__participant__study=study, item__participant__simulated=simulated)
    rows = ratings.exclude(item__role=Role.PRACTICE).values_list(
        "item__participant_id", "item__kind", "score", "item__asked", "response_ms", "tab_changes"
    )
    answers: dict[Any, list[Answer]] = defaultdict(list)
    for participant_id, kind, score, asked, response_ms, tab_changes in rows:
        answers[participant_id].append(Answer(kind, score, asked, response_ms, tab_changes))
    return {participant_id: flags(given) for participant_id, given in answers.items()}


def progress(study: Study, simulated: bool) -> list[dict[str, Any]]:
    """Ratings per stimulus against the target."""
    counting = Q(items__role=Role.MAIN, items__rating__isnull=False, items__participant__simulated=simulated)
    shown = study.stimuli.visible().filter(practice=False).order_by("pk")
    rows = shown.annotate(n=Count("items", filter=counting)).values_list("label", "n")
    target = study.target_ratings
    return [
        {"key": label, "value": n, "max": target, "fields": {"label": label, "n": f"{n} of {target}"}}
        for label, n in rows
    ]
