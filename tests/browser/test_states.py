"""What the stage says in every state of camera, picture and server: its own words, and a way on."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.browser.conftest import open_stage
from tests.browser.test_accessibility import violations
from tests.browser.test_whole_way import FACE_MS, show_face
from tests.site import Server

OpenBrowser = Callable[..., Browser]
READING = re.compile(r"/ws/reading/$")
REFUSE = """navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "%s"))"""
INSECURE = """Object.defineProperty(window, "isSecureContext", { value: false })"""
INCAPABLE = """Object.defineProperty(navigator, "mediaDevices", { value: undefined })"""

UNPLUG = """document.querySelector("#camera-video").srcObject.getTracks()[0].dispatchEvent(new Event("ended"))"""
COUNT_WHAT_IS_HEARD = """new MutationObserver(seen => window.nHeard = (window.nHeard ?? 0) + seen.length)
  .observe(document.querySelector("[data-announce-hint]"), { childList: true, characterData: true, subtree: true })"""


def ask_for_camera(page: Page, script: str) -> None:
    """Press the button in a page that is loaded anew, with the browser changed by a script first."""
    page.add_init_script(script)
    page.reload()
    page.click("#camera-start")


def expect_problem(page: Page, kind: str, words: str) -> None:
    """The problem is said where the camera was asked for, with a button and ways without a camera."""
    problem = page.locator("[data-problem]")
    expect(problem).to_have_attribute("data-kind", kind, timeout=FACE_MS)
    expect(problem).to_contain_text(words)
    expect(page.locator("#camera-start")).to_have_text("Try again")
    expect(page.locator("#camera-start")).to_be_focused()
    expect(page.locator("#message")).to_be_empty()
    page.click("[data-ways-on] a:has-text('emotion')")
    expect(page.locator("#emotion-form")).to_be_in_viewport()


def test_a_camera_that_does_not_open_is_explained(server: Server, browser_with: OpenBrowser) -> None:
    browser = browser_with("face")
    for kind, script, words in (
        ("none", REFUSE % "NotFoundError", "No camera was found"),
        ("taken", REFUSE % "NotReadableError", "in use"),
        ("insecure", INSECURE, "https"),
        ("unsupported", INCAPABLE, "This browser cannot"),
        ("unknown", REFUSE % "InvalidStateError", "could not be opened"),
    ):
        page = open_stage(browser, server)
        ask_for_camera(page, script)
        expect_problem(page, kind, words)
        page.context.close()


def test_a_camera_that_is_not_allowed_can_be_allowed_later(server: Server, browser_with: OpenBrowser) -> None:
    page = open_stage(browser_with(), server)
    page.click("#camera-start")
    expect_problem(page, "denied", "not allowed")
    page.context.grant_permissions(["camera"])
    page.click("#camera-start")
    expect(page.locator("#hall")).to_have_attribute("data-state", "live", timeout=FACE_MS)
    page.click("#camera-stop")
    expect(page.locator("#camera-start")).to_have_text("Turn on the camera")
    expect(page.locator("[data-problem]")).to_be_hidden()


def test_a_camera_that_is_unplugged_is_said_to_be_gone(server: Server, browser_with: OpenBrowser) -> None:
    page = open_stage(browser_with("face"), server)
    show_face(page)
    page.evaluate(UNPLUG)
    expect_problem(page, "unplugged", "has gone")
    expect(page.locator("#compose")).to_be_disabled()


@pytest.mark.parametrize(
    ("film", "condition", "word", "advice", "can_compose"),
    [
        ("no_face", "no-face", "no face", "arm's length", False),
        ("dark", "dark", "too dark", "lamp", False),
        ("glaring", "bright", "too bright", "Turn away", False),
        ("dim", "dark", None, "It is dark", True),
        ("far", "far", None, "Come closer", True),
        ("two_faces", "several", None, "Several people", True),
    ],
)
def test_a_picture_that_is_hard_to_read_gets_its_advice(
    server: Server,
    browser_with: OpenBrowser,
    film: str,
    condition: str,
    word: str | None,
    advice: str,
    can_compose: bool,
) -> None:
    page = open_stage(browser_with(film), server)
    page.click("#camera-start")
    hint = page.locator("[data-hint]")
    expect(hint).to_have_attribute("data-condition", condition, timeout=FACE_MS)
    expect(hint).to_contain_text(advice)
    if word:
        expect(page.locator("#expression")).to_have_text(word)
    expect(page.locator("#compose")).to_be_enabled(enabled=can_compose)
    heard = page.locator("[data-announce-hint]")
    expect(heard).to_contain_text(advice)  # by screen readers, once it has settled
    page.evaluate(COUNT_WHAT_IS_HEARD)
    page.wait_for_timeout(2500)
    assert page.evaluate("window.nHeard ?? 0") == 0  # and not again


def settled(page: Page, frames: list[tuple[int, bool, str | None]]) -> list[dict[str, Any]]:
    """What remains of (ms, whether there is a face, condition), calmed."""
    found: list[dict[str, Any]] = page.evaluate(
        """async (frames) => {
          const { default: Advice } = await import("/static/js/reading_advice.js")
          const advice = new Advice()
          return frames.map(([ms, face, condition]) => advice.of({ faces: face ? [{}] : [], condition }, ms))
        }""",
        frames,
    )
    return found


def test_advice_changes_once_it_has_held_for_a_second(server: Server, browser_with: OpenBrowser) -> None:
    page = open_stage(browser_with(), server)
    flicker = [(5000 + 150 * i, i % 3 != 0, "no-face" if i % 3 == 0 else None) for i in range(30)]
    assert {(s["hasFace"], s["condition"]) for s in settled(page, flicker)} == {(True, None)}
    darkens = settled(page, [(5000, True, None), (5150, True, "dark"), (6100, True, "dark"), (6150, True, "dark")])
    assert [s["condition"] for s in darkens] == [None, None, None, "dark"]


def test_before_the_first_reading_the_page_says_that_it_looks(server: Server, browser_with: OpenBrowser) -> None:
    page = open_stage(browser_with("face"), server)
    page.route_web_socket(READING, lambda socket: None)  # a server that stays silent
    page.click("#camera-start")
    expect(page.locator("#expression")).to_have_text("looking…")
    expect(page.locator("[data-hint]")).to_contain_text("first reading takes a moment")
    expect(page.locator("#message")).to_contain_text("slow to answer", timeout=FACE_MS)


@pytest.mark.parametrize(
    ("language", "busy"), [("en-GB", "The server is busy just now"), ("de-DE", "Der Server ist gerade beschäftigt")]
)
def test_a_busy_server_is_told_of_and_asked_again(
    server: Server, browser_with: OpenBrowser, language: str, busy: str
) -> None:
    page = open_stage(browser_with("face"), server, locale=language)
    n_sent = 0

    def connect(socket: WebSocketRoute) -> None:
        site = socket.connect_to_server()

        def sent(message: str | bytes) -> None:
            nonlocal n_sent
            n_sent += 1
            if isinstance(message, str):
                socket.send(json.dumps({"type": "error", "code": "queue-full", "detail": "Many pieces, later"}))
            elif n_sent <= 2:
                socket.send(json.dumps({"type": "error", "code": "busy", "detail": "later"}))
            else:
                site.send(message)

        socket.on_message(sent)

    page.route_web_socket(READING, connect)
    page.click("#camera-start")
    expect(page.locator("#message")).to_contain_text(busy, timeout=FACE_MS)
    expect(page.locator("#compose")).to_be_enabled(timeout=FACE_MS)  # it was read by then, with nothing pressed
    expect(page.locator("#message")).to_be_empty()
    page.click("#compose")
    expect(page.locator("#message")).to_contain_text("Many pieces, later")
    expect(page.locator("#compose")).to_be_enabled(timeout=FACE_MS)


def test_a_connection_that_is_lost_comes_back(server: Server, browser_with: OpenBrowser) -> None:
    page = open_stage(browser_with("face"), server)
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if len(sockets) != 2:  # the second attempt finds nobody
            socket.connect_to_server()
        else:
            socket.close(code=1011)

    page.route_web_socket(READING, connect)
    show_face(page)
    sockets[0].close(code=1011)
    expect(page.locator("#message")).to_contain_text("is lost")
    expect(page.locator("[data-hint]")).to_contain_text("Connection lost")
    expect(page.locator("#compose")).to_be_disabled()
    expect(page.locator("#message")).to_contain_text("is back", timeout=FACE_MS)
    expect(page.locator("#compose")).to_be_enabled(timeout=FACE_MS)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
def test_the_first_visit_shows_one_sentence_one_button_and_what_happens_to_the_picture(
    server: Server, browser_with: OpenBrowser, language: str
) -> None:
    browser = browser_with()
    for width, height in ((390, 844), (320, 640), (820, 1180), (1024, 768), (1920, 1080)):
        page = open_stage(browser, server, viewport={"width": width, "height": height}, locale=language)
        for part in ("h1", ".lede", "#consent", "#camera-start") if height > 700 else ():
            expect(page.locator(part)).to_be_in_viewport(ratio=1)
        assert fits(page)
        page.click("#camera-start")  # refused: what is said then fits as well
        expect(page.locator("[data-ways-on]")).to_be_visible()
        assert fits(page)
        box, hall = page.locator("#invitation").bounding_box(), page.locator("#hall").bounding_box()
        assert box is not None and hall is not None
        assert hall["y"] <= box["y"] and box["y"] + box["height"] <= hall["y"] + hall["height"], (width, height)
        page.context.close()


def test_before_the_camera_opens_the_page_says_that_ai_reads_the_face(
    server: Server, browser_with: OpenBrowser
) -> None:
    page = open_stage(browser_with(), server)
    expect(page.locator("#camera-start")).to_have_accessible_description(re.compile("Artificial intelligence.*never"))


def test_face_word_and_button_are_in_sight_together(server: Server, browser_with: OpenBrowser) -> None:
    browser = browser_with("face")
    for width, height in ((390, 844), (1024, 768), (1920, 1080)):
        page = open_stage(browser, server, viewport={"width": width, "height": height})
        show_face(page)
        for part in ("#hall", "#camera-stop", "#expression", "#compose"):
            expect(page.locator(part)).to_be_in_viewport(ratio=0.9)
        page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_while_a_face_is_read_nor_beside_a_problem(
    server: Server, browser_with: OpenBrowser, theme: str
) -> None:
    page = open_stage(browser_with("dim"), server, color_scheme=theme)
    show_face(page)
    expect(page.locator("[data-hint]")).to_contain_text("It is dark", timeout=FACE_MS)
    found = violations(page)
    page.evaluate(UNPLUG)
    expect(page.locator("[data-ways-on]")).to_be_visible()
    assert found + violations(page) == []
