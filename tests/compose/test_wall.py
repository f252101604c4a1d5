"""The wall: who hangs there, who does not, and what is told of them."""

import html

import pytest
from django.test import Client

from compose import wall_views
from compose.models import Composition
from tests import base
from tests.compose.pieces import own, piece, unheard  # noqa: F401  # a fixture for every test

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


def wall(client: Client, query: str = "") -> str:
    answer = client.get(f"/wall/{query}")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_a_piece_hangs_only_while_its_maker_wants_it(client: Client) -> None:
    shown = own(client, piece())
    assert shown.get_absolute_url() not in wall(client)
    answer = client.post(f"{shown.get_absolute_url()}wall/", {"show": "yes"})
    assert answer["Location"] == f"{shown.get_absolute_url()}#wall"
    assert f'href="{shown.get_absolute_url()}">{shown.title}</a>' in wall(client)
    assert "noindex" not in client.get(shown.get_absolute_url()).content.decode()
    client.post(f"{shown.get_absolute_url()}wall/", {"show": "no"}, headers=JSON)
    assert shown.get_absolute_url() not in wall(client)


def test_the_wall_tells_nothing_of_the_face(client: Client) -> None:
    shown = piece(source="camera", expression=base.expression(surprise=0.83), on_wall=True)
    page = wall(client).replace(str(shown.id), "")
    assert "surprise" not in page
    assert "83" not in page.split('id="wall"')[1].split("<path")[0]
    assert 'preload="none"' in page
    assert "autoplay" not in page


def test_a_studys_piece_and_an_unready_one_never_hang(client: Client) -> None:
    study = piece(source="study", on_wall=True)
    assert study.get_absolute_url() not in wall(client)
    waiting = Composition.objects.ask(study.target, "emotion")
    for refused in (study, waiting):
        own(client, refused)
        answer = client.post(f"{refused.get_absolute_url()}wall/", {"show": "yes"}, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (400, "may-not-hang")


def test_what_is_neither_yes_nor_no_is_refused_by_name(client: Client) -> None:
    shown = own(client, piece())
    answer = client.post(f"{shown.get_absolute_url()}wall/", {"show": "perhaps"}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-choice")
    assert "perhaps" in answer.json()["detail"]
    assert client.post("/pieces/00000000-0000-4000-8000-000000000000/wall/", {"show": "yes"}).status_code == 404


def test_it_shows_one_emotion_alone(client: Client) -> None:
    happy, sad = piece("happy", on_wall=True), piece("sad", on_wall=True)
    page = wall(client, "?emotion=sad")
    assert sad.get_absolute_url() in page
    assert happy.get_absolute_url() not in page
    assert 'href="/wall/?emotion=sad" aria-current="page"' in page
    assert "No piece called “calm” hangs here yet." in wall(client, "?emotion=calm")
    assert client.get("/wall/?emotion=joyful").status_code == 404


def test_it_has_pages(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_views, "A_PAGE", 1)
    older, newer = piece(on_wall=True), piece(on_wall=True)
    first, second = wall(client), wall(client, "?page=2")
    assert newer.get_absolute_url() in first
    assert "?page=2" in first
    assert older.get_absolute_url() in second
    assert "Page 2 of 2" in second
    for number in ("3", "0", "x"):
        assert client.get(f"/wall/?page={number}").status_code == 404


def test_an_empty_wall_says_how_to_hang_something(client: Client) -> None:
    assert "Nothing hangs here yet." in wall(client)
