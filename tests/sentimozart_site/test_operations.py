"""Health, metrics, logs and limits: what those who run the site see, and what it keeps to itself."""

import json
import logging

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from compose import admission, pipeline, readers
from compose.models import Composition
from compose.queue import n_ahead, queue_state
from ml import emotion
from sentimozart_site.operations import health, limits, logs
from sentimozart_site.operations.limits import TooMany

SOURCE = Composition.Source.EMOTION
EMPTY = "DELETE FROM procrastinate_jobs"  # that other tests left


@pytest.fixture
def empty_queue(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


def test_alive_without_a_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.usefixtures("empty_queue")
def test_ready_names_what_fails(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "are_warm", lambda: True)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "checks": {"database": "ok", "queue": "failing", "models": "ok", "font": "ok", "disk": "ok"},
    }
    details = {each.name: each.detail for each in health.checks()}
    assert details["database"].startswith("PostgreSQL 18")
    assert details["queue"].startswith("no worker has been heard of lately: 0 workers, 0 jobs waiting")


@pytest.mark.django_db
def test_missing_weights_and_fonts_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "are_warm", lambda: True)
    monkeypatch.setattr(pipeline, "WEIGHTS", ("composer.safetensors", "away.onnx"))
    monkeypatch.setenv("SOUNDFONT", "/nowhere/piano.sf2")
    details = {each.name: each.detail for each in health.checks() if not each.ok}
    assert details["models"] == "weights are missing: away.onnx"
    assert details["font"].startswith("/nowhere/piano.sf2: the soundfont cannot be read")


@pytest.mark.usefixtures("empty_queue")
def test_the_queue_is_counted_in_order() -> None:
    pieces = [Composition.objects.ask(emotion.target("happy"), SOURCE) for _ in range(3)]
    state = queue_state()
    assert (state.n_workers, state.n_waiting) == (0, 3)
    assert 0 <= state.oldest_s < 60
    assert [n_ahead(str(piece.id)) for piece in pieces] == [0, 1, 2]


@pytest.mark.usefixtures("empty_queue")
def test_metrics_are_for_staff_and_for_the_token(client: Client, settings: Settings) -> None:
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403
    settings.METRICS_TOKEN = "seventeen"
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    Composition.objects.ask(emotion.target("sad"), SOURCE)
    text = client.get("/metrics", headers={"Authorization": "Bearer seventeen"}).content.decode()
    assert 'sentimozart_pieces{state="queued"} 1.0' in text
    assert "sentimozart_jobs_waiting 1.0" in text
    assert 'route="/metrics",status="403"' in text


@pytest.mark.django_db
def test_the_status_page_is_for_staff(client: Client) -> None:
    assert client.get("/staff/status/").status_code == 302
    client.force_login(User.objects.create_user("ada", is_staff=True))
    Composition.objects.draw_up(emotion.target("sad"), SOURCE).fail("no-soundfont", "the soundfont is gone")
    page = client.get("/staff/status/").content.decode()
    assert "no worker has been heard of lately" in page
    assert "no-soundfont: the soundfont is gone" in page


@pytest.mark.django_db
def test_requests_are_logged_by_their_pattern_alone(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    piece = Composition.objects.draw_up(emotion.target("sad"), SOURCE)
    with caplog.at_level(logging.INFO, "sentimozart_site.requests"):
        client.get(f"/pieces/{piece.id}/", REMOTE_ADDR="203.0.113.7")
    (record,) = [record for record in caplog.records if record.name == "sentimozart_site.requests"]
    line = logs.JsonFormatter().format(record)
    facts = json.loads(line)
    assert (facts["method"], facts["route"], facts["status"]) == ("GET", "/pieces/<uuid:piece_id>/", 200)
    assert "203.0.113.7" not in line and str(piece.id) not in line


def test_a_failure_is_logged_with_its_traceback() -> None:
    try:
        raise ValueError("odd")
    except ValueError as error:
        record = logging.LogRecord("compose", logging.ERROR, __file__, 1, "no %s", ("luck",), (ValueError, error, None))
    facts = json.loads(logs.JsonFormatter().format(record))
    assert (facts["level"], facts["message"]) == ("ERROR", "no luck")
    assert "ValueError: odd" in facts["traceback"]


def test_so_often_and_no_more(settings: Settings) -> None:
    settings.LIMITS = {"compose": (2, 3600)}
    limits.take("compose", "ada")
    limits.look("compose", "ada")
    limits.take("compose", "ada")
    with pytest.raises(TooMany, match="try again in") as refused:
        limits.take("compose", "ada")
    assert 0 < refused.value.retry_after_s <= 3600
    with pytest.raises(TooMany):
        limits.look("compose", "ada")
    limits.take("compose", "bob")


def test_clients_are_told_apart_behind_trusted_proxies_only(settings: Settings, rf: RequestFactory) -> None:
    def who(address: str, forwarded: str = "") -> str:
        return limits.client_of(rf.get("/", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR=forwarded))

    assert who("203.0.113.7") != who("203.0.113.8")
    assert who("203.0.113.7", "198.51.100.1") == who("203.0.113.7")
    assert who("2001:db8::1") == who("2001:db8::2") != who("2001:db8:0:1::1")
    settings.PROXIES = 1
    assert who("127.0.0.1", "9.9.9.9, 203.0.113.7") == who("203.0.113.7")
    scope = {"client": ["127.0.0.1", 5], "headers": [(b"x-forwarded-for", b"203.0.113.7")]}
    assert limits.client_of_socket(scope) == who("203.0.113.7")


@pytest.mark.usefixtures("empty_queue")
def test_a_full_queue_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "MOST_WAITING", 2)
    admission.admit("ada")
    for _ in range(2):
        Composition.objects.ask(emotion.target("happy"), SOURCE)
    with pytest.raises(TooMany, match="Many pieces") as refused:
        admission.admit("ada")
    assert (refused.value.code, refused.value.retry_after_s) == ("busy", 3)


@pytest.mark.django_db
def test_a_refused_client_is_told_when_to_come_back(client: Client, settings: Settings) -> None:
    settings.LIMITS = settings.LIMITS | {"compose": (1, 600)}
    assert client.post("/pieces/", {"emotion": "happy"}).status_code == 302
    answer = client.post("/pieces/", {"emotion": "happy"})
    assert answer.status_code == 429 and 0 < int(answer["Retry-After"]) <= 600
    assert "A little later" in answer.content.decode()
    answer = client.post("/pieces/", {"emotion": "happy"}, headers={"Accept": "application/json"})
    assert answer.json()["code"] == "too-often"


@pytest.mark.django_db
@pytest.mark.parametrize(("accept", "words"), [("text/html", "A little later"), ("application/json", '"code": "busy"')])
def test_without_a_connection_to_the_database_everybody_is_asked_to_come_back(
    client: Client, monkeypatch: pytest.MonkeyPatch, accept: str, words: str
) -> None:
    def none_free(*_: object, **__: object) -> None:
        raise OperationalError("couldn't get a connection after 10.00 sec")

    monkeypatch.setattr(Composition.objects, "ask", none_free)
    answer = client.post("/pieces/", {"emotion": "happy"}, headers={"Accept": accept})
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert words in answer.content.decode()
