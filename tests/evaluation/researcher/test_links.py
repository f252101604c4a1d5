"""Links: one for everybody, or personal ones that can be listed and taken away as a table."""

import csv
import html
import io

import pytest
from django.test import Client

from evaluation.models import Invitation, Participant, Study
from tests.evaluation.building import opened

pytestmark = pytest.mark.django_db


def page(staff: Client, study: Study) -> str:
    return html.unescape(staff.get(f"/studies/{study.pk}/links/").content.decode())


def test_the_open_link_leads_to_the_welcome_page(staff: Client) -> None:
    study = opened()
    assert 'value="http://testserver/study/faces/"' in page(staff, study)
    assert Client().get("/study/faces/").status_code == 200
    answer = staff.post(f"/studies/{study.pk}/links/", {"n": 3}, follow=True)
    assert "does not ask for personal ones" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_personal_links_are_made_and_listed(staff: Client) -> None:
    study = opened(entry=Study.Entry.PERSONAL)
    assert "No links yet" in page(staff, study)
    staff.post(f"/studies/{study.pk}/links/", {"n": 3})
    first = Invitation.objects.order_by("pk")[0]
    Participant.objects.begin(study, invitation=first)
    text = page(staff, study)
    assert "1 of 3 used" in text
    assert f"http://testserver/study/link/{first.token}/" in text
    assert "http://testserver/study/faces/" not in text  # nobody gets in by it


@pytest.mark.parametrize("n", ["0", "1001", "x", ""])
def test_a_senseless_number_of_links_is_refused(staff: Client, n: str) -> None:
    study = opened(entry=Study.Entry.PERSONAL)
    assert staff.post(f"/studies/{study.pk}/links/", {"n": n}).status_code == 200
    assert not Invitation.objects.exists()


def test_the_table_of_links_is_safe_in_a_spreadsheet(staff: Client) -> None:
    study = opened(entry=Study.Entry.PERSONAL)
    staff.post(f"/studies/{study.pk}/links/", {"n": 50})
    answer = staff.get(f"/studies/{study.pk}/links.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert answer["Content-Disposition"] == 'attachment; filename="faces-links.csv"'
    assert len({row["token"] for row in rows}) == 50
    assert all(row["token"].isalnum() and row["link"].endswith(f"/study/link/{row['token']}/") for row in rows)
    assert {row["used"] for row in rows} == {"no"}
