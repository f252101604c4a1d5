"""Staff sign in by password, and by a second factor if they have one; strangers get only so many tries."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


@pytest.fixture
def ada() -> User:
    return User.objects.create_superuser("ada", password=PASSWORD)


def signs_in(client: Client, password: str = PASSWORD, token: str = "", address: str = "203.0.113.7") -> bool:
    answer = client.post(
        "/admin/login/?next=/studies/",
        {"username": "ada", "password": password, "otp_token": token, "next": "/studies/"},
        REMOTE_ADDR=address,
    )
    return answer.status_code == 302


def test_a_password_is_enough_without_a_device(client: Client, ada: User) -> None:
    page = client.get("/admin/login/").content.decode()
    assert 'autocomplete="one-time-code"' in page
    assert not signs_in(client, "wrong")
    assert signs_in(client)


def test_with_a_device_its_code_is_needed_and_good_once(client: Client, ada: User) -> None:
    device = TOTPDevice.objects.create(user=ada, name="telephone", confirmed=True)
    code = f"{totp(device.bin_key):06d}"
    assert not signs_in(client)
    assert not signs_in(client, "wrong", code)
    assert signs_in(client, token=code)
    client.logout()
    assert not signs_in(client, token=code)


def test_after_too_many_wrong_tries_not_even_the_right_password_is_looked_at(
    client: Client, ada: User, settings: Settings
) -> None:
    settings.LIMITS = settings.LIMITS | {"login": (3, 900)}
    for _ in range(3):
        assert not signs_in(client, "wrong")
    assert not signs_in(client)
    assert "try again in" in client.post("/admin/login/", {"username": "ada", "password": PASSWORD}).content.decode()
    assert not signs_in(client, address="198.51.100.9")  # nor from elsewhere: it is the account that is guessed at
    cache.clear()  # a quarter of an hour later
    assert signs_in(client)
