"""Follow my face: music that goes on without a gap, survives what a network and a worker do, and becomes a piece."""

import json
import re
import signal
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_stage
from tests.site import Server

FACE_MS = 30_000
PHRASE_MS = 60_000  # the first one of a worker that has just begun, on a busy machine
ENDING_MS = 60_000
OpenBrowser = Callable[..., Browser]

# Notes what is given to the sound card, and when: every buffer that is started, by the AudioContext's clock.
WATCH = """
window.started = []
const start = AudioBufferSourceNode.prototype.start
AudioBufferSourceNode.prototype.start = function (when) {
  window.started.push({ when, now: this.context.currentTime, seconds: this.buffer.duration })
  return start.call(this, when)
}
"""


def follow(page: Page) -> None:
    page.click("#camera-start")
    expect(page.locator("#live-start")).to_be_enabled(timeout=FACE_MS)
    page.click("#live-start")


def started(page: Page, n: int) -> list[dict[str, float]]:
    """The buffers that were started, once there are `n`."""
    page.wait_for_function("n => window.started.length >= n", arg=n, timeout=PHRASE_MS)
    return list(page.evaluate("window.started"))


def told(page: Page) -> list[dict[str, Any]]:
    """A list that fills with what the server says of live music."""
    messages: list[dict[str, Any]] = []

    def keep(frame: Any) -> None:
        if isinstance(frame, str) and '"phrase"' in frame:
            messages.append(json.loads(frame))

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    return messages


@pytest.fixture
def page(server: Server, browser_with: OpenBrowser) -> Page:
    page = open_stage(browser_with("face"), server)
    page.add_init_script(WATCH)
    return page


def test_music_follows_the_face_without_a_gap_and_becomes_a_piece(page: Page) -> None:
    phrases = told(page)
    page.reload()
    follow(page)
    expect(page.locator("#live-stop")).to_be_focused()
    sounds = started(page, 4)
    for (one, sound), (next_one, next_sound) in pairwise(zip(phrases, sounds, strict=False)):
        assert next_one["begin_s"] == one["end_s"]
        assert next_sound["when"] - sound["when"] == pytest.approx(next_one["begin_s"] - one["begin_s"], abs=1e-4)
        assert next_sound["when"] > next_sound["now"]  # it came in time
    assert {phrase["emotion"] for phrase in phrases} == {"happy"}
    expect(page.locator("[data-live-followed]")).to_have_text("Your face looks happy.", timeout=FACE_MS)
    expect(page.locator("[data-live-played]")).to_have_text("The music is happy.")
    expect(page.locator("#compose")).to_be_disabled()

    page.click("#live-stop")
    link = page.locator("[data-live-piece] a")
    expect(link).to_be_visible(timeout=ENDING_MS)
    expect(link).to_be_focused()
    assert phrases[-1]["last"]
    last = page.evaluate("window.started.at(-1)")
    kept = [phrase for phrase in phrases if phrase["end_s"] == phrases[-1]["begin_s"]]
    assert kept and last["when"] > last["now"]
    link.click()
    expect(page.locator("#piece-title")).to_contain_text("Following a face", timeout=ENDING_MS)
    expect(page.locator("#player-audio")).to_have_attribute("src", re.compile(r"\.mp3"), timeout=ENDING_MS)


def test_the_camera_may_go_off_before_the_end(page: Page) -> None:
    page.reload()
    follow(page)
    started(page, 2)
    page.click("#camera-stop")
    expect(page.locator("[data-live-piece] a")).to_be_visible(timeout=ENDING_MS)
    expect(page.locator("#live-start")).to_be_disabled()


def test_a_worker_that_dies_costs_a_phrase_at_most(page: Page, server: Server) -> None:
    phrases = told(page)
    page.reload()
    follow(page)
    started(page, 2)
    server.find("manage.py", "work").send_signal(signal.SIGKILL)
    n = len(phrases)
    started(page, n + 3)
    once = {phrase["number"]: phrase for phrase in phrases}  # the page asks again, and may be told twice
    assert sorted(once) == list(range(len(once)))
    assert len(page.evaluate("window.started")) in (len(once), len(once) - 1)  # the last one may be on its way
    page.click("#live-stop")
    expect(page.locator("[data-live-piece] a")).to_be_visible(timeout=ENDING_MS)


def test_a_web_server_that_dies_is_found_again(page: Page, server: Server) -> None:
    page.reload()
    follow(page)
    started(page, 2)
    server.find("daphne").send_signal(signal.SIGKILL)
    n = len(page.evaluate("window.started"))
    started(page, n + 3)
    page.click("#live-stop")
    expect(page.locator("[data-live-piece] a")).to_be_visible(timeout=ENDING_MS)


def test_another_piece_takes_its_place(page: Page) -> None:
    page.reload()
    follow(page)
    started(page, 2)
    page.click('[data-emotion="calm"]')
    expect(page.locator("#player-audio")).to_have_js_property("paused", False, timeout=ENDING_MS)
    expect(page.locator("[data-live-piece] a")).to_be_visible(timeout=ENDING_MS)


SCHEDULE = """async () => {
  const { default: LiveSchedule } = await import("/static/js/live_schedule.js")
  const schedule = new LiveSchedule(44100), said = []
  const phrase = (number) => ({ number, begin_s: 2 * number, end_s: 2 * number + 2 })
  said.push(schedule.wantsMore(10), schedule.lastToKeep(10), schedule.place(phrase(0), 10))
  said.push(schedule.place(phrase(1), 10.5), schedule.wantsMore(10.5), schedule.wantsMore(10.7))
  said.push(schedule.lastToKeep(10.5), schedule.lastToKeep(11.2), schedule.stalls)
  said.push(schedule.place(phrase(2), 20), schedule.stalls, schedule.position(20.15))
  said.push(schedule.place(phrase(3), 20.2), schedule.end({ number: 9, begin_s: 6, end_s: 10 }, 20.3))
  said.push(schedule.isPlayed(26.1), schedule.isPlayed(26.2))
  return said
}"""


def test_phrases_are_placed_by_the_clock(page: Page) -> None:
    wants, none, first, second, enough, more, keep, later, stalls, late, stalled, position, *rest = page.evaluate(
        SCHEDULE
    )
    assert (wants, none, first, second) == (True, None, pytest.approx(10.15), pytest.approx(12.15))
    assert (enough, more) == (False, True)  # 3.65 s are left, then 3.45
    assert (keep, later) == (0, 1)  # nearer than that the first phrase is over before an ending can be heard
    assert (stalls, late, stalled, position) == (0, pytest.approx(20.15), 1, pytest.approx(4.0))
    fourth, ending, not_yet, over = rest
    assert (fourth, ending) == (pytest.approx(22.15), pytest.approx(22.15))
    assert (not_yet, over) == (False, True)


def test_with_the_network_gone_for_three_seconds_the_music_goes_on(page: Page) -> None:
    page.reload()
    follow(page)
    started(page, 3)
    page.context.set_offline(True)
    time.sleep(3)
    page.context.set_offline(False)
    sounds = started(page, len(page.evaluate("window.started")) + 2)
    assert all(sound["when"] > sound["now"] for sound in sounds)
    assert page.locator("[data-live-status]").text_content() == "The music follows your face."
