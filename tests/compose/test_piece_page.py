"""A piece's own page: one title everywhere, what a shared link shows, and words in the visitor's language."""

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from compose import piece_words, titles
from compose.languages import language_of
from compose.models import Composition
from ml.domain import TONIC_NAMES
from tests.compose.pieces import piece, unheard  # noqa: F401  # a fixture for every test

pytestmark = pytest.mark.django_db


def ready(**fields: Any) -> Composition:
    """A piece that is only looked at: nothing of it is stored."""
    known = {"state": "ready", "emotion": "happy", "valence": 1.0, "arousal": 1.0, "seed": 1, "source": "emotion"}
    return Composition(**{**known, "tonic": 2, "mode": "major", "bpm": 96.4, **fields})


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({}, "Happy, in D major, at a walking pace (96)"),
        ({"bpm": None}, "Happy, in D major"),
        ({"tonic": None, "mode": "", "bpm": None}, "Happy"),
        ({"strength": 1.25}, "Very happy, in D major, at a walking pace (96)"),
        ({"emotion": "custom", "mode": "minor", "bpm": 59.9}, "Finer feelings, in D minor, very slow (60)"),
        ({"source": "live", "bpm": 250.0}, "Following a face, in D major, very fast (250)"),
    ],
)
def test_a_title_says_what_is_known(fields: dict[str, Any], title: str) -> None:
    assert ready(**fields).title.replace(titles.NO_BREAK, " ") == title


def test_every_key_and_every_failure_of_a_name_has_words() -> None:
    assert {(tonic, mode) for tonic in TONIC_NAMES for mode in ("major", "minor")} == set(titles.KEYS)
    assert "weights" in piece_words.failure_of(ready(error_code="no-checkpoint", error_detail="x"))
    assert piece_words.failure_of(ready(error_code="brand-new", error_detail="what it was")) == "what it was"


def test_the_title_is_the_same_everywhere(client: Client) -> None:
    shown = piece()
    page = html.unescape(client.get(shown.get_absolute_url()).content.decode())
    assert f"<title>{shown.title} · SentiMozart</title>" in page
    assert re.search(rf"<h1[^>]*>{re.escape(shown.title)}</h1>", page)
    assert f'property="og:title" content="{shown.title}"' in page
    assert shown.describe()["title"] == shown.title
    saved = client.get(f"{shown.get_absolute_url()}piece.mid?download")["Content-Disposition"]
    assert saved.isascii()
    assert saved.startswith("attachment; filename")
    assert "SentiMozart%20-%20" in saved or "SentiMozart - Happy, in " in saved


def test_a_link_to_it_is_previewed_with_its_picture(client: Client) -> None:
    shown = piece()
    page = html.unescape(client.get(shown.get_absolute_url()).content.decode())
    found = re.search(r'property="og:image" content="(http://testserver(/[^"]+))"', page)
    assert found
    picture = client.get(found[2])
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/png")
    assert 'name="twitter:card" content="summary_large_image"' in page
    assert 'name="robots" content="noindex"' in page


def test_a_piece_that_is_not_ready_has_no_preview_and_nothing_to_be_made_from(client: Client) -> None:
    waiting = Composition.objects.ask(ready().target, "emotion")
    page = client.get(waiting.get_absolute_url()).content.decode()
    assert "og:image" not in page
    assert 'name="way"' not in page
    assert client.get(f"{waiting.get_absolute_url()}picture.png").status_code == 404


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ([], "en-gb"),
        ([(b"accept-language", b"de-AT,de;q=0.9")], "de"),
        ([(b"accept-language", b"de"), (b"cookie", b"django_language=en-gb; a=b")], "en-gb"),
        ([(b"cookie", b"\xff;;=")], "en-gb"),
    ],
)
def test_a_websocket_knows_its_visitors_language(headers: list[tuple[bytes, bytes]], language: str) -> None:
    assert language_of({"headers": headers}) == language
    assert translation.get_language() == "en-gb"
