"""Starts an embedded PostgreSQL of the tests' own, once, for those tests that use the database."""

import os
import signal
from collections.abc import Iterator

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.db import connection

from sentimozart_site import database
from tests.site import Server, running_site

# Nothing here needs to survive a power cut.
IN_A_HURRY = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


def pytest_configure() -> None:
    """A runner that gives up sends SIGTERM: leave as after Ctrl-C, so that the server does not stay behind.

    One process that reads faces is enough for each test process and each site that tests start.
    """
    os.environ.setdefault("READERS", "1")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    hypothesis.settings.register_profile("untimed", deadline=None)  # the machine may be busy with something else
    hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """pytest-django's hook before it makes the test database, of which each process of a parallel run has its own."""
    server = database.embedded_server(settings.DATA_DIR)
    server.options = IN_A_HURRY
    server.attach()
    yield
    server.detach()


@pytest.fixture(autouse=True)
def queue_left_empty(request: pytest.FixtureRequest) -> Iterator[None]:
    """Django empties its own tables after a test that commits; the queue's are none of them."""
    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction", False)
    if commits:
        request.getfixturevalue("transactional_db")
    yield
    if commits:  # past the pool, which needs a while after a test that cut its connections
        with psycopg.connect(**connection.get_connection_params(), autocommit=True) as direct:
            direct.execute("TRUNCATE procrastinate_jobs CASCADE")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The running site that tests in a browser and over HTTP share."""
    with running_site(tmp_path_factory.mktemp("site")) as site:
        yield site
