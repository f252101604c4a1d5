"""Figures on the consent page."""

from typing import Any

import pytest

from evaluation.models import Participant
from evaluation.participant import wording
from tests.evaluation import building


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "1 day"),
        (10, "10 days"),
        (14, "2 weeks"),
        (30, "1 month"),
        (90, "3 months"),
        (365, "1 year"),
        (3650, "10 years"),
    ],
)
def test_retention_is_told_in_the_largest_whole_unit(days: int, words: str) -> None:
    assert wording.retention(days) == words


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{}, {"per_block": 3}, {"n_repeats": 9}, {"n_repeats": 0, "n_attention": 0}])
def test_the_task_that_is_announced_is_the_one_that_is_given(fields: dict[str, Any]) -> None:
    study = building.draft(5, **fields)
    study.stimuli.filter(pair="p001").update(practice=True)
    study.open()
    announced, items = wording.task(study), Participant.objects.begin(study).items
    assert announced.n_images == items.filter(kind="image", stimulus__isnull=False).count()
    assert announced.n_clips == items.filter(kind="music", stimulus__isnull=False).count()
    assert announced.minutes >= 1


@pytest.mark.django_db
def test_a_study_of_one_kind_speaks_of_that_alone() -> None:
    study = building.draft(3, n_repeats=0)
    study.stimuli.filter(kind="music").update(hidden=True)
    assert wording.task(study).words == "3 pictures"
