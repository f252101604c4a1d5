"""What the rating page gets and gives: nothing that tells a pair, every rating once, and only one's own items."""

import json
import threading
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from evaluation.design import Role
from evaluation.models import Item, Participant, Rating
from ml.domain import EXPRESSIONS
from tests.evaluation.participant.conftest import begin

pytestmark = pytest.mark.django_db

ITEM_KEYS = {"id", "kind", "role", "media", "asked", "seconds"}


def send(client: Client, body: Any, name: str = "faces") -> Any:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(f"/study/{name}/ratings/", data, content_type="application/json")


def state(client: Client) -> dict[str, Any]:
    return dict(client.get("/study/faces/state.json").json())


def first(participant: Participant, kind: str = "image") -> Item:
    return participant.items.filter(kind=kind, role=Role.MAIN)[0]


def test_the_state_lists_what_is_left_in_order(client: Client, participant: Participant) -> None:
    before = state(client)
    assert [item["id"] for item in before["items"]] == [str(item.pk) for item in participant.items.open()]
    assert (before["done"], before["total"]) == (0, len(before["items"]))
    assert (before["study"], before["code"]) == ("Faces and music", participant.shown_code)
    assert (before["sound_checked"], before["finished"], before["simulated"]) == (False, False, False)
    Rating.objects.give(participant.items.open()[0], 4.0)
    after = state(client)
    assert after["done"] == 1 and after["items"] == before["items"][1:] and after["parts"] == before["parts"]


def test_the_state_and_the_files_tell_neither_pair_nor_expression(client: Client, participant: Participant) -> None:
    told = [client.get("/study/faces/state.json")]
    items = told[0].json()["items"]
    told += [client.get(item["media"]) for item in items if item["media"]]
    told += [client.get(item["media"] + "?download") for item in items if item["media"]]
    heads = "".join(f"{name}: {value}\n" for answer in told for name, value in answer.headers.items())
    words = told[0].content.decode() + heads
    hidden = [*EXPRESSIONS, "p001", "-image", "-music", "repeat", "main"]
    hidden += [str(s.uid) for s in participant.study.stimuli.all()]
    assert not [word for word in hidden if word in words.replace('"kind": "image"', "")]
    assert all(set(item) == ITEM_KEYS for item in items)
    assert {item["role"] for item in items} == {"rate", "attention"}
    assert participant.items.filter(role=Role.REPEAT).count() == 2


def test_files_come_whole_or_in_part_and_may_be_kept_by_the_browser_alone(
    client: Client, participant: Participant
) -> None:
    item = first(participant, "music")
    assert item.stimulus is not None
    sound, address = item.stimulus.audio.read(), f"/study/faces/media/{item.pk}/"
    whole = client.get(address)
    assert (whole.content, whole["Content-Type"]) == (sound, "audio/wav")
    assert "private" in whole["Cache-Control"]
    part = client.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, sound[10:20])


def test_other_peoples_items_are_not_there(client: Client, participant: Participant) -> None:
    other = first(begin(Client(), participant.study))
    assert client.get(f"/study/faces/media/{other.pk}/").status_code == 404
    answer = send(client, {"item": str(other.pk), "score": 5})
    assert (answer.status_code, answer.json()["code"]) == (404, "no-item")
    assert Client().get(f"/study/faces/media/{other.pk}/").status_code == 404
    check = participant.items.get(role=Role.ATTENTION, kind="image")
    assert client.get(f"/study/faces/media/{check.pk}/").status_code == 404
    assert not Rating.objects.exists()


def test_a_rating_is_stored_with_its_circumstances(client: Client, participant: Participant) -> None:
    item = first(participant, "music")
    message = {"score": 7.3, "response_ms": 12500, "plays": 2, "stalls": 1, "tab_changes": 3}
    answer = send(client, {"item": str(item.pk), **message})
    total = participant.items.count()
    assert answer.status_code == 201
    assert answer.json() == {"item": str(item.pk), "score": 7.3, "done": 1, "total": total, "finished": False}
    stored = Rating.objects.get(item=item)
    assert {name: getattr(stored, name) for name in message} == message


def test_the_first_rating_stands_however_often_it_is_sent(client: Client, participant: Participant) -> None:
    item = str(first(participant).pk)
    assert send(client, {"item": item, "score": 3}).status_code == 201
    again = send(client, {"item": item, "score": 9})
    assert (again.status_code, again.json()["score"], again.json()["done"]) == (200, 3.0, 1)
    assert Rating.objects.get().score == 3.0


def test_the_last_rating_finishes_the_session(client: Client, participant: Participant) -> None:
    for item in state(client)["items"]:
        answer = send(client, {"item": item["id"], "score": 5, "plays": 1})
    assert answer.json()["finished"] is True and state(client)["finished"] is True


@pytest.mark.parametrize(
    "score", ["null", '"7"', "true", "NaN", "Infinity", "-0.1", "10.01", "1e400", "[5]", "9" * 500]
)
def test_a_bad_score_is_named_and_refused(client: Client, participant: Participant, score: str) -> None:
    answer = send(client, f'{{"item": "{first(participant).pk}", "score": {score}}}')
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-score")
    shown = {"1e400": "Infinity", "9" * 500: "9" * 60 + "…"}.get(score, score)
    assert shown in answer.json()["detail"]
    assert not Rating.objects.exists()


