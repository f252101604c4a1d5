"""The live page, its pictures and its downloads: right, up to date, and for staff only."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from evaluation.models import Participant, Rating, Study
from evaluation.report.urls import urlpatterns
from tests.evaluation import building
from tests.evaluation.report.sheets import imported, simulated_lines

pytestmark = pytest.mark.django_db

DOWNLOADS = {
    "report-pdf": ("application/pdf", "report.pdf"),
    "report-json": ("application/json", "report.json"),
    "report-mos-csv": ("text/csv; charset=utf-8", "mos.csv"),
    "report-ratings-csv": ("text/csv; charset=utf-8", "ratings.csv"),
    "report-answers-csv": ("text/csv; charset=utf-8", "answers.csv"),
}


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    cache.clear()


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_user("staff", is_staff=True))
    return client


@pytest.fixture
def study() -> Study:
    return imported(simulated_lines(9, 8))


def addresses(study: Study) -> list[str]:
    names = [str(pattern.name) for pattern in urlpatterns]
    return [reverse(name, args=[study.pk, *["scatter"] * (name == "report-picture")]) for name in names]


def test_only_staff_see_anything(client: Client, study: Study) -> None:
    assert len(addresses(study)) == 9
    for address in addresses(study):
        answer = client.get(address)
        assert answer.status_code == 302 and answer["Location"].startswith("/admin/login/"), address
    client.force_login(get_user_model().objects.create_user("visitor"))
    for address in addresses(study):
        assert client.get(address).status_code == 403, address
    client.force_login(get_user_model().objects.create_user("staff", is_staff=True))
    for address in addresses(study):
        has_it = not address.endswith("listener-calibration.json")  # an imported study has no estimates to calibrate
        assert client.get(address).status_code == (200 if has_it else 404), address
        assert client.post(address).status_code == 405, address
        assert client.get(address.replace(f"/{study.pk}/", "/999999/")).status_code == 404, address


def test_the_page_shows_the_finding_both_sides_of_screening_and_the_downloads(staff: Client, study: Study) -> None:
    page = staff.get(reverse("report", args=[study.pk])).content.decode()
    for shown in ("agree very strongly", "All raters", "Screened", "Who was left out", "ICC(2,k)", "Methods"):
        assert shown in page, shown
    for name in DOWNLOADS:
        assert f'href="{reverse(name, args=[study.pk])}"' in page
    assert page.count("<figure") == 5 and 'data-copy="#methods"' in page
    assert "<script>" not in page and " style=" not in page


def test_before_any_rating_the_page_says_what_is_missing(staff: Client) -> None:
    page = staff.get(reverse("report", args=[building.draft(1).pk])).content.decode()
    assert "The study is a draft: open it first." in page and "<figure" not in page


def test_simulated_ratings_are_shown_apart_and_marked(staff: Client) -> None:
    study = building.opened(3)
    building.rate_all(Participant.objects.begin(study), 2.0)
    building.rate_all(Participant.objects.begin(study, simulated=True), 9.0)
    address = reverse("report", args=[study.pk])
    real, simulated = (staff.get(address + query).content.decode() for query in ("", "?simulated=1"))
    assert "Nobody felt or heard anything here" in simulated and "Nobody felt" not in real
    assert "?simulated=1" in real and f"{reverse('report-pdf', args=[study.pk])}?simulated=1" in simulated
    found = json.loads(staff.get(reverse("report-json", args=[study.pk]) + "?simulated=1").content)
    assert found["simulated"] is True and {s["mos"] for s in found["stimuli"]} == {9.0}


def test_the_listener_models_figures_are_called_a_proxy_wherever_they_stand(staff: Client, study: Study) -> None:
    address = reverse("report", args=[study.pk])
    assert "proxy for people" not in staff.get(address).content.decode()
    for clip in study.stimuli.filter(kind="music"):
        study.stimuli.filter(pk=clip.pk).update(predicted_mos=clip.pk % 7)
    cache.clear()
    page = staff.get(address).content.decode()
    assert "uncalibrated estimate, a proxy for people" in page and "MOS = " in page


@pytest.mark.parametrize("name", DOWNLOADS)
def test_downloads_are_named_after_study_and_version(staff: Client, study: Study, name: str) -> None:
    content_type, file = DOWNLOADS[name]
    answer = staff.get(reverse(name, args=[study.pk]))
    assert answer["Content-Type"] == content_type
    assert answer["Content-Disposition"] == f'attachment; filename="listening-v1-{file}"'
    assert answer["Cache-Control"] == "private, no-store" and len(answer.content) > 500


def test_pictures_are_svg_in_two_colourings_and_only_those_that_the_report_has(staff: Client, study: Study) -> None:
    address = reverse("report-picture", args=[study.pk, "scatter"])
    light, dark = staff.get(address), staff.get(f"{address}?dark=1")
    assert light["Content-Type"] == dark["Content-Type"] == "image/svg+xml" and light.content != dark.content
    assert light["Cache-Control"] == "private, max-age=0"
    music = imported(simulated_lines(8, 6, kinds=("music",)), "music")
    assert staff.get(reverse("report-picture", args=[music.pk, "scatter"])).status_code == 404
    assert staff.get(reverse("report-picture", args=[study.pk, "nothing"])).status_code == 404


def test_the_page_is_told_when_there_are_newer_ratings(staff: Client) -> None:
    study = building.opened(2)
    building.rate_all(Participant.objects.begin(study))
    page, counts = reverse("report", args=[study.pk]), reverse("report-counts", args=[study.pk])
    key = staff.get(counts).json()["key"]
    assert f'data-key="{key}"' in staff.get(page).content.decode()
    assert staff.get(counts).json()["key"] == key
    Rating.objects.give(Participant.objects.begin(study).items.open()[0], 9.0)
    newer = staff.get(counts).json()
    assert newer["key"] != key and newer["ratings"] > 0
    assert f'data-key="{newer["key"]}"' in staff.get(page).content.decode()
