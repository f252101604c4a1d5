"""Starts an embedded PostgreSQL of the tests' own, once, for those tests that use the database."""

import signal
from collections.abc import Iterator

import pytest
from django.conf import settings

from sentimozart_site import database
from tests.site import Server, running_site

# Nothing here needs to survive a power cut.
IN_A_HURRY = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


def pytest_configure() -> None:
    """A runner that gives up sends SIGTERM: leave as after Ctrl-C, so that the server does not stay behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """pytest-django's hook before it makes the test database, of which each process of a parallel run has its own."""
    server = database.embedded_server(settings.DATA_DIR)
    server.options = IN_A_HURRY
    server.attach()
    yield
    server.detach()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The running site that tests in a browser and over HTTP share."""
    with running_site(tmp_path_factory.mktemp("site")) as site:
        yield site
