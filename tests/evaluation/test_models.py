"""Studies freeze whole, people are taken in one after the other, and a rating is stored exactly once."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection
from django.utils import timezone

from compose.models import Composition
from evaluation.design import Role
from evaluation.errors import StudyError
from evaluation.models import Erasure, Invitation, Item, Participant, Rating, Stimulus, Study
from evaluation.models.session import RESERVED, study_offers
from ml import emotion
from tests.evaluation import building

pytestmark = pytest.mark.django_db


def test_opening_hashes_protocol_and_stimuli_together() -> None:
    study = building.opened(2, name="one")
    same, other = building.draft(2, name="two"), building.draft(2, name="three", target_ratings=21)
    same.open()
    other.open()
    assert len(study.version_hash) == 64
    hashes = [Study.objects.get(name=name).version_hash for name in ("one", "two", "three")]
    assert hashes[0] == hashes[1] != hashes[2]
    assert all(set(s.sha256) == {"image" if s.kind == "image" else "audio"} for s in study.stimuli.all())


def test_an_open_study_changes_no_more() -> None:
    study = building.opened(1)
    study.title = "Another"
    with pytest.raises(StudyError, match="frozen"):
        study.save()
    stimulus = study.stimuli.first()
    assert stimulus is not None
    with pytest.raises(StudyError, match="frozen"):
        stimulus.save()
    with pytest.raises(StudyError, match="frozen"):
        stimulus.delete()


def test_what_happens_to_a_piece_later_does_not_touch_the_study() -> None:
    study = building.draft(1)
    piece = Composition.objects.ask(emotion.target("happy"), Composition.Source.STUDY)
    piece.audio.save("piece.mp3", ContentFile(b"sound"))
    piece.midi.save("piece.mid", ContentFile(b"notes"))
    Composition.objects.filter(pk=piece.pk).update(heard_valence=0.5)
    clip = study.stimuli.get(kind="music")
    clip.composition = piece
    clip.audio.delete(save=False)
    clip.save()
    study.open()
    piece.audio.delete(save=False)
    piece.delete()
    frozen = Stimulus.objects.get(pk=clip.pk)
    assert frozen.composition is None
    assert (frozen.audio.read(), frozen.midi.read()) == (b"sound", b"notes")
    assert frozen.predicted_mos == 7.5


@pytest.mark.parametrize("missing", ["image", "music"])
def test_a_study_with_something_missing_does_not_open(missing: str) -> None:
    study = building.draft(2)
    stimulus = study.stimuli.filter(kind=missing).first()
    assert stimulus is not None
    stimulus.media.delete(save=True)
    with pytest.raises(StudyError, match=stimulus.label):
        study.open()
    study.refresh_from_db()
    assert study.is_draft and not study.version_hash
    stimulus.hidden = True
    stimulus.save()
    study.open()


def test_a_study_without_anything_to_rate_does_not_open() -> None:
    study = building.draft(1)
    study.stimuli.update(practice=True)
    with pytest.raises(StudyError, match="nothing to rate"):
        study.open()


def test_a_new_version_has_its_own_files_and_closes_the_old_one() -> None:
    study = building.opened(1)
    revised = study.revise()
    assert (revised.version, revised.state, revised.version_hash) == (2, "draft", "")
    with pytest.raises(StudyError, match="still a draft"):
        study.revise()
    old, new = study.stimuli.get(kind="image"), revised.stimuli.get(kind="image")
    assert old.image.name != new.image.name and old.image.read() == new.image.read()
    assert Study.objects.newest("faces") == study  # until the draft is opened
    revised.open()
    study.refresh_from_db()
    assert study.state == "closed" and Study.objects.newest("faces") == revised


def test_block_orders_are_balanced() -> None:
    study = building.opened(3)
    people = [Participant.objects.begin(study) for _ in range(6)]
    assert Counter(p.music_first for p in people) == {True: 3, False: 3}
    assert [p.label for p in people] == [f"P{n:04d}" for n in range(1, 7)]


def test_a_full_study_takes_nobody_in_until_a_session_is_abandoned() -> None:
    study = building.opened(2, target_ratings=1)
    first = Participant.objects.begin(study)
    with pytest.raises(StudyError, match="all the ratings"):
        Participant.objects.begin(study)
    Participant.objects.filter(pk=first.pk).update(last_seen=timezone.now() - RESERVED - timedelta(seconds=1))
    building.rate_all(Participant.objects.begin(study))
    with pytest.raises(StudyError, match="all the ratings"):
        Participant.objects.begin(study)
    building.rate_all(first)  # who comes back late may finish all the same
    assert Rating.objects.filter(item__role=Role.MAIN).count() == 8


def test_an_abandoned_sessions_ratings_still_count_as_taken() -> None:
    study = building.opened(2)
    person = Participant.objects.begin(study)
    rated = person.items.filter(role=Role.MAIN)[0]
    Rating.objects.give(rated, 3.0)
    Participant.objects.update(last_seen=timezone.now() - RESERVED - timedelta(seconds=1))
    assert {o.key: o.taken for o in study_offers(study, False)} == {
        pk: int(pk == rated.stimulus_id) for pk in study.stimuli.values_list("pk", flat=True)
    }


def test_simulated_people_take_no_places_from_real_ones() -> None:
    study = building.opened(1, target_ratings=1)
    Participant.objects.begin(study, simulated=True)
    Participant.objects.begin(study)


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_nobody_begins_a_study_that_is_not_open(state: str) -> None:
    study = building.draft(1)
    if state == "closed":
        study.open()
        study.close()
    with pytest.raises(StudyError, match="not open"):
        Participant.objects.begin(study)


def test_a_rating_is_stored_once() -> None:
    person = Participant.objects.begin(building.opened(1))
    item = person.items.open()[0]
    assert Rating.objects.give(item, 3.0, plays=1)[1]
    stored, is_new = Rating.objects.give(item, 9.0)
    assert (stored.score, stored.plays, is_new) == (3.0, 1, False)


def test_the_last_rating_ends_the_session() -> None:
    person = Participant.objects.begin(building.opened(2))
    building.rate_all(person)
    person.refresh_from_db()
    assert person.finished is not None and not person.items.open().exists()


@pytest.mark.parametrize("score", [-0.01, 10.01, float("nan")])
def test_the_database_itself_refuses_a_score_off_the_scale(score: float) -> None:
    item = Participant.objects.begin(building.opened(1)).items.open()[0]
    with pytest.raises(IntegrityError):
        Rating.objects.give(item, score)


def test_withdrawing_leaves_an_anonymous_line_and_nothing_else() -> None:
    study = building.opened(1)
    invitation = Invitation.objects.create(study=study)
    person = Participant.objects.begin(study, invitation=invitation)
    item = person.items.open()[0]
    Rating.objects.give(item, 3.0)
    person.withdraw()
    assert not Participant.objects.exists() and not Item.objects.exists() and not Rating.objects.exists()
    assert [(e.study, e.n_ratings) for e in Erasure.objects.all()] == [(study, 1)]
    invitation.refresh_from_db()
    assert invitation.participant is None and invitation.spent is not None
    with pytest.raises(StudyError, match="withdrawn"):
        Rating.objects.give(item, 3.0)


def test_erasing_a_simulated_session_does_not_count_as_a_persons() -> None:
    Participant.objects.begin(building.opened(1), simulated=True).withdraw()
    assert not Participant.objects.exists() and not Erasure.objects.exists()


def test_a_personal_link_begins_one_session() -> None:
    study = building.opened(1)
    invitation = Invitation.objects.create(study=study)
    person = Participant.objects.begin(study, invitation=invitation)
    invitation.refresh_from_db()
    assert invitation.participant == person
    with pytest.raises(StudyError, match="has been used"):
        Participant.objects.begin(study, invitation=invitation)
    assert study.participants.count() == 1


@pytest.mark.parametrize("typed", ["{}", "{:.4}-rest", " lower "])
def test_a_code_is_found_however_it_is_typed(typed: str) -> None:
    person = Participant.objects.begin(building.opened(1))
    as_typed = {"{}": person.code, "{:.4}-rest": person.shown_code, " lower ": f" {person.code.lower()} "}[typed]
    assert Participant.objects.with_code(as_typed) == person
    assert Participant.objects.with_code(person.code[:-1]) is None


@pytest.mark.django_db(transaction=True)
def test_people_who_come_at_once_get_numbers_and_places_of_their_own() -> None:
    study = building.opened(2, target_ratings=3)
    taken_in, refused = [], []

    def come() -> None:
        try:
            taken_in.append(Participant.objects.begin(study).number)
        except StudyError as error:
            refused.append(error.code)
        finally:
            connection.close()

    crowd = [threading.Thread(target=come) for _ in range(6)]
    for person in crowd:
        person.start()
    for person in crowd:
        person.join()
    assert sorted(taken_in) == [1, 2, 3] and refused == ["full"] * 3


@pytest.mark.django_db(transaction=True)
def test_the_same_rating_sent_twice_at_once_is_stored_once() -> None:
    person = Participant.objects.begin(building.opened(1))
    items = list(person.items.open())
    new: list[bool] = []

    def send(item: Item) -> None:
        try:
            new.append(Rating.objects.give(item, 4.0)[1])
        finally:
            connection.close()

    senders = [threading.Thread(target=send, args=(item,)) for item in items for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert Counter(new) == {True: len(items), False: 2 * len(items)}
    person.refresh_from_db()
    assert person.finished is not None
