"""Somebody brings a file of music and sees what the machine hears in it."""

from collections.abc import Callable

from playwright.sync_api import Browser, expect

from tests import base
from tests.browser.conftest import open_stage
from tests.site import Server

HEARING_MS = 60_000  # a second's work; the first file waits for the weights to load


def test_a_file_is_heard_with_and_without_script(server: Server, browser_with: Callable[..., Browser]) -> None:
    browser = browser_with()
    for has_script in (True, False):
        page = open_stage(browser, server, java_script_enabled=has_script, viewport={"width": 390, "height": 800})
        page.click("nav >> text=Listen")
        page.set_input_files("#music-input", {"name": "note.txt", "mimeType": "text/plain", "buffer": b"la la la"})
        page.click("text=Listen to it")
        expect(page.locator("#problem")).to_contain_text("note.txt", timeout=HEARING_MS)

        page.set_input_files("#music-input", base.SONG)
        page.click("text=Listen to it")
        expect(page.locator(".heard-mood")).to_have_text("happy", timeout=HEARING_MS)
        expect(page).to_have_title(f"{base.SONG.name} sounds happy · SentiMozart")
        expect(page.locator(".plane-point").first).to_be_visible()
        expect(page.locator("#heard")).to_contain_text("uncalibrated")
        if has_script:
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
