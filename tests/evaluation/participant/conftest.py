"""A client that has begun a study, and the session it then has."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from evaluation.models import Participant, Study
from tests.evaluation import building


@pytest.fixture(autouse=True)
def no_guesses_yet() -> Iterator[None]:
    cache.clear()
    yield


@pytest.fixture
def study() -> Study:
    return building.opened(4, n_repeats=1, n_attention=2)


@pytest.fixture
def participant(client: Client, study: Study) -> Participant:
    """Whoever `client` is after consenting."""
    return begin(client, study)


def begin(client: Client, study: Study) -> Participant:
    known = list(study.participants.values_list("pk", flat=True))
    client.post(f"/study/{study.name}/begin/", {"agree": "on"})
    return study.participants.exclude(pk__in=known).get()
