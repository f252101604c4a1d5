"""The link for the first staff account works once."""

import stat

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sentimozart_site import staff

pytestmark = pytest.mark.django_db

GOOD = {"username": "ann", "password1": "violet-otter-42", "password2": "violet-otter-42"}


@pytest.fixture
def link() -> str:
    path = staff.make_link()
    assert path is not None
    return path


def test_it_makes_the_account_logs_in_and_is_void_afterwards(client: Client, link: str) -> None:
    assert client.get(link).status_code == 200
    assert client.post(link, GOOD).headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    user = User.objects.get()
    assert (user.username, user.is_staff, user.is_superuser, user.check_password(GOOD["password1"])) == (
        "ann", True, True, True,
    )  # fmt: skip
    assert Client().get(link).status_code == 404
    assert Client().post(link, {**GOOD, "username": "eve"}).status_code == 404
    assert User.objects.count() == 1
    assert staff.make_link() is None


def test_a_weak_password_is_refused_and_the_link_stays_good(client: Client, link: str) -> None:
    answer = client.post(link, {**GOOD, "password1": "12345678", "password2": "12345678"})
    assert answer.status_code == 200
    assert "too common" in answer.content.decode()
    assert not User.objects.exists()
    assert client.post(link, GOOD).status_code == 302


def test_another_account_made_meanwhile_voids_it(client: Client, link: str) -> None:
    User.objects.create_superuser("bob", password="unused")
    assert client.get(link).status_code == 404


def test_a_newer_link_voids_the_older(client: Client, link: str) -> None:
    newer = staff.make_link()
    assert newer is not None
    assert client.get(link).status_code == 404
    assert client.get(newer).status_code == 200


def test_a_made_up_token_is_not_found(client: Client) -> None:
    assert client.get("/staff/first/made-up/").status_code == 404


def test_only_a_digest_is_kept_and_only_for_its_owner(link: str) -> None:
    kept = staff.link_file()
    assert kept.read_text() not in link
    assert link.split("/")[-2] not in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
