"""Someone in front of the rating page: presses what it shows, listens to the end, and remembers every score given."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

LOAD_MS = 20_000  # a busy test machine may need seconds for a page
CLIP_MS = 15_000  # the longest example of the sound check lasts 4 s
SCREEN = "[data-screen]:not([hidden])"
ITEM = "[data-screen=item]:not([hidden])"


def open_page(context: BrowserContext, address: str) -> Page:
    """The page at `address`; anything its script throws or the policy refuses fails the test."""
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"the page threw {error}"))
    page.on("console", lambda line: pytest.fail(line.text) if "Content Security Policy" in line.text else None)
    page.on("dialog", lambda dialog: dialog.accept())  # "leave this page?" while something is unsent
    page.goto(address)
    return page


@dataclass
class Rater:
    """One person at one page.

    Args:
        scores: what was given so far, in order.
    """

    page: Page
    scores: list[float] = field(default_factory=list)
    n_notes: int = 0

    def __post_init__(self) -> None:
        self.page.on("request", self.note_request)

    def note_request(self, request: Request) -> None:
        """Nobody here has ears: how many notes there are is in the example's name."""
        if match := re.search(r"sound-check-(\d)", request.url):
            self.n_notes = int(match[1])

    def consent(self) -> None:
        self.page.check("[name=agree]")
        self.page.click("#consent button")
        self.press_on("start")

    @property
    def code(self) -> str:
        return self.page.locator(".study-links strong").inner_text()

    @property
    def screen(self) -> str:
        """The screen in sight; "done" on the last page."""
        shown = self.page.locator(f"{SCREEN}:not([data-screen=ending]), #done")
        return str(shown.first.evaluate("e => e.dataset.screen ?? 'done'", timeout=LOAD_MS))

    def press_on(self, screen: str) -> None:
        self.page.click(f"[data-screen={screen}]:not([hidden]) [data-go]", timeout=LOAD_MS)

    def hear_clip(self, within: str = ITEM) -> None:
        expect(self.page.locator(f"{within} [data-play]")).to_be_enabled(timeout=LOAD_MS)
        self.page.click(f"{within} [data-play]")
        self.wait_for_end(within)

    def wait_for_end(self, within: str = ITEM) -> None:
        expect(self.page.locator(f"{within} [data-clip-state]")).to_contain_text("Heard", timeout=CLIP_MS)

    def pass_sound_check(self) -> None:
        self.hear_clip("[data-screen=sound-check]")
        self.page.click(f"[data-notes='{self.n_notes}']")

    def rate(self, share: float) -> None:
        """Put the thumb at this share of the line and go on."""
        if self.page.locator(f"{ITEM} [data-clip]").is_visible():
            self.hear_clip()
        expect(self.next).to_be_disabled()
        line = self.page.locator("[data-line]").bounding_box()
        assert line is not None
        y = line["y"] + line["height"] / 2
        self.page.mouse.move(line["x"] + line["width"] / 2, y)
        self.page.mouse.down()
        self.page.mouse.move(line["x"] + line["width"] * share, y, steps=3)
        self.page.mouse.up()
        self.go_on()

    def go_on(self, key: str = "") -> None:
        """Press Next, or a key, once the page allows it; the score that stands there then has been given."""
        expect(self.next).to_be_enabled(timeout=LOAD_MS)
        self.scores.append(self.shown_score)
        number = self.page.locator("[data-place]").inner_text()
        if key:
            self.page.keyboard.press(key)
        else:
            self.next.click()
        expect(self.page.locator(f"{ITEM} [data-place]", has_text=number)).to_have_count(0)

    @property
    def next(self) -> Locator:
        return self.page.locator("[data-next]")

    @property
    def shown_score(self) -> float:
        return float(self.page.locator("[data-score]").inner_text().split(",")[0])

    def rate_to_the_end(self, shares: Iterator[float]) -> None:
        """Everything that is left, whatever screens come in between."""
        while (screen := self.screen) != "done":
            if screen == "part":
                self.press_on("part")
            elif screen == "sound-check":
                self.pass_sound_check()
            elif screen == "item":
                self.rate(next(shares))
