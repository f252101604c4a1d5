"""With the code one goes on elsewhere or withdraws; guessing is slowed down."""

import html

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from evaluation.models import Erasure, Item, Participant, Rating, Study
from tests.evaluation import building
from tests.evaluation.participant.conftest import begin

pytestmark = pytest.mark.django_db


def test_the_code_brings_the_session_to_another_device(participant: Participant) -> None:
    phone = Client()
    answer = phone.post("/study/resume/", {"code": participant.shown_code.lower()})
    assert answer.headers["Location"] == "/study/faces/rate/"
    assert phone.get("/study/faces/state.json").json()["code"] == participant.shown_code


@pytest.mark.parametrize(("code", "words"), [("", "type your code"), ("ABC", "3 letters"), ("A" * 12, "no session")])
def test_a_wrong_code_is_told_plainly(participant: Participant, code: str, words: str) -> None:
    answer = Client().post("/study/resume/", {"code": code})
    assert answer.status_code == 400
    assert words in html.unescape(answer.content.decode())


@pytest.mark.parametrize("address", ["/study/resume/", "/study/withdraw/"])
def test_guessing_codes_is_slowed_down(participant: Participant, address: str, settings: Settings) -> None:
    settings.LIMITS = settings.LIMITS | {"code": (3, 3600)}
    right = {"code": participant.code, "confirm": "on"}
    for _ in range(3):
        assert Client().post(address, {"code": "A" * 12, "confirm": "on"}).status_code == 400
    assert Client().post(address, right).status_code == 429  # nothing is learnt any more, not even from a right one
    assert Participant.objects.exists()
    assert Client(REMOTE_ADDR="192.0.2.7").post(address, right).status_code in (200, 302)


def test_right_codes_are_not_counted_as_guesses(participant: Participant, settings: Settings) -> None:
    settings.LIMITS = settings.LIMITS | {"code": (3, 3600)}
    for _ in range(4):
        assert Client().post("/study/resume/", {"code": participant.code}).status_code == 302


@pytest.mark.parametrize("finished", [False, True], ids=["during", "after"])
def test_withdrawing_leaves_only_an_anonymous_line(client: Client, participant: Participant, finished: bool) -> None:
    if finished:
        building.rate_all(participant)
    else:
        Rating.objects.give(participant.items.open()[0], 4.0)
    n_ratings = Rating.objects.count()
    page = client.get("/study/withdraw/?study=faces").content.decode()
    assert f'value="{participant.shown_code}"' in page
    answer = client.post("/study/withdraw/", {"code": participant.shown_code, "confirm": "on"})
    assert f"{n_ratings} ratings" in answer.content.decode() or "its one rating" in answer.content.decode()
    assert not (Participant.objects.exists() or Item.objects.exists() or Rating.objects.exists())
    assert [erasure.n_ratings for erasure in Erasure.objects.all()] == [n_ratings]
    assert client.get("/study/faces/state.json").status_code == 401  # this browser has forgotten it too


def test_withdrawing_has_to_be_meant(client: Client, participant: Participant) -> None:
    answer = client.post("/study/withdraw/", {"code": participant.shown_code})
    assert answer.status_code == 400 and "you mean it" in answer.content.decode()
    assert Participant.objects.exists()


def test_withdrawing_erases_one_session_and_no_other(client: Client, study: Study, participant: Participant) -> None:
    other = begin(Client(), study)
    building.rate_all(other)
    n_ratings = Rating.objects.count()
    client.post("/study/withdraw/", {"code": participant.shown_code, "confirm": "on"})
    assert Participant.objects.get() == other and Rating.objects.count() == n_ratings


def test_withdrawing_twice_leaves_one_line(participant: Participant) -> None:
    same = Participant.objects.get(pk=participant.pk)
    participant.withdraw()
    same.withdraw()
    assert Erasure.objects.count() == 1


def test_the_latest_session_is_the_one_whose_code_is_filled_in(client: Client, participant: Participant) -> None:
    other = begin(client, building.opened(1, name="other"))
    assert other.shown_code in client.get("/study/withdraw/").content.decode()
    assert participant.shown_code in client.get("/study/withdraw/?study=faces").content.decode()
    assert 'value="' not in client.get("/study/withdraw/?study=third").content.decode().split('name="code"')[1][:60]
