"""A face becomes music: in a real browser, against the real server, on the committed weights."""

import json
import re
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PIECE_MS, open_stage, wait_for
from tests.site import Server

FACE_MS = 30_000  # so may the first face
OpenBrowser = Callable[..., Browser]


def wait_for_playing(page: Page) -> float:
    """Wait until the piece sounds; returns its duration in seconds."""
    audio = page.locator("#player-audio")
    expect(audio).to_have_js_property("paused", False, timeout=PIECE_MS)
    deadline = time.monotonic() + PIECE_MS / 1000
    while audio.evaluate("a => a.currentTime") < 0.2:
        assert time.monotonic() < deadline, "the sound stands still"
        page.wait_for_timeout(100)
    return float(audio.evaluate("a => a.duration"))


def show_face(page: Page) -> None:
    page.click("#camera-start")
    expect(page.locator("#compose")).to_be_enabled(timeout=FACE_MS)


def get_json(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url) as answer:
        return dict(json.load(answer))


def test_from_a_face_in_the_camera_to_music_that_plays(server: Server, browser_with: OpenBrowser) -> None:
    page = open_stage(browser_with("face"), server)
    assert page.evaluate("document.querySelector('#camera-video').srcObject") is None  # nothing opens by itself
    show_face(page)
    expect(page.locator("#expression")).to_have_text("happy", timeout=FACE_MS)
    bars = [int(value) for value in page.eval_on_selector_all("[data-expression]", "b => b.map(x => x.ariaValueNow)")]
    assert len(bars) == 7
    assert 97 <= sum(bars) <= 103

    page.click("#compose")
    assert 25 <= wait_for_playing(page) <= 35
    expect(page.locator("[data-title]")).to_contain_text("Happy")
    expect(page.locator("[data-heard]")).to_contain_text("Our listener model hears it as")
    assert drawn_pixels(page) > 500
    before = page.locator("#piano-roll").get_attribute("aria-valuenow")
    page.locator("#piano-roll").focus()
    page.keyboard.press("PageUp")  # seek by keyboard: the roll follows the sound
    expect(page.locator("#piano-roll")).not_to_have_attribute("aria-valuenow", before or "")
    wait_for(page, "document.querySelector('#player-audio').currentTime > 8", 4)  # once the opening has handed over

    page.click("#camera-stop")
    assert page.evaluate("document.querySelector('#camera-video').srcObject") is None
    page.click("#piece-link")
    expect(page.locator("#player")).to_be_visible()
    expect(page.locator("body")).to_contain_text("happy")


def drawn_pixels(page: Page) -> int:
    """How much of the piano roll is painted."""
    return int(
        page.evaluate(
            """() => { const c = document.querySelector('#piano-roll'), pen = c.getContext('2d')
            return pen.getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 == 3 && v).length }"""
        )
    )


def test_stop_stops_the_camera(server: Server, browser_with: OpenBrowser) -> None:
    page = open_stage(browser_with("face"), server)
    show_face(page)
    page.evaluate("window.tracks = document.querySelector('#camera-video').srcObject.getTracks()")
    page.click("#camera-stop")
    assert page.evaluate("window.tracks.map(t => t.readyState)") == ["ended"]
    expect(page.locator("#compose")).to_be_disabled()
    expect(page.locator("#camera-start")).to_be_visible()


def test_of_several_faces_the_largest_is_read_and_all_are_boxed(server: Server, browser_with: OpenBrowser) -> None:
    page = open_stage(browser_with("two_faces"), server)
    show_face(page)
    expect(page.locator("#face-overlay rect")).to_have_count(2)
    expect(page.locator("#face-overlay rect[data-read]")).to_have_count(1)


def test_on_a_phone_a_photo_becomes_a_piece(server: Server, browser_with: OpenBrowser, tmp_path: Path) -> None:
    photo = tmp_path / "portrait.jpg"
    Image.fromarray(skimage.data.astronaut()).resize((3000, 3000)).save(photo, quality=98)
    assert photo.stat().st_size > 1e6
    page = open_stage(browser_with(), server, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_input_files("#photo-input", photo)
    before = on_disk(server)
    page.click("#photo-form button:not([name])")
    assert 25 <= wait_for_playing(page) <= 35
    midi = page.locator("#midi-link").get_attribute("href")
    with urllib.request.urlopen(server.url + str(midi)) as answer:
        assert answer.read(4) == b"MThd"
    assert on_disk(server) - before < photo.stat().st_size / 2  # a photo passes through memory alone


def on_disk(server: Server) -> int:
    """How many bytes the web process has written to disk."""
    return int(server.find("daphne").io_counters().write_bytes)


def test_an_emotion_is_composed_without_script(server: Server, browser_with: OpenBrowser) -> None:
    page = open_stage(browser_with(), server, java_script_enabled=False)
    page.click('[data-emotion="sad"]')
    expect(page).to_have_url(re.compile(r"/pieces/[0-9a-f-]{36}/$"))
    url, deadline = page.url, time.monotonic() + PIECE_MS / 1000
    while not page.locator("#player-audio[src]").count():
        assert time.monotonic() < deadline, page.content()
        page.goto(url)
    expect(page.locator("body")).to_contain_text("sad")


@pytest.mark.parametrize("victim", [("manage.py", "work"), ("daphne",)], ids=["worker", "web"])
def test_a_piece_survives_the_kill_of(server: Server, browser_with: OpenBrowser, victim: tuple[str, ...]) -> None:
    page = open_stage(browser_with(), server)
    page.click('[data-emotion="neutral"]')
    page.locator("#progress").wait_for(state="visible")
    time.sleep(0.3)
    server.find(*victim).send_signal(signal.SIGKILL)
    assert 25 <= wait_for_playing(page) <= 35


def test_no_frame_is_left_on_disk(server: Server) -> None:
    """After all of the above: no JPEG among what the site keeps, nor in its logs; a study's pictures are to be kept."""
    elsewhere = {"postgres", "studies"}
    kept = [path for path in server.data_dir.rglob("*") if path.is_file() and not elsewhere & set(path.parts)]
    assert any(path.suffix == ".mp3" for path in kept)
    assert not [path for path in kept if b"\xff\xd8\xff" in path.read_bytes()[:1024] or b"JFIF" in path.read_bytes()]
