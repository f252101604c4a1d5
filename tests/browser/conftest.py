"""A real server, as `make run` starts it, and a real browser with a camera fed from a file."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import fake_camera

ROOT = Path(__file__).resolve().parents[2]
START_S = 120.0
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-quic", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
DESKTOP = {"width": 1280, "height": 900}


@dataclass(frozen=True)
class Server:
    """A running site."""

    url: str
    data_dir: Path
    process: subprocess.Popen[str]

    def find(self, *words: str) -> psutil.Process:
        """The one process of this site whose command line holds all `words`."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        found = [p for p in children if all(word in " ".join(p.cmdline()) for word in words)]
        assert found, f"no process with {words}"
        return found[-1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The site on a port and in a folder of its own; stopped as Ctrl-C would."""
    data_dir, port = tmp_path_factory.mktemp("site"), free_port()
    environment = os.environ | {"DATA_DIR": str(data_dir), "PORT": str(port)}
    environment.pop("DATABASE_URL", None)
    log = (data_dir / "serve.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "sentimozart_site.serve"], cwd=ROOT, env=environment, text=True,
        stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_S
    while not answers(url):
        assert process.poll() is None and time.monotonic() < deadline, (data_dir / "serve.log").read_text()
        time.sleep(0.2)
    yield Server(url, data_dir, process)
    process.send_signal(signal.SIGINT)
    process.wait(60)


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
