"""Pieces made from pieces: what they keep of their parent, what is refused, and that the same asks for the same."""

import html
from pathlib import Path

import pytest
from django.test import Client

from compose import family
from compose.family import FamilyError
from compose.models import Composition
from ml.domain import STRONGEST, EmotionTarget
from ml.music.ending import ENDING_S
from tests import base
from tests.compose.pieces import child, made, piece, unheard  # noqa: F401  # a fixture for every test

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


def post(client: Client, parent: Composition, **fields: str) -> tuple[int, dict[str, str]]:
    answer = client.post(f"{parent.get_absolute_url()}from/", fields, headers=JSON)
    return answer.status_code, answer.json()


def test_another_one_has_the_same_target_and_its_own_seed(client: Client) -> None:
    parent = piece("calm", source="camera", expression=base.expression(happy=0.7))
    status, answer = post(client, parent, way="another")
    another = Composition.objects.get(pk=answer["piece"])
    assert (status, another.parent, another.way) == (201, parent, "another")
    assert (another.target, another.seconds, another.source) == (parent.target, parent.seconds, parent.source)
    assert another.reading == parent.reading
    assert another.seed != parent.seed
    assert made(another).notes != parent.notes


def test_more_goes_further_in_the_same_key_until_nothing_is_left(client: Client) -> None:
    parent = piece("tense")
    more = child(parent, "more")
    assert (more.target, more.tonic) == (EmotionTarget("tense", -1.0, 1.0, STRONGEST), parent.tonic)
    assert more.title.startswith("Very tense, in ")
    status, answer = post(client, more, way="more")
    assert (status, answer["code"]) == (400, "no-more")
    page = client.get(more.get_absolute_url()).content.decode()
    assert 'value="more" disabled' in page
    assert "As tense as it gets" in page


def test_a_longer_piece_begins_as_its_parent_does_without_the_ending() -> None:
    parent = piece(seconds=16.0)
    longer = child(parent, "longer")
    assert longer.duration_s == pytest.approx(32.0)
    assert longer.primer_s == pytest.approx(16.0 - ENDING_S, abs=0.01)
    kept = [note for note in parent.notes if note[1] < longer.primer_s]
    assert longer.notes[: len(kept)] == kept
    assert longer.tonic == parent.tonic


def test_a_continuation_keeps_what_came_before_and_begins_to_play_there(client: Client) -> None:
    parent = piece(seconds=16.0)
    on = child(parent, "on", 5.5)
    kept = [note for note in parent.notes if note[1] < 5.5]
    assert [note[:2] for note in on.notes[: len(kept)]] == [note[:2] for note in kept]
    assert on.notes[len(kept)][1] != parent.notes[len(kept)][1]
    assert (on.begin_s, on.primer_s) == (5.5, 5.5)
    assert on.duration_s == pytest.approx(5.5 + family.NEW_S)
    assert client.get(f"{on.get_absolute_url()}notes.json").json()["primer_s"] == 5.5
    page = client.get(on.get_absolute_url()).content.decode()
    assert 'audio.mp3#t=5.50"' in page  # without script, too
    assert "Its first 6 seconds are that piece&#x27;s own" in page or "Its first 6 seconds are that piece's own" in page


def test_going_on_from_the_very_end_leaves_the_closing_chords_out() -> None:
    parent = piece(seconds=12.0)
    plan = family.plan(parent, "on", 12.0)
    assert plan.primer_s == pytest.approx(12.0 - ENDING_S, abs=0.01)


@pytest.mark.parametrize("way", ["another", "more", "longer", "on"])
def test_the_same_parent_way_and_seed_give_the_same_bytes(way: str) -> None:
    parent = piece(seconds=12.0)
    first, second = (child(parent, way, 6.0, seed=3) for _ in range(2))
    assert first.pk != second.pk
    assert Path(first.midi.path).read_bytes() == Path(second.midi.path).read_bytes()


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({}, "required", "Say what to make"),
        ({"way": "backwards"}, "bad-way", "backwards"),
        ({"way": "on"}, "bad-place", "not –"),
        ({"way": "on", "at": "soon"}, "bad-place", "soon"),
        ({"way": "on", "at": "nan"}, "bad-place", "nan"),
        ({"way": "on", "at": "0.5"}, "bad-place", "not 0.5"),
        ({"way": "on", "at": "12.5"}, "bad-place", "between 2 and 12 seconds, not 12.5"),
        ({"way": "another", "seed": "-1"}, "bad-seed", "-1"),
        ({"way": "another", "seed": str(2**31)}, "bad-seed", str(2**31)),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(client: Client, fields: dict[str, str], code: str, words: str) -> None:
    parent = piece(seconds=12.0)
    status, answer = post(client, parent, **fields)
    assert (status, answer["code"]) == (400, code)
    assert words in answer["detail"]
    page = client.post(f"{parent.get_absolute_url()}from/", fields)  # without script: the same page, saying the same
    assert page.status_code == 400
    assert answer["detail"] in html.unescape(page.content.decode())
    assert Composition.objects.count() == 1


def test_an_unknown_parent_is_a_404_and_an_unready_one_is_refused(client: Client) -> None:
    assert client.post("/pieces/00000000-0000-4000-8000-000000000000/from/", {"way": "another"}).status_code == 404
    waiting = Composition.objects.ask(base.piece().target, "emotion")
    assert post(client, waiting, way="another")[1]["code"] == "not-ready"


def test_a_form_of_another_site_makes_nothing() -> None:
    parent = piece()
    assert (
        Client(enforce_csrf_checks=True).post(f"{parent.get_absolute_url()}from/", {"way": "more"}).status_code == 403
    )


def test_pieces_do_not_grow_for_ever() -> None:
    parent = piece(seconds=12.0)
    parent.duration_s = parent.seconds = family.MOST_S
    with pytest.raises(FamilyError, match=r"240 seconds") as refused:
        family.plan(parent, "longer")
    assert refused.value.code == "too-long"
    with pytest.raises(FamilyError, match=r"between 2 and 210 seconds, not 215"):
        family.plan(parent, "on", 215.0)


def test_parent_and_children_name_each_other(client: Client) -> None:
    parent = piece("sad")
    longer = child(parent, "longer")
    above = html.unescape(client.get(parent.get_absolute_url()).content.decode())
    assert f'<a href="{longer.get_absolute_url()}">{longer.title}</a>' in above
    below = html.unescape(client.get(longer.get_absolute_url()).content.decode())
    assert f'A longer version of <a href="{parent.get_absolute_url()}">{parent.title}</a>' in below


def test_a_child_whose_parent_is_gone_before_it_is_made_says_so() -> None:
    parent = piece()
    asked = Composition.objects.ask_from(parent, family.plan(parent, "longer"))
    parent.delete()
    with pytest.raises(FamilyError, match="goes on from is gone"):  # once more
        made(asked)
    with pytest.raises(AssertionError, match="goes on from is gone"):
        made(asked)
    assert asked.error_code == "no-parent"


def test_a_child_of_live_music_is_a_piece_of_its_own_length() -> None:
    parent = piece(seconds=12.0)
    parent.source = Composition.Source.LIVE
    plan = family.plan(parent, "another")
    assert plan.seconds == family.NEW_S
    assert Composition.objects.ask_from(parent, plan).source == Composition.Source.EMOTION
