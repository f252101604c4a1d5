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
from tests.browser.test_accessibility import violations
from tests.site import Server

FACE_MS = 30_000
PHRASE_MS = 120_000  # the first one of a server or a worker that has just begun, on a busy machine
ENDING_MS = 60_000
AT_ONCE_S = 0.16  # between its arrival and its start: live_schedule.js's SOONEST_S and what rounding may add
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


def told(page: Page) -> dict[int, dict[str, Any]]:
    """Fills with what the server says of each phrase; it may say it twice where the page asked again."""
    phrases: dict[int, dict[str, Any]] = {}

    def keep(frame: Any) -> None:
        if isinstance(frame, str) and '"type": "phrase"' in frame:
            phrase = json.loads(frame)
            phrases[phrase["number"]] = phrase

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    return phrases


@pytest.fixture
def page(server: Server, browser_with: OpenBrowser) -> Page:
    page = open_stage(browser_with("face"), server)
    page.add_init_script(WATCH)
    return page


def test_music_follows_the_face_without_a_gap_and_becomes_a_piece(page: Page) -> None:
    phrases = told(page)
    page.reload()
    follow(page)
    expect(page.locator("#live-stop")).to_be_focused(timeout=FACE_MS)
    sounds = started(page, 6)
    assert sorted(phrases)[: len(sounds)] == list(range(len(sounds)))
    joins = list(pairwise(zip(phrases.values(), sounds, strict=False)))
    in_time = [join for join in joins if join[1][1]["when"] - join[1][1]["now"] > AT_ONCE_S]
    assert in_time
    for (one, sound), (next_one, next_sound) in in_time:  # one that comes too late, on a busy machine, starts at once
        assert next_one["begin_s"] == one["end_s"]
        assert next_sound["when"] - sound["when"] == pytest.approx(next_one["begin_s"] - one["begin_s"], abs=1e-4)
    assert {phrase["emotion"] for phrase in phrases.values()} == {"happy"}
    expect(page.locator("[data-live-followed]")).to_have_text("Your face looks happy.", timeout=FACE_MS)
    expect(page.locator("[data-live-played]")).to_have_text("The music is happy.")
    expect(page.locator("#compose")).to_be_disabled()

    page.click("#live-stop")
    link = page.locator("[data-live-piece] a")
    expect(link).to_be_visible(timeout=ENDING_MS)
    expect(link).to_be_focused()
    ending = phrases[max(phrases)]
    assert ending["last"]
    assert ending["begin_s"] in [phrase["end_s"] for phrase in phrases.values()]
    last = page.evaluate("window.started.at(-1)")
    assert last["when"] > last["now"]
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
    assert sorted(phrases) == list(range(len(phrases)))
    assert len(page.evaluate("window.started")) in (len(phrases), len(phrases) - 1)  # the last may be on its way
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


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_while_the_music_follows_nor_after(
    server: Server, browser_with: OpenBrowser, theme: str
) -> None:
    page = open_stage(browser_with("face"), server, color_scheme=theme, reduced_motion="reduce")
    follow(page)
    expect(page.locator("[data-live-played]")).not_to_be_empty(timeout=PHRASE_MS)
    found = violations(page)
    page.click("#live-stop")
    expect(page.locator("[data-live-piece] a")).to_be_visible(timeout=ENDING_MS)
    assert found + violations(page) == []


def test_another_piece_takes_its_place(page: Page) -> None:
    page.reload()
    follow(page)
    started(page, 2)
    page.click('[data-emotion="calm"]')
    expect(page.locator("#player-audio")).to_have_js_property("paused", False, timeout=ENDING_MS)
    expect(page.locator("[data-live-piece] a")).to_be_visible(timeout=ENDING_MS)


SCHEDULE = """async () => {
  const { default: LiveSchedule } = await import("/static/js/live_schedule.js")
  const schedule = new LiveSchedule(44100)
  const phrase = (number) => ({ number, begin_s: 2 * number, end_s: 2 * number + 2 })
  const said = {}
  said.empty = [schedule.wantsMore(10), schedule.lastToKeep(10), schedule.position(10)]
  said.first = schedule.place(phrase(0), 10) // the music's second 0 is now 10.75
  said.second = schedule.place(phrase(1), 11)
  said.wants = [schedule.wantsMore(11.2), schedule.wantsMore(11.3)]
  said.keeps = [schedule.lastToKeep(11.5), schedule.lastToKeep(11.6)]
  said.stalls = [schedule.stalls]
  said.late = schedule.place(phrase(2), 20)
  said.stalls.push(schedule.stalls)
  said.position = schedule.position(20.15)
  said.ahead = schedule.place(phrase(3), 20.2)
  said.ending = schedule.end({ number: 9, begin_s: 6, end_s: 10 }, 20.3)
  said.lead = [schedule.leadS]
  schedule.took(0.4)
  said.lead.push(schedule.leadS)
  schedule.took(2.5)
  said.lead.push(schedule.leadS)
  schedule.took(0.5)
  said.lead.push(schedule.leadS)
  schedule.took(60)
  said.lead.push(schedule.leadS)
  said.played = [schedule.isPlayed(26.1), schedule.isPlayed(26.2)]
  return said
}"""


def test_phrases_are_placed_by_the_clock(page: Page) -> None:
    said = page.evaluate(SCHEDULE)
    assert said["empty"] == [True, None, 0]
    assert (said["first"], said["second"]) == (pytest.approx(10.75, abs=1e-4), pytest.approx(12.75, abs=1e-4))
    assert said["wants"] == [False, True]  # 3.55 s are left, then 3.45
    assert said["keeps"] == [0, 1]  # later than that the first phrase is over before an ending can be heard
    assert (said["stalls"], said["late"]) == ([0, 1], pytest.approx(20.15, abs=1e-4))
    assert said["position"] == pytest.approx(4.0, abs=1e-3)
    assert said["ahead"] == said["ending"] == pytest.approx(22.15, abs=1e-4)  # the ending replaces what was ahead
    assert said["lead"] == [3.5, 3.5, 5.5, pytest.approx(5.1), 9]  # a slow server is asked earlier, for a while
    assert said["played"] == [False, True]


HICCUP = """async () => {
  const { default: LiveSchedule } = await import("/static/js/live_schedule.js")
  const schedule = new LiveSchedule(44100)
  const phrase = (number) => ({ number, begin_s: 2 * number, end_s: 2 * number + 2 })
  for (const number of [0, 1, 2]) schedule.place(phrase(number), 10)
  let nowS = 10
  while (!schedule.wantsMore(nowS)) nowS += 0.1 // as often as the page looks
  const place = schedule.place(phrase(3), nowS + 3.2) // asked for now, and the network gone for three seconds
  return [schedule.stalls, place]
}"""


def test_three_seconds_without_a_network_are_bridged(page: Page) -> None:
    stalls, place = page.evaluate(HICCUP)
    assert (stalls, place) == (0, pytest.approx(16.75, abs=1e-4))


def test_the_music_goes_on_after_the_server_stood_still(page: Page, server: Server) -> None:
    page.reload()
    follow(page)
    started(page, 3)
    web = server.find("daphne")
    web.suspend()
    time.sleep(3)
    web.resume()
    started(page, len(page.evaluate("window.started")) + 3)
    expect(page.locator("[data-live-status]")).to_have_text("The music follows your face.")
