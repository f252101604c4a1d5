"""The monitor: who is where, ratings against the target, and simulated sessions apart."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from evaluation.design import Role
from evaluation.models import Participant, Rating, Study
from evaluation.researcher.monitoring import ago, overview
from tests.evaluation.building import opened, rate_all

pytestmark = pytest.mark.django_db


def news(staff: Client, study: Study) -> dict[str, Any]:
    return dict(staff.get(f"/studies/{study.pk}/monitor.json").json())


def person(study: Study, silent: timedelta = timedelta(), **fields: Any) -> Participant:
    participant = Participant.objects.begin(study, **fields)
    Participant.objects.filter(pk=participant.pk).update(last_seen=timezone.now() - silent)
    return participant


def test_everybody_is_where_they_are(staff: Client) -> None:
    study = opened(n_repeats=0, n_attention=0)
    rate_all(person(study))
    here = person(study)
    Rating.objects.give(here.items.open()[0], 5.0)
    person(study, silent=timedelta(minutes=10))
    person(study, silent=timedelta(hours=3))
    shown = news(staff, study)["real"]
    assert [(p["key"], p["fields"]["state"], p["fields"]["where"]) for p in shown["people"]] == [
        ("P0004", "expired, place given back", "item 1 of 8"),
        ("P0003", "away, place kept", "item 1 of 8"),
        ("P0002", "rating now", "item 2 of 8"),
        ("P0001", "finished", "all 8 items"),
    ]
    assert shown["counts"] == {
        "finished": 1, "active": 2, "expired": 1, "flagged": 1, "ratings": 9, "percent": 100 * 9 // (8 * 20),
    }  # fmt: skip


def test_ratings_are_counted_against_the_target(staff: Client) -> None:
    study = opened(n_pairs=2, target_ratings=3, n_repeats=1, n_attention=1)
    for _ in range(2):
        rate_all(person(study))
    withdrawn = person(study)
    rate_all(withdrawn)
    withdrawn.withdraw()
    shown = news(staff, study)
    assert [(s["key"], s["value"], s["max"]) for s in shown["real"]["stimuli"]] == [
        (f"p00{pair}-{kind}", 2, 3) for pair in (1, 2) for kind in ("image", "music")
    ]
    assert shown["withdrawn"] == 1


def test_practice_and_repeats_fill_no_target(staff: Client) -> None:
    study = opened(n_pairs=6, n_repeats=1)
    participant = person(study)
    rate_all(participant)
    assert participant.items.filter(role=Role.REPEAT).exists()
    assert {s["value"] for s in news(staff, study)["real"]["stimuli"]} == {1}


def test_simulated_sessions_stand_apart(staff: Client) -> None:
    study = opened()
    rate_all(person(study))
    rate_all(person(study, simulated=True))
    shown = news(staff, study)
    assert [p["key"] for p in shown["real"]["people"]] == ["P0001"]
    assert [p["key"] for p in shown["simulated"]["people"]] == ["P0002"]
    assert {s["value"] for s in shown["real"]["stimuli"] + shown["simulated"]["stimuli"]} == {1}


def test_an_odd_session_is_flagged(staff: Client) -> None:
    study = opened(n_attention=2)
    participant = person(study)
    for item in participant.items.open():
        Rating.objects.give(item, 5.0, response_ms=300, tab_changes=1)
    (shown,) = news(staff, study)["real"]["people"]
    assert "missed 2 of 2 attention checks" in shown["fields"]["flags"]
    assert "nearly the same score" in shown["fields"]["flags"]
    assert shown["fields"]["flags"] in staff.get(f"/studies/{study.pk}/monitor/").content.decode()


def test_the_number_of_queries_does_not_grow_with_the_people(django_assert_num_queries: Any) -> None:
    study = opened()
    for _ in range(3):
        rate_all(person(study))
    with django_assert_num_queries(9):
        overview(study)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=2), "2 min ago"),
        (timedelta(minutes=125), "2 h ago"),
        (timedelta(days=3), "3 days ago"),
    ],
)
def test_times_are_told_roughly(span: timedelta, text: str) -> None:
    assert ago(span) == text
