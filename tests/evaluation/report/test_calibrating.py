"""The listener's calibration: fitted to people's ratings, written whole, refused where there are too few."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from evaluation.models import Participant, Rating, Study
from ml.music.listening.calibration import read_calibration
from tests.evaluation import building

pytestmark = pytest.mark.django_db


def rated(n_pairs: int, slope: float = 0.5) -> Study:
    """A study whose people hear every clip at 2 + slope × the listener's estimate."""
    study = building.draft(n_pairs)
    for i, clip in enumerate(study.stimuli.filter(kind="music")):
        clip.predicted_mos = float(i)
        clip.save()
    study.open()
    building.rate_all(Participant.objects.begin(study), 5.0)
    for rating in Rating.objects.filter(item__stimulus__kind="music").select_related("item__stimulus"):
        assert rating.item.stimulus is not None and rating.item.stimulus.predicted_mos is not None
        rating.score = 2.0 + slope * rating.item.stimulus.predicted_mos
        rating.save()
    return study


def test_the_line_is_fitted_and_the_listener_can_read_it(tmp_path: Path) -> None:
    study = rated(9)
    call_command("fit_listener", study.name, "--out", tmp_path / "a" / "line.json")
    line = read_calibration(tmp_path / "a" / "line.json")
    assert (line.intercept, line.slope, line.n) == pytest.approx((2.0, 0.5, 9))
    assert line.study == f"{study.name}, version 1"


@pytest.mark.parametrize(("n_pairs", "slope", "words"), [(7, 0.5, "7 music clips"), (8, -0.2, "slope is -0.20")])
def test_too_few_clips_or_a_line_upside_down_are_refused(
    tmp_path: Path, n_pairs: int, slope: float, words: str
) -> None:
    study = rated(n_pairs, slope)
    with pytest.raises(CommandError, match=words) as refused:
        call_command("fit_listener", study.name, "--out", tmp_path / "line.json")
    assert refused.value.returncode == 2 and not (tmp_path / "line.json").exists()


def test_simulated_people_calibrate_nothing(tmp_path: Path) -> None:
    study = rated(8)
    study.participants.update(simulated=True)
    with pytest.raises(CommandError, match="0 music clips"):
        call_command("fit_listener", study.name, "--out", tmp_path / "line.json")


@pytest.mark.parametrize("n_pairs", [7, 8])
def test_the_report_offers_the_line_where_there_is_one(admin_client: Client, n_pairs: int) -> None:
    study = rated(n_pairs)
    page = admin_client.get(reverse("report", args=[study.pk])).content.decode()
    address = reverse("report-calibration", args=[study.pk])
    answer = admin_client.get(address)
    assert (address in page, answer.status_code) == ((True, 200) if n_pairs == 8 else (False, 404))
    if n_pairs == 8:
        assert json.loads(answer.content)["slope"] == pytest.approx(0.5)
