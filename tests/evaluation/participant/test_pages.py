"""Who gets in, by which way, and what they are told before they agree."""

import html

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from evaluation.models import Invitation, Participant, Study
from evaluation.participant import sessions
from tests.evaluation import building
from tests.evaluation.participant.conftest import begin

pytestmark = pytest.mark.django_db


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return html.unescape(" ".join(answer.content.decode().split()))


def test_the_welcome_says_everything_before_anyone_agrees(client: Client) -> None:
    building.opened(3, consent_text="We are the sound lab.", contact="lab@example.org", retention_days=90, n_repeats=0)
    page = text_of(client, "/study/faces/")
    for words in ("We are the sound lab.", "lab@example.org", "3 months", "3 pictures and 3 short pieces",
                  "composed by a machine", "artificial intelligence", "network address", "erased"):  # fmt: skip
        assert words in page
    assert not Participant.objects.exists()


def test_nobody_begins_without_agreeing(client: Client, study: Study) -> None:
    answer = client.post("/study/faces/begin/", {})
    assert answer.status_code == 400
    assert "tick the box" in answer.content.decode()
    assert not Participant.objects.exists()


def test_sessions_cannot_be_begun_by_the_hundred(study: Study, settings: Settings) -> None:
    settings.LIMITS = settings.LIMITS | {"enter": (2, 3600)}
    answers = [Client().post("/study/faces/begin/", {"agree": "on"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 3600
    assert Participant.objects.count() == 2


def test_who_agrees_gets_a_session_that_only_the_server_can_read(client: Client, study: Study) -> None:
    answer = client.post("/study/faces/begin/", {"agree": "on"})
    assert answer.headers["Location"] == "/study/faces/rate/"
    cookie = answer.cookies[sessions.COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/study/")
    assert cookie["max-age"] > 90 * 24 * 3600
    assert Participant.objects.get().shown_code in text_of(client, "/study/faces/rate/")


def test_behind_https_the_cookie_travels_over_it_alone(client: Client, study: Study, settings: object) -> None:
    settings.SESSION_COOKIE_SECURE = True  # type: ignore[attr-defined]
    assert client.post("/study/faces/begin/", {"agree": "on"}).cookies[sessions.COOKIE]["secure"]


def test_a_second_visit_goes_straight_on(client: Client, participant: Participant) -> None:
    for answer in (client.get("/study/faces/"), client.post("/study/faces/begin/", {"agree": "on"})):
        assert answer.headers["Location"] == "/study/faces/rate/"
    assert Participant.objects.get() == participant


def test_a_forged_cookie_is_nobody(client: Client, participant: Participant) -> None:
    client.cookies[sessions.COOKIE] = client.cookies[sessions.COOKIE].value[:-1] + "x"
    assert client.get("/study/faces/state.json").status_code == 401
    assert client.get("/study/faces/rate/").headers["Location"] == "/study/faces/"


def test_two_studies_keep_apart_in_one_browser(client: Client, participant: Participant) -> None:
    other = begin(client, building.opened(1, name="other"))
    assert client.get("/study/faces/state.json").json()["code"] == participant.shown_code
    assert client.get("/study/other/state.json").json()["code"] == other.shown_code


def test_questions_about_oneself_may_stay_unanswered(client: Client) -> None:
    study = building.opened(1, demographics=True)
    assert begin(client, study).demographics is None
    Client().post("/study/faces/begin/", {"agree": "on", "age": "25–34", "musical_training": ""})
    assert study.participants.get(number=2).demographics == {"age": "25–34"}
    answer = Client().post("/study/faces/begin/", {"agree": "on", "age": "immortal"})
    assert answer.status_code == 400 and study.participants.count() == 2


def test_what_was_not_asked_is_not_stored(client: Client, study: Study) -> None:
    client.post("/study/faces/begin/", {"agree": "on", "age": "25–34"})
    assert Participant.objects.get().demographics is None


def test_a_draft_is_not_found(client: Client) -> None:
    building.draft(1)
    for address in ("/study/faces/", "/study/nothing/"):
        assert client.get(address).status_code == 404
    assert client.post("/study/faces/begin/", {"agree": "on"}).status_code == 404


def test_a_closed_study_takes_nobody_in_and_lets_those_inside_finish(client: Client, participant: Participant) -> None:
    participant.study.close()
    assert "closed" in text_of(Client(), "/study/faces/", 410)
    assert Client().post("/study/faces/begin/", {"agree": "on"}).status_code == 410
    assert Participant.objects.count() == 1
    assert client.get("/study/faces/rate/").status_code == 200


def test_a_full_study_says_so(client: Client) -> None:
    study = building.opened(1, target_ratings=1)
    begin(client, study)
    assert "All places are taken" in text_of(Client(), "/study/faces/")
    assert "All places are taken" in Client().post("/study/faces/begin/", {"agree": "on"}).content.decode()
    assert Participant.objects.count() == 1


def test_who_finished_an_earlier_version_may_take_part_in_the_next(client: Client, participant: Participant) -> None:
    building.rate_all(participant)
    assert client.get("/study/faces/").headers["Location"] == "/study/faces/rate/"
    participant.study.revise().open()
    assert "Begin" in text_of(client, "/study/faces/")
    newer = begin(client, Study.objects.newest("faces"))
    assert client.get("/study/faces/state.json").json()["code"] == newer.shown_code


def test_who_has_not_finished_stays_in_the_version_they_began(client: Client, participant: Participant) -> None:
    participant.study.revise().open()
    assert client.get("/study/faces/").headers["Location"] == "/study/faces/rate/"


class TestPersonalLinks:
    @pytest.fixture
    def invitation(self) -> Invitation:
        return Invitation.objects.create(study=building.opened(2, entry=Study.Entry.PERSONAL))

    def take(self, client: Client, invitation: Invitation) -> Participant:
        assert f'value="{invitation.token}"' in text_of(client, f"/study/link/{invitation.token}/")
        client.post("/study/faces/begin/", {"agree": "on", "link": invitation.token})
        invitation.refresh_from_db()
        assert invitation.participant is not None
        return invitation.participant

    def test_are_the_only_way_into_such_a_study(self, client: Client, invitation: Invitation) -> None:
        assert "personal link" in text_of(client, "/study/faces/", 403)
        assert client.post("/study/faces/begin/", {"agree": "on"}).status_code == 403
        assert client.post("/study/faces/begin/", {"agree": "on", "link": "guessed"}).status_code == 404
        assert not Participant.objects.exists()
        self.take(client, invitation)

    def test_bring_their_person_back_on_any_device(self, client: Client, invitation: Invitation) -> None:
        participant, phone = self.take(client, invitation), Client()
        assert phone.get(f"/study/link/{invitation.token}/").headers["Location"] == "/study/faces/rate/"
        assert phone.get("/study/faces/state.json").json()["code"] == participant.shown_code
        assert Participant.objects.count() == 1

    def test_pressed_twice_begin_one_session(self, client: Client, invitation: Invitation) -> None:
        self.take(client, invitation)
        answer = Client().post("/study/faces/begin/", {"agree": "on", "link": invitation.token})
        assert answer.headers["Location"] == "/study/faces/rate/"
        assert Participant.objects.count() == 1

    def test_are_spent_once_their_person_withdrew(self, client: Client, invitation: Invitation) -> None:
        self.take(client, invitation).withdraw()
        assert "has been used" in text_of(Client(), f"/study/link/{invitation.token}/", 410)
        assert Client().post("/study/faces/begin/", {"agree": "on", "link": invitation.token}).status_code == 410
        assert not Participant.objects.exists()

    def test_of_a_draft_are_not_found(self, client: Client) -> None:
        invitation = Invitation.objects.create(study=building.draft(1))
        assert client.get(f"/study/link/{invitation.token}/").status_code == 404


class TestTrying:
    def test_is_marked_on_every_page(self, admin_client: Client, study: Study) -> None:
        assert "try by staff" in text_of(admin_client, "/study/faces/?try=1")
        admin_client.post("/study/faces/begin/", {"agree": "on", "try": "1"})
        participant = Participant.objects.get()
        assert participant.simulated and "try by staff" in text_of(admin_client, "/study/faces/rate/")
        building.rate_all(participant)
        assert "try by staff" in text_of(admin_client, "/study/faces/done/")

    def test_may_be_done_again_and_needs_no_personal_link(self, admin_client: Client) -> None:
        building.opened(1, entry=Study.Entry.PERSONAL)
        for _ in range(2):
            assert "Begin" in text_of(admin_client, "/study/faces/?try=1")
            admin_client.post("/study/faces/begin/", {"agree": "on", "try": "1"})
        assert Participant.objects.filter(simulated=True).count() == 2

    def test_is_for_staff(self, client: Client, study: Study) -> None:
        begin_trial = {"agree": "on", "try": "1"}
        assert client.get("/study/faces/?try=1").headers["Location"].startswith("/admin/login/")
        assert client.post("/study/faces/begin/", begin_trial).headers["Location"].startswith("/admin/login/")
        client.force_login(User.objects.create_user("somebody"))
        assert client.get("/study/faces/?try=1").status_code == 403
        assert client.post("/study/faces/begin/", begin_trial).status_code == 403
        assert not Participant.objects.exists()


def test_the_thanks_come_at_the_end(client: Client, participant: Participant) -> None:
    assert client.get("/study/faces/done/").headers["Location"] == "/study/faces/rate/"
    building.rate_all(participant)
    assert client.get("/study/faces/rate/").headers["Location"] == "/study/faces/done/"
    page = text_of(client, "/study/faces/done/")
    assert participant.study.completion_code in page and participant.shown_code in page
    assert Client().get("/study/faces/done/").headers["Location"] == "/study/faces/"


def test_the_thanks_lead_back_to_the_recruiting_platform(client: Client) -> None:
    study = building.opened(1, completion_url="https://recruiting.example/done?code=7")
    building.rate_all(begin(client, study))
    assert 'href="https://recruiting.example/done?code=7"' in text_of(client, "/study/faces/done/")
