"""A piece's page in a real browser: gone on from, hung up and taken down, while the music plays on."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from compose import ownership
from tests.browser.conftest import PIECE_MS
from tests.browser.rater import open_page
from tests.site import Server

OpenBrowser = Callable[..., Browser]
MAKE = """
import time
from compose.models import Composition
from ml import emotion
piece = Composition.objects.ask(emotion.target("calm"), "emotion", seed=11)
while not piece.is_over:
    time.sleep(0.2)
    piece.refresh_from_db()
print(piece.pk)
"""
KEY = """
from compose import ownership
from compose.models import Composition
print(ownership.key_of(Composition.objects.get(pk="{pk}")))
"""


@pytest.fixture(scope="module")
def made(server: Server) -> str:
    """The address of a ready piece."""
    return f"{server.url}/pieces/{server.run(MAKE)}/"


@pytest.fixture
def context(browser_with: OpenBrowser) -> Iterator[BrowserContext]:
    yield browser_with().new_context(viewport={"width": 390, "height": 844})


def wait_for_playing(page: Page) -> None:
    audio, begun_s = page.locator("#player-audio"), None
    expect(audio).to_have_js_property("paused", False, timeout=PIECE_MS)
    deadline = time.monotonic() + PIECE_MS / 1000
    while begun_s is None or audio.evaluate("a => a.currentTime") <= begun_s:
        assert time.monotonic() < deadline, "the sound stands still"
        begun_s = float(audio.evaluate("a => a.currentTime")) if begun_s is None else begun_s
        page.wait_for_timeout(50)


def test_it_goes_on_from_where_the_player_stands(made: str, context: BrowserContext) -> None:
    page = open_page(context, made)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    title = page.locator("h1").inner_text()
    page.locator("#piano-roll").focus()
    page.keyboard.press("PageUp")  # ten seconds on
    expect(page.locator("[data-go-on-at]")).to_have_value("10.0")
    page.get_by_role("button", name="Continue from here").click()
    page.wait_for_url(lambda url: url != made and "/pieces/" in url)
    expect(page.locator(".lineage")).to_contain_text("Its first 10 seconds are that piece's own")
    expect(page.locator(".lineage a")).to_have_text(title)
    expect(page.locator("#family")).to_be_visible(timeout=PIECE_MS)  # the ready page's parts come without a reload
    wait_for_playing(page)
    assert page.evaluate("document.querySelector('#player-audio').currentTime") >= 10
    child = page.locator("h1").inner_text()
    expect(page).to_have_title(f"{child} · SentiMozart")

    page.click(".lineage a")
    expect(page.get_by_role("list", name="Pieces made from this one")).to_contain_text(child)


def test_a_typed_place_stays_until_the_player_moves(made: str, context: BrowserContext) -> None:
    page = open_page(context, made)
    place = page.locator("[data-go-on-at]")
    place.fill("7.5")
    page.locator("h1").click()
    expect(place).to_have_value("7.5")
    page.locator("#piano-roll").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(place).to_have_value("4.0")


def test_its_maker_hangs_it_on_the_wall_and_takes_it_down_while_it_plays(
    made: str, server: Server, context: BrowserContext
) -> None:
    key = server.run(KEY.format(pk=made.split("/")[-2]))
    context.add_cookies([{"name": ownership.COOKIE, "value": key, "url": made}])
    page = open_page(context, made)
    page.locator("[data-play]").first.click()
    wait_for_playing(page)
    page.get_by_role("button", name="Show this piece on the wall").click()
    down = page.get_by_role("button", name="Take this piece off the wall")
    expect(down).to_be_focused()
    expect(page.locator("#message")).to_contain_text("This piece hangs on the wall")
    assert not page.locator("#player-audio").evaluate("a => a.paused")

    down.click()
    expect(page.get_by_role("button", name="Show this piece on the wall")).to_be_focused()
    assert not page.locator("#player-audio").evaluate("a => a.paused")


def test_its_files_have_its_title(made: str, context: BrowserContext) -> None:
    page = open_page(context, made)
    title = page.locator("h1").inner_text().replace("\N{NO-BREAK SPACE}", " ")
    for link, suffix in (("#audio-link", "mp3"), ("#midi-link", "mid"), ("#picture-link", "png")):
        with page.expect_download() as download:
            page.click(link)
        assert download.value.suggested_filename == f"SentiMozart - {title}.{suffix}"


def test_the_pedal_and_the_loudness_are_told_in_words(made: str, context: BrowserContext) -> None:
    page = open_page(context, made)
    expect(page.locator("[data-notes-summary]")).to_contain_text(re.compile("pedal|Two hands can hold"))
    page.get_by_text("All notes as text").click()
    expect(page.locator("[data-notes-list] li").first).to_contain_text(re.compile("soft|medium|loud"))
