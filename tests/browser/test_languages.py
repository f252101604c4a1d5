"""The other language in a real browser: pages follow the visitor, a study's pages follow the study."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from sentimozart_site import messages
from tests.browser.rater import Rater, open_page
from tests.browser.test_accessibility import violations
from tests.site import Server

OpenBrowser = Callable[..., Browser]
STUDIES = """
import json
import re
from tests.evaluation import building
german = building.opened(2, name="auf-deutsch", title="Gesichter und Musik", language="de", demographics=True)
english = building.opened(2, name="in-english")
print(json.dumps([german.name, english.name]))
"""

TOLD = "from evaluation.models import Participant; print(Participant.objects.latest('began').demographics)"


@pytest.fixture(scope="module")
def studies(server: Server) -> list[str]:
    """A German and an English study, both open."""
    messages.compile_all()
    names: list[str] = json.loads(server.run(STUDIES))
    return names


@pytest.fixture
def german(browser_with: OpenBrowser) -> Iterator[BrowserContext]:
    yield browser_with().new_context(locale="de-DE", viewport={"width": 390, "height": 844})


@pytest.fixture
def english(browser_with: OpenBrowser) -> Iterator[BrowserContext]:
    yield browser_with().new_context(locale="en-GB", viewport={"width": 390, "height": 844})


def test_a_german_visitor_reads_german_and_nothing_breaks_on_a_telephone(
    server: Server, studies: list[str], german: BrowserContext
) -> None:
    headings = {
        "/": "Ein Gesicht wird Musik", "/wall/": "Die Wand", "/listen/": "Wie klingt das?",
        "/privacy/": "Was mit Ihrem Bild geschieht", "/study/resume/": "Mit Ihrem Code weitermachen",
        "/no-such-page/": "Hier wird nichts gespielt",
    }  # fmt: skip
    for address, heading in headings.items():
        page = open_page(german, server.url + address)
        expect(page.locator("h1")).to_have_text(heading)
        expect(page.locator("html")).to_have_attribute("lang", "de")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
        assert violations(page) == []
        page.close()


def test_the_language_is_changed_without_script(server: Server, browser_with: OpenBrowser) -> None:
    page = browser_with().new_context(java_script_enabled=False, locale="en-GB").new_page()
    page.goto(f"{server.url}/listen/")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("h1")).to_have_text("Wie klingt das?")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("What does it sound like?")


def test_everyone_in_a_german_study_reads_german(server: Server, studies: list[str], english: BrowserContext) -> None:
    page = open_page(english, f"{server.url}/study/{studies[0]}/")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#consent label").first).to_have_text("Ihr Alter")
    assert violations(page) == []
    page.select_option("[name=gender]", label="Frau")
    rater = Rater(page)
    rater.consent()
    rater.press_on("part")  # the first participant of a study begins with the pictures
    expect(page.locator("[data-picture]")).to_be_visible()
    expect(page.locator("[data-question]")).to_have_text(
        "Wie fühlt sich die Person auf dem Bild, von 0 traurig bis 10 fröhlich?"
    )
    page.locator("[data-line] input").press("7")
    expect(page.locator("[data-score]")).to_have_text("7 – eher fröhlich")
    page.locator("[data-line] input").press("Shift+ArrowRight")
    expect(page.locator("[data-score]")).to_have_text("7,1 – eher fröhlich")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []
    told = server.run(
        "from evaluation.models import Participant; print(Participant.objects.latest('began').demographics)"
    )
    assert told == "{'gender': 'woman'}"  # the same in every language


def test_an_english_study_stays_english(server: Server, studies: list[str], german: BrowserContext) -> None:
    page = open_page(german, f"{server.url}/study/{studies[1]}/")
    expect(page.locator("html")).to_have_attribute("lang", "en-gb")
    Rater(page).consent()
    expect(page.locator("html")).to_have_attribute("lang", "en-gb")
    expect(page.locator("#progress-words")).to_have_text(re.compile("of 6 answered"))
