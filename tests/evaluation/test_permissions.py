"""Who may open what: every address of /study/ and /studies/, tried by every kind of visitor.

A new address without a row here fails the first test.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from evaluation.models import Invitation, Item, Participant, Study
from tests.evaluation.building import opened, rate_all

pytestmark = pytest.mark.django_db

VISITORS = ("anonymous", "participant", "member", "staff")
LOGIN = "/admin/login/"

# Staff only. Method, and what staff get for an open study: a page, or a refusal to change it, told on its page (302).
STAFF_AREA = {
    "studies": ("GET", 200),
    "study-new": ("GET", 200),
    "study": ("GET", 200),
    "study-edit": ("POST", 302),
    "study-open": ("POST", 302),
    "study-close": ("POST", 302),
    "study-revise": ("POST", 302),
    "study-delete": ("POST", 302),
    "study-images": ("POST", 302),
    "study-music": ("POST", 302),
    "study-stimuli": ("GET", 200),
    "study-card": ("GET", 200),
    "study-pair": ("POST", 302),
    "study-replace": ("POST", 302),
    "study-compose": ("POST", 302),
    "study-pair-delete": ("POST", 302),
    "study-image": ("GET", 200),
    "study-audio": ("GET", 200),
    "study-midi": ("GET", 404),  # these clips have none
    "study-links": ("GET", 200),
    "study-links-csv": ("GET", 200),
    "study-monitor": ("GET", 200),
    "study-monitor-json": ("GET", 200),
    "report": ("GET", 200),
    "report-counts": ("GET", 200),
    "report-picture": ("GET", 200),
    "report-pdf": ("GET", 200),
    "report-json": ("GET", 200),
    "report-mos-csv": ("GET", 200),
    "report-ratings-csv": ("GET", 200),
    "report-answers-csv": ("GET", 200),
    "report-calibration": ("GET", 404),  # these clips are too few
}

# Everybody's. Method, and what each of VISITORS gets; to all but the participant, a session's addresses are closed.
PARTICIPANTS_AREA = {
    "study-welcome": ("GET", (200, 302, 200, 200)),
    "study-begin": ("POST", (400, 302, 400, 400)),  # nobody agreed to anything; the participant is led back
    "study-rate": ("GET", (302, 200, 302, 302)),
    "study-done": ("GET", (302, 302, 302, 302)),  # not yet
    "study-state": ("GET", (401, 200, 401, 401)),
    "study-media": ("GET", (404, 200, 404, 404)),
    "study-ratings": ("POST", (401, 400, 401, 401)),
    "study-sound-check": ("POST", (401, 400, 401, 401)),
    "study-link": ("GET", (200, 200, 200, 200)),
    "study-resume": ("GET", (200, 200, 200, 200)),
    "study-withdraw": ("GET", (200, 200, 200, 200)),
}


@dataclass
class House:
    """An open study, someone who has begun it, and someone of each kind at the door."""

    study: Study
    participant: Participant
    item: Item
    invitation: Invitation

    def url(self, name: str) -> str:
        kind = "music" if name in ("study-audio", "study-midi") else "image"
        values: dict[str, Any] = {
            "study_id": self.study.pk,
            "stimulus_id": self.study.stimuli.filter(kind=kind)[0].pk,
            "name": "distribution" if name == "report-picture" else self.study.name,
            "token": self.invitation.token,
            "item_id": self.item.pk,
        }
        return reverse(name, kwargs={key: values[key] for key in keys_of(name)})

    def visit(self, visitor: str) -> Client:
        client = Client()
        if visitor == "participant":
            client.post(reverse("study-resume"), {"code": self.participant.code})
            assert client.cookies["study"].value
        elif visitor != "anonymous":
            client.force_login(User.objects.create_user(visitor, is_staff=visitor == "staff"))
        return client


@pytest.fixture
def house() -> House:
    study = opened()
    rate_all(Participant.objects.begin(study))  # so that there is something to report
    participant = Participant.objects.begin(study)
    item = participant.items.filter(stimulus__isnull=False).order_by("position")[0]
    return House(study, participant, item, Invitation.objects.create(study=study))


def addresses(patterns: list[Any]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns)
        else:
            yield pattern


def keys_of(name: str) -> list[str]:
    """The parts of an address that have to be filled in."""
    ((_, keys),) = get_resolver().reverse_dict.getlist(name)[0][0]
    return list(keys)


def test_every_address_has_a_row() -> None:
    names = [pattern.name for pattern in addresses(get_resolver("evaluation.urls").url_patterns)]
    assert sorted(map(str, names)) == sorted([*STAFF_AREA, *PARTICIPANTS_AREA])


@pytest.mark.parametrize("visitor", VISITORS)
def test_the_staffs_addresses_are_for_staff_alone(house: House, visitor: str) -> None:
    client = house.visit(visitor)
    for name, (method, expected) in STAFF_AREA.items():
        for tried in ("GET", "POST", "HEAD"):
            answer = client.generic(tried, house.url(name)) if visitor != "staff" or tried == method else None
            if answer is None:
                continue
            if visitor == "staff":
                assert answer.status_code == expected, name
                assert not answer.headers.get("Location", "").startswith(LOGIN), name
            elif visitor == "member":
                assert answer.status_code == 403, (name, tried)
            else:
                assert answer.status_code == 302, (name, tried)
                assert urlsplit(answer.headers["Location"]).path == LOGIN, (name, tried)


@pytest.mark.parametrize("visitor", VISITORS)
def test_a_session_is_open_to_its_participant_alone(house: House, visitor: str) -> None:
    client = house.visit(visitor)
    found = {}
    for name, (method, _) in PARTICIPANTS_AREA.items():
        found[name] = client.generic(method, house.url(name), "", "application/json").status_code
    column = VISITORS.index(visitor)
    assert found == {name: statuses[column] for name, (_, statuses) in PARTICIPANTS_AREA.items()}


def test_only_staff_try_a_study(house: House) -> None:
    url = house.url("study-welcome") + "?try=1"
    found = [house.visit(visitor).get(url) for visitor in VISITORS]
    assert [answer.status_code for answer in found] == [302, 302, 403, 200]
    assert all(urlsplit(answer.headers["Location"]).path == LOGIN for answer in found[:2])


def test_a_participant_reaches_nothing_of_anothers_session(house: House) -> None:
    other = Participant.objects.begin(house.study)
    client = house.visit("participant")
    for item in other.items.all():
        media = client.get(reverse("study-media", args=[house.study.name, item.pk]))
        assert media.status_code == 404
        body = {"item": str(item.pk), "score": 5, "response_ms": 9, "plays": 1, "stalls": 0, "tab_changes": 0}
        rating = client.post(house.url("study-ratings"), body, content_type="application/json")
        assert rating.status_code == 404
    assert not other.items.filter(rating__isnull=False).exists()


def test_a_participant_of_one_study_is_nobody_in_another(house: House) -> None:
    elsewhere = opened(name="elsewhere")
    client = house.visit("participant")
    assert client.get(reverse("study-state", args=[elsewhere.name])).status_code == 401
    assert client.get(reverse("study-rate", args=[elsewhere.name])).status_code == 302


@pytest.mark.parametrize("visitor", ["participant", "staff"])
def test_nothing_is_changed_without_a_token_of_the_page(house: House, visitor: str) -> None:
    client = house.visit(visitor)
    client.handler.enforce_csrf_checks = True
    for name, (method, _) in (STAFF_AREA | PARTICIPANTS_AREA).items():
        if method == "POST" or name in ("study-new", "study-links", "study-resume", "study-withdraw"):
            assert client.post(house.url(name)).status_code == 403, name
