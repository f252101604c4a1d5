"""Who had a piece made may show it, take it down and erase it; nobody else may, link or not."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from compose import ownership
from compose.models import Composition
from tests.compose.pieces import child, own, piece, unheard  # noqa: F401  # a fixture for every test

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}
Committing = Callable[..., AbstractContextManager[object]]


def test_whoever_asks_for_a_piece_is_its_maker_and_only_its_pages_are_told(client: Client) -> None:
    answer = client.post("/pieces/", {"emotion": "calm"})
    cookie = answer.cookies[ownership.COOKIE]
    assert cookie["path"] == answer["Location"]
    made = Composition.objects.get()
    assert cookie.value == ownership.key_of(made) != ownership.key_of(piece())


def test_a_child_belongs_to_whoever_asked_for_it(client: Client) -> None:
    parent = piece()
    answer = client.post(f"{parent.get_absolute_url()}from/", {"way": "another"}, headers=JSON)
    assert answer.cookies[ownership.COOKIE].value == ownership.key_of(
        Composition.objects.get(pk=answer.json()["piece"])
    )


def test_a_stranger_with_the_link_hears_it_and_changes_nothing(client: Client) -> None:
    shown = piece(on_wall=True)
    page = client.get(shown.get_absolute_url()).content.decode()
    assert "Take this piece off the wall" not in page and "Erase this piece" not in page
    own(client, piece())  # the key of another piece
    for way, data in (("wall", {"show": "no"}), ("erase", {})):
        answer = client.post(f"{shown.get_absolute_url()}{way}/", data, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (403, "not-yours")
    shown.refresh_from_db()
    assert shown.on_wall


def test_its_maker_erases_it_with_its_files_and_children_stay(
    client: Client, django_capture_on_commit_callbacks: Committing
) -> None:
    parent = own(client, piece())
    from_it = child(parent, "another")
    assert "Erase this piece" in client.get(parent.get_absolute_url()).content.decode()
    paths = [Path(settings.MEDIA_ROOT, str(file.name)) for file in (parent.midi, parent.audio)]
    assert all(path.exists() for path in paths)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(f"{parent.get_absolute_url()}erase/", follow=True)
    assert "The piece is erased." in answer.content.decode()
    assert not any(path.exists() for path in paths)
    assert client.get(parent.get_absolute_url()).status_code == 404
    assert client.get(from_it.get_absolute_url()).status_code == 200


def test_staff_may_take_anything_down_but_a_studys_piece_is_the_studys(client: Client) -> None:
    client.force_login(User.objects.create_user("ada", is_staff=True))
    shown, study = piece(on_wall=True), piece(source="study")
    assert client.post(f"{shown.get_absolute_url()}wall/", {"show": "no"}, headers=JSON).json() == {"on_wall": False}
    assert client.post(f"{study.get_absolute_url()}erase/", headers=JSON).status_code == 403
