"""A real browser, with a camera fed from a file."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import fake_camera
from tests.site import Server

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-quic", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
PIECE_MS = 90_000  # a piece takes a few seconds; a busy test machine may need more
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of camera films, one for each of fake_camera's scenes."""
    return fake_camera.write_films(tmp_path_factory.mktemp("camera"))


@pytest.fixture
def browser_with(videos: Path) -> Iterator[Callable[..., Browser]]:
    """A function that opens a browser whose camera shows a film; without one, nobody allows the camera."""
    with sync_playwright() as playwright:
        opened: list[Browser] = []

        def open_browser(film: str | None = None) -> Browser:
            arguments = [*CHROMIUM_ARGUMENTS, "--use-fake-device-for-media-stream"]
            if film:
                arguments += [
                    "--use-fake-ui-for-media-stream",
                    f"--use-file-for-fake-video-capture={videos / film}.mjpeg",
                ]
            opened.append(playwright.chromium.launch(executable_path=CHROMIUM, args=arguments))
            return opened[-1]

        yield open_browser
        for browser in opened:
            browser.close()


def open_stage(browser: Browser, server: Server, **context: object) -> Page:
    """The stage in a fresh page; anything the page's script throws or the policy refuses fails the test."""
    page = browser.new_context(**{"viewport": DESKTOP, **context}).new_page()  # type: ignore[arg-type]
    page.on("pageerror", lambda error: pytest.fail(f"the page threw {error}"))
    page.on("console", lambda line: pytest.fail(line.text) if "Content Security Policy" in line.text else None)
    page.goto(server.url)
    return page


def wait_for(page: Page, condition: str, seconds: float = PIECE_MS / 1000) -> None:
    """Ask until the expression is true; `wait_for_function` has the page evaluate it, which our policy refuses."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(30)
