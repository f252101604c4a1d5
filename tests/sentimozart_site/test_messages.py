"""Every marked string stands in the German catalogues, translated; the machinery finds it wherever it is marked."""

from pathlib import Path

import pytest
from django.test import Client

from sentimozart_site import messages


def test_the_german_is_complete_and_current() -> None:
    assert list(messages.check()) == []


@pytest.mark.parametrize(
    ("name", "kind", "text", "found"),
    [
        ("a.html", "template", '{% load i18n %}<p>{% translate "One" %}</p>', "One"),
        ("a.html", "template", "{% blocktranslate trimmed %}Two\n  lines{% endblocktranslate %}", "Two lines"),
        ("a.js", "javascript", 'class A { #b() { return `x${gettext("Three")}` } }', "Three"),
        ("a.py", "python", 'from x import gettext_lazy\nA = gettext_lazy("Four" " and five")', "Four and five"),
    ],
)
def test_a_marked_string_is_found(tmp_path: Path, name: str, kind: str, text: str, found: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert [ids for _, ids, _, _ in messages.strings_in(path, kind)] == [found]


@pytest.mark.django_db
def test_pages_speak_the_browsers_language_until_somebody_chooses(client: Client) -> None:
    messages.compile_all()
    german = client.get("/", headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}).content.decode()
    assert '<html lang="de">' in german and "Ein Gesicht wird Musik" in german and "/words/de.js" in german
    other = client.get("/", headers={"Accept-Language": "fr"}).content.decode()
    assert '<html lang="en-gb">' in other and "A face becomes music" in other and "/words/" not in other
    missing = client.get("/no-such-page/", headers={"Accept-Language": "de"}).content.decode()
    assert '<html lang="de">' in missing and "Hier wird nichts gespielt" in missing
    client.post("/language/", {"language": "de", "next": "/wall/"})
    assert "Die Wand" in client.get("/wall/").content.decode()
    assert b"Kein Gesicht ist zu erkennen." in client.get("/words/de.js").content.replace(rb"\u0020", b" ")
