"""The researcher's path from pictures to the report as PDF: in a real browser, against the real server."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import ImageEnhance
from playwright.sync_api import Browser, Page, expect

from tests.browser import fake_camera
from tests.browser.conftest import open_stage
from tests.site import Server

READY_MS = 90_000  # two pieces take some ten seconds; a busy test machine may need more
PASSWORD = "quiet-piano-42"
OpenBrowser = Callable[..., Browser]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two pictures of a face, one darker than the other, and one of a cup of coffee."""
    folder = tmp_path_factory.mktemp("pictures")
    face = fake_camera.portrait(0.0, 200.0, (400, 400))
    for name, picture in (("face", face), ("dark", ImageEnhance.Brightness(face).enhance(0.7))):
        picture.save(folder / f"{name}.jpg")
    fake_camera.coffee().save(folder / "coffee.jpg")
    return [folder / "face.jpg", folder / "dark.jpg", folder / "coffee.jpg"]


def sign_up(page: Page, server: Server) -> None:
    """Create the first account by the link that the server printed."""
    link = re.search(r"http\S+/staff/first/\S+", (server.data_dir / "serve.log").read_text())
    assert link is not None
    page.goto(link[0])
    page.fill("#id_username", "researcher")
    page.fill("#id_password1", PASSWORD)
    page.fill("#id_password2", PASSWORD)
    page.click("main button")
    expect(page).to_have_url(re.compile("/admin/$"))


def new_study(page: Page, server: Server, title: str) -> None:
    page.goto(server.url)
    page.get_by_role("link", name="Studies").click()
    page.get_by_role("link", name="New study").click()
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Create the study").click()
    expect(page.get_by_role("button", name="Open the study")).to_be_disabled()


def listen(page: Page) -> None:
    """Play the first clip for a moment."""
    audio = page.locator(".pair-audio").first
    audio.evaluate("a => a.play()")
    expect(audio).to_have_js_property("paused", False)
    for _ in range(50):
        if audio.evaluate("a => a.currentTime") > 0.2:
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail("the sound stands still")
    assert 25 <= audio.evaluate("a => a.duration") <= 35
    audio.evaluate("a => a.pause()")


def fit_a_phone(page: Page, server: Server) -> None:
    """No page of the researcher's is wider than a phone."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.url}/studies/")
    page.get_by_role("link", name="Do they agree?").click()
    study = page.url
    for address in (
        f"{server.url}/studies/",
        f"{server.url}/studies/new/",
        study,
        f"{study}links/",
        f"{study}monitor/",
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address


def test_from_pictures_to_the_report(server: Server, browser_with: OpenBrowser, pictures: list[Path]) -> None:
    page = open_stage(browser_with(), server)
    sign_up(page, server)
    new_study(page, server, "Do they agree?")

    page.set_input_files("#images-input", pictures)
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".told")).to_contain_text("3 pictures are here")
    coffee = page.locator("article", has_text="p003")
    expect(coffee).to_contain_text("No face was found", timeout=READY_MS)  # by itself: nobody reloads
    coffee.get_by_label("Rated").select_option("nothing")
    coffee.get_by_role("button", name="Save").click()
    expect(page.locator('[data-card][data-state="ready"]')).to_have_count(2, timeout=READY_MS)
    expect(page.locator("article", has_text="p001")).to_contain_text("happy")
    listen(page)

    page.get_by_role("button", name="Open the study").click()
    link = page.locator("#link").input_value()
    assert link == f"{server.url}/study/do-they-agree/"
    stranger = open_stage(page.context.browser or browser_with(), server)
    stranger.goto(link)
    expect(stranger.locator("h1")).to_contain_text("Do they agree?")

    page.get_by_role("link", name="Monitor").click()
    expect(page.locator("body")).to_contain_text("0 of 20")
    page.get_by_role("link", name="Report").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    fit_a_phone(page, server)
