"""The wall in a real browser: nothing is fetched before it is played, and one piece plays at a time."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from tests.browser.rater import open_page
from tests.site import Server

OpenBrowser = Callable[..., Browser]
SOUND_MS = 20_000  # until a sound has been fetched, on a busy machine
HANG = """
import time
from compose.models import Composition
from ml import emotion
pieces = [Composition.objects.ask(emotion.target(name), "emotion", seed=21) for name in ("sad", "tense")]
for piece in pieces:
    while not piece.is_over:
        time.sleep(0.2)
        piece.refresh_from_db()
Composition.objects.filter(pk__in=[piece.pk for piece in pieces]).update(on_wall=True)
print(",".join(str(piece.pk) for piece in pieces))
"""


@pytest.fixture(scope="module")
def hung(server: Server) -> Iterator[list[str]]:
    """A sad and a tense piece; taken down afterwards."""
    yield server.run(HANG).split(",")
    server.run("from compose.models import Composition; print(Composition.objects.update(on_wall=False))")


@pytest.fixture
def context(browser_with: OpenBrowser) -> Iterator[BrowserContext]:
    yield browser_with().new_context(viewport={"width": 390, "height": 844})


def is_playing(card: Locator) -> bool:
    return bool(card.locator("audio").evaluate("a => !a.paused && a.currentTime > 0"))


def test_pieces_play_where_they_hang_one_at_a_time(server: Server, hung: list[str], context: BrowserContext) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/wall/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "audio" in url]

    sad, tense = (page.locator("[data-card]", has=page.locator(f'a[href*="{key}"]')) for key in hung)
    for card, other in ((sad, tense), (tense, sad)):
        card.get_by_role("button").click()
        expect(card.get_by_role("button")).to_have_attribute("aria-pressed", "true")
        expect(card.locator("[data-now]")).to_have_attribute("data-shown", "", timeout=SOUND_MS)
        assert is_playing(card)
        assert not is_playing(other)
    tense.get_by_role("button").press("Enter")
    expect(tense.get_by_role("button")).to_have_attribute("aria-pressed", "false")


def test_one_emotion_alone_then_to_the_piece(server: Server, hung: list[str], context: BrowserContext) -> None:
    page = open_page(context, f"{server.url}/wall/")
    page.get_by_role("navigation", name="Emotions").get_by_role("link", name="sad").click()
    expect(page.get_by_role("link", name="sad", exact=True)).to_have_attribute("aria-current", "page")
    expect(page.locator("[data-card] h2")).to_contain_text(["Sad"])
    page.locator("[data-card] h2 a").first.click()
    expect(page.locator("h1")).to_contain_text("Sad")
    expect(page.get_by_role("heading", name="Make more from it")).to_be_visible()
    expect(page.get_by_role("button", name="Take this piece off the wall")).to_have_count(0)  # who made it has that


def test_without_script_the_browsers_own_player_is_there(
    server: Server, hung: list[str], browser_with: OpenBrowser
) -> None:
    page = browser_with().new_context(java_script_enabled=False).new_page()
    page.goto(f"{server.url}/wall/")
    expect(page.locator("[data-card] audio[controls]").first).to_be_visible()
    expect(page.locator("[data-card] button").first).to_be_hidden()
