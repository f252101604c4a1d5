"""Setting a study up, opening, closing, revising and deleting it, over HTTP."""

import html
from pathlib import Path

import pytest
from django.test import Client

from evaluation.models import Invitation, Study
from tests.evaluation.building import draft, opened

pytestmark = pytest.mark.django_db

PROTOCOL = {
    "title": "Faces and music",
    "retention_days": 100,
    "target_ratings": 7,
    "n_repeats": 1,
    "n_attention": 2,
    "entry": "open",
    "completion_code": "ABC",
}


def page(staff: Client, url: str) -> str:
    return html.unescape(staff.get(url).content.decode())


def test_the_first_visit_explains_how_a_study_goes(staff: Client) -> None:
    text = page(staff, "/studies/")
    assert "How a study goes" in text
    assert 'href="/studies/new/"' in text


def test_a_title_is_enough_to_begin_with(staff: Client) -> None:
    answer = staff.post("/studies/new/", PROTOCOL, follow=True)
    study = Study.objects.get()
    assert (study.name, study.target_ratings, study.state) == ("faces-and-music", 7, "draft")
    assert answer.redirect_chain == [(f"/studies/{study.pk}/", 302)]
    text = html.unescape(answer.content.decode())
    assert "There is nothing to rate yet: upload some pictures below." in text
    assert "data-open disabled" in text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "demo"}, "“demo” is taken"),
        ({"name": "withdraw"}, "“withdraw” is taken"),
        ({"name": "a b"}, "slug"),
        ({"title": ""}, "required"),
        ({"title": "音楽"}, "No name can be made"),
        ({"target_ratings": 0}, "greater than or equal to 1"),
        ({"completion_url": "not an address"}, "valid URL"),
    ],
)
def test_what_cannot_be_a_study_is_refused_by_name(staff: Client, fields: dict[str, object], sentence: str) -> None:
    Study.objects.create(name="demo", title="Demo")
    answer = staff.post("/studies/new/", PROTOCOL | fields)
    assert answer.status_code == 200
    assert sentence in html.unescape(answer.content.decode())
    assert Study.objects.count() == 1


def test_the_protocol_is_edited_while_it_is_a_draft(staff: Client) -> None:
    study = draft()
    assert 'value="Faces and music"' in page(staff, f"/studies/{study.pk}/edit/")
    staff.post(f"/studies/{study.pk}/edit/", PROTOCOL | {"title": "New title"})
    study.refresh_from_db()
    assert (study.title, study.name, study.target_ratings) == ("New title", "faces", 7)


def test_opening_freezes_and_leads_to_the_links(staff: Client) -> None:
    study = draft()
    answer = staff.post(f"/studies/{study.pk}/open/", follow=True)
    assert answer.redirect_chain == [(f"/studies/{study.pk}/links/", 302)]
    study.refresh_from_db()
    assert study.state == "open"
    assert study.version_hash in page(staff, f"/studies/{study.pk}/")


def test_what_is_missing_is_said_instead_of_opening(staff: Client) -> None:
    study = Study.objects.create(name="empty", title="Empty")
    answer = staff.post(f"/studies/{study.pk}/open/", follow=True)
    assert "nothing to rate yet" in answer.content.decode()
    study.refresh_from_db()
    assert study.state == "draft"


CHANGES = ["edit", "open", "delete", "images", "music", "settings", "replace", "compose", "pair-delete"]


@pytest.mark.parametrize("change", CHANGES)
def test_a_frozen_study_refuses_every_change(staff: Client, change: str) -> None:
    study = opened()
    stimulus = study.stimuli.all()[0]
    last = change.removeprefix("pair-")
    at_stimulus = change in ("settings", "replace", "compose", "pair-delete")
    url = f"/studies/{study.pk}/" + (f"stimuli/{stimulus.pk}/" if at_stimulus else "") + f"{last}/"
    before = list(Study.objects.values()), list(study.stimuli.values())
    answer = staff.post(url, PROTOCOL | {"title": "Changed", "shown": "nothing"}, follow=True)
    assert "is frozen: make a new version to change it" in answer.content.decode()
    assert (list(Study.objects.values()), list(study.stimuli.values())) == before


def test_closing_lets_nobody_new_in_and_only_an_open_study_closes(staff: Client) -> None:
    study = opened()
    staff.post(f"/studies/{study.pk}/close/")
    study.refresh_from_db()
    assert study.state == "closed"
    closed = study.closed
    answer = staff.post(f"/studies/{study.pk}/close/", follow=True)
    study.refresh_from_db()
    assert "is not open" in answer.content.decode()
    assert study.closed == closed


def test_a_new_version_is_a_draft_of_its_own(staff: Client) -> None:
    study = opened()
    answer = staff.post(f"/studies/{study.pk}/revise/", follow=True)
    second = Study.objects.get(version=2)
    assert answer.redirect_chain == [(f"/studies/{second.pk}/", 302)]
    assert second.stimuli.count() == study.stimuli.count()
    assert "draft of version 2" in page(staff, f"/studies/{study.pk}/")
    again = staff.post(f"/studies/{study.pk}/revise/", follow=True)
    assert "still a draft" in again.content.decode()
    assert Study.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_deleting_a_draft_takes_its_files_along(staff: Client, settings: object) -> None:
    study = draft()
    Invitation.objects.create(study=study)
    media: Path = settings.MEDIA_ROOT  # type: ignore[attr-defined]
    assert len(list(media.rglob("*.*"))) == 8
    staff.post(f"/studies/{study.pk}/delete/")
    assert not Study.objects.exists()
    assert not list(media.rglob("*.*"))


def test_a_draft_says_what_a_session_will_be_like(staff: Client) -> None:
    study = draft(n_pairs=12, target_ratings=20, per_block=6, n_repeats=1)
    text = " ".join(page(staff, f"/studies/{study.pk}/").split())
    assert "Each person rates 7 images and 7 clips, which takes about 8 minutes. About 40 people" in text
    assert "Set one pair apart for practice" in text


def test_staff_find_the_studies_in_the_header(staff: Client, client: Client) -> None:
    assert 'href="/studies/"' in page(staff, "/")
    assert 'href="/studies/"' not in page(Client(), "/")


def test_administrators_look_and_delete_but_do_not_edit(admin_client: Client) -> None:
    study = opened()
    assert admin_client.get("/admin/evaluation/study/").status_code == 200
    text = page(admin_client, f"/admin/evaluation/study/{study.pk}/change/")
    assert 'name="title"' not in text
    admin_client.post(f"/admin/evaluation/study/{study.pk}/delete/", {"post": "yes"})
    assert not Study.objects.exists()


def test_no_page_needs_inline_script_or_style(staff: Client) -> None:
    study = opened()
    for url in ("", "new/", f"{study.pk}/", f"{study.pk}/links/", f"{study.pk}/monitor/", f"{draft(name='b').pk}/"):
        text = page(staff, f"/studies/{url}")
        assert "<script>" not in text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