@pytest.mark.parametrize("score", [0, 10, 0.0, 9.999, 5])
def test_every_score_on_the_scale_is_taken(client: Client, participant: Participant, score: float) -> None:
    assert send(client, {"item": str(first(participant).pk), "score": score}).json()["score"] == score


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "bad-message"),
        ("{", 400, "bad-message"),
        (b"\xff\xfe", 400, "bad-message"),
        ("[" * 4000, 400, "bad-message"),
        ("[]", 400, "bad-message"),
        ({"score": 5}, 400, "bad-message"),
        ({"item": 7, "score": 5}, 400, "bad-message"),
        ({"item": "x", "score": 5}, 400, "bad-message"),
        ({"item": str(uuid.UUID(int=1)), "score": 5}, 404, "no-item"),
        ({"item": str(uuid.UUID(int=1)), "score": 5, "plays": -1}, 400, "bad-message"),
        ({"item": str(uuid.UUID(int=1)), "score": 5, "plays": 1.5}, 400, "bad-message"),
        ({"item": str(uuid.UUID(int=1)), "score": 5, "response_ms": "9"}, 400, "bad-message"),
        ("[" + " " * 5000 + "]", 413, "too-large"),
    ],
)
def test_a_bad_message_is_refused(client: Client, participant: Participant, body: Any, status: int, code: str) -> None:
    answer = send(client, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_count_beyond_reason_is_cut_and_the_rating_kept(client: Client, participant: Participant) -> None:
    message = {"item": str(first(participant).pk), "score": 5, "response_ms": 10**12, "stalls": 10**6}
    assert send(client, message).status_code == 201
    assert (Rating.objects.get().response_ms, Rating.objects.get().stalls) == (2**31 - 1, 2**15 - 1)


def test_music_is_heard_before_it_is_rated(client: Client, participant: Participant) -> None:
    message = {"item": str(first(participant, "music").pk), "score": 5}
    for body in (message, message | {"plays": 0}):
        assert send(client, body).json()["code"] == "not-heard"
    check = participant.items.get(role=Role.ATTENTION, kind="music")  # there is nothing to hear
    assert send(client, {"item": str(check.pk), "score": 5}).status_code == 201


def test_without_a_session_nothing_is_taken(client: Client, participant: Participant) -> None:
    message = {"item": str(first(participant).pk), "score": 5}
    answer = send(Client(), message)
    assert (answer.status_code, answer.json()["code"]) == (401, "no-session")
    participant.withdraw()
    for answer in (send(client, message), client.get("/study/faces/state.json")):
        assert (answer.status_code, answer.json()["code"]) == (410, "withdrawn")


def test_a_rating_needs_the_forms_token(participant: Participant, client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    message = json.dumps({"item": str(first(participant).pk), "score": 5})
    address, kind = "/study/faces/ratings/", "application/json"
    assert strict.post(address, message, content_type=kind).status_code == 403
    strict.get("/study/faces/state.json")
    token = {"X-CSRFToken": strict.cookies["csrftoken"].value}
    assert strict.post(address, message, content_type=kind, headers=token).status_code == 201


def test_the_sound_check_is_noted(client: Client, participant: Participant) -> None:
    address, kind = "/study/faces/sound-check/", "application/json"
    assert client.post(address, {"tries": 2}, content_type=kind).status_code == 200
    participant.refresh_from_db()
    assert participant.sound_check_tries == 2 and participant.sound_checked is not None
    assert state(client)["sound_checked"] is True
    for bad in ({"tries": 0}, {"tries": "two"}, {}):
        assert client.post(address, bad, content_type=kind).json()["code"] == "bad-message"


@pytest.mark.django_db(transaction=True)
def test_when_the_answer_comes_the_rating_is_committed(client: Client, participant: Participant) -> None:
    """Another connection sees it; in a test's usual transaction it would not."""
    assert send(client, {"item": str(first(participant).pk), "score": 6}).status_code == 201
    seen: list[float] = []

    def look() -> None:
        seen.extend(Rating.objects.values_list("score", flat=True))
        connection.close()

    other = threading.Thread(target=look)
    other.start()
    other.join()
    assert seen == [6.0]


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_committed_is_not_acknowledged(client: Client, participant: Participant) -> None:
    """A check that the database makes at the very end of the transaction fails: no answer may call it stored."""
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute(REFUSE_AT_COMMIT)
    try:
        answer = send(client, {"item": str(first(participant).pk), "score": 6})
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION refuse_rating CASCADE")
    assert answer.status_code == 500
    assert not Rating.objects.exists()
    assert send(client, {"item": str(first(participant).pk), "score": 6}).status_code == 201


REFUSE_AT_COMMIT = """
CREATE FUNCTION refuse_rating() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
CREATE CONSTRAINT TRIGGER refuse_rating AFTER INSERT ON evaluation_rating
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_rating();
"""
