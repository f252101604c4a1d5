"""The opening sounds while the rest is composed, and the whole piece takes over where it is."""

import threading
from collections.abc import Callable

from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import PIECE_MS, open_stage, wait_for
from tests.site import Server

OpenBrowser = Callable[..., Browser]

# Every few milliseconds: where both sounds are and how loud, null for one that is silent.
WATCH = """() => {
  const first = document.querySelector("#opening-audio"), whole = document.querySelector("#player-audio")
  const look = (a) => (a.paused ? null : { at: a.currentTime, level: a.muted ? 0 : a.volume })
  window.seen = []
  setInterval(() => window.seen.push({ first: look(first), whole: look(whole) }), 5)
}"""

SOUNDS = "!document.querySelector('#player-audio').paused && !document.querySelector('#player-audio').muted"


def begin(server: Server, browser: Browser) -> Page:
    """A piece's opening has begun to sound."""
    page = open_stage(browser, server)
    page.evaluate(WATCH)
    page.click('[data-emotion="happy"]')
    wait_for(page, "document.querySelector('#opening-audio').currentTime > 0.1")
    return page


def test_the_whole_takes_over_where_the_opening_is(server: Server, browser_with: OpenBrowser) -> None:
    page = begin(server, browser_with())
    expect(page.locator("#player")).to_be_visible()
    expect(page.locator("#midi-link")).to_be_hidden()
    wait_for(page, "seen.at(-1).whole && !seen.at(-1).first")
    seen = page.evaluate("seen")
    change = next(i for i, now in enumerate(seen) if now["whole"] and now["whole"]["level"] > 0)
    before = [now for now in seen[:change] if now["first"] and now["whole"]][-1]
    assert abs(before["whole"]["at"] - before["first"]["at"]) < 0.05
    begun = next(i for i, now in enumerate(seen) if now["first"])
    assert all(now["first"] or now["whole"] for now in seen[begun:])  # never silent
    expect(page.locator("#midi-link")).to_be_visible()
    assert page.evaluate("document.querySelector('#player-audio').duration") > 25


def begin_without_whole(server: Server, browser: Browser) -> tuple[Page, Callable[[], None]]:
    """A piece's opening has begun to sound; the whole piece's sound comes once the second result is called."""
    released = threading.Event()
    held: list[Route] = []
    page = open_stage(browser, server)
    page.route("**/audio.mp3", lambda route: route.continue_() if released.is_set() else held.append(route))
    page.click('[data-emotion="calm"]')
    wait_for(page, "document.querySelector('#opening-audio').currentTime > 0.1")

    def release() -> None:
        released.set()
        for route in held:
            route.continue_()

    return page, release


def test_an_opening_that_ends_too_early_is_gone_on_from(server: Server, browser_with: OpenBrowser) -> None:
    page, release = begin_without_whole(server, browser_with())
    page.evaluate("document.querySelector('#opening-audio').playbackRate = 8")
    wait_for(page, "document.querySelector('#opening-audio').ended")
    wait_for(page, "document.querySelector('#player-audio').hasAttribute('src')")
    release()
    wait_for(page, SOUNDS)
    assert 5 < page.evaluate("document.querySelector('#player-audio').currentTime") < 13


def test_who_seeks_past_the_opening_hears_the_whole_there(server: Server, browser_with: OpenBrowser) -> None:
    page, release = begin_without_whole(server, browser_with())
    wait_for(page, "document.querySelector('#piano-roll').ariaValueMax > 25")  # the whole piece's notes are there
    wait_for(page, "document.querySelector('#player-audio').hasAttribute('src')")
    page.locator("#piano-roll").focus()
    page.keyboard.press("PageUp")
    page.keyboard.press("PageUp")
    release()
    wait_for(page, SOUNDS)
    wait_for(page, "document.querySelector('#player-audio').currentTime > 15", 3)
    assert page.evaluate("document.querySelector('#player-audio').currentTime") < 25


def test_who_stops_the_opening_finds_the_whole_at_the_same_place(server: Server, browser_with: OpenBrowser) -> None:
    page = begin(server, browser_with())
    page.click("[data-play]")
    stopped_s = page.evaluate("document.querySelector('#opening-audio').currentTime")
    expect(page.locator("#midi-link")).to_be_visible(timeout=PIECE_MS)
    wait_for(page, "document.querySelector('#player-audio').currentTime > 0")
    assert page.evaluate("document.querySelector('#player-audio').paused")
    assert abs(page.evaluate("document.querySelector('#player-audio').currentTime") - stopped_s) < 0.1
    page.click("[data-play]")
    wait_for(page, f"document.querySelector('#player-audio').currentTime > {stopped_s} + 0.3")
