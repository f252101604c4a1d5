"""Pictures of every page at three widths in both themes: python -m benchmarks.screens [--out DIR] [--only NAME…].

Starts a site of its own, fills it with pieces and a study, goes through it with a real browser and a fake camera, and
lays the six pictures of each page side by side, small, as one WebP. Those of README's tour are kept larger as well.
"""

import argparse
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from tests.browser import fake_camera
from tests.browser.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.browser.rater import Rater
from tests.site import Server, running_site

WIDTHS = {390: 844, 820: 1180, 1440: 900}  # px: a telephone, a tablet, a desktop; and how high their windows are
TALLEST = 2.4  # of a page in windows: what is further down is left out
SHEET_SCALE, TOUR_SCALE = 0.34, 0.8  # of the pictures in a sheet, and of those in README's tour
TOUR_PX = 1000  # so much of the height of a page is shown there
GAP_PX, QUALITY = 12, 62
PIECE_MS, SETTLED_MS = 90_000, 400

Theme = Literal["light", "dark"]
Prepare = Callable[[Page], None]
THEMES: tuple[Theme, ...] = ("light", "dark")
STUDY = "faces-and-pieces"
N_PICTURES, N_RATERS = 3, 12
# Ratings around a level for each pair, so that the report has something to show; and a session of the staff.
SET_UP = f"""
import json, random
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from evaluation.models import Participant, Rating, Study
study = Study.objects.newest("{STUDY}")
chance = random.Random(1)
level = {{s.pair: chance.uniform(2, 8) for s in study.stimuli.all()}}
for _ in range({N_RATERS}):
    person = Participant.objects.begin(study)
    for item in person.items.open():
        score = item.asked if item.asked is not None else level[item.stimulus.pair] + chance.gauss(0, 1)
        Rating.objects.give(item, min(max(score, 0), 10), response_ms=4000, plays=1)
user = get_user_model().objects.create_superuser("ada", password="ada-ada-ada")
session = SessionStore()
session["_auth_user_id"] = str(user.pk)
session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
session["_auth_user_hash"] = user.get_session_auth_hash()
session.create()
print(json.dumps({{"study": study.pk, "sessionid": session.session_key}}))
"""


@contextmanager
def browser(film: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        arguments = [*CHROMIUM_ARGUMENTS, *camera, f"--use-file-for-fake-video-capture={film}"]
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)


class Album:
    """Takes the six pictures of a page and lays them side by side."""

    def __init__(self, browser: Browser, server: Server, session: str, out: Path, only: list[str]) -> None:
        self.browser, self.server, self.session, self.out, self.only = browser, server, session, out, only

    def show(
        self, name: str, path: str, prepare: Prepare | None = None, staff: bool = False, tour: bool = False
    ) -> None:
        if self.only and name not in self.only:
            return
        rows = [[self.picture(path, width, theme, prepare, staff) for width in WIDTHS] for theme in THEMES]
        save(laid_out([[smaller(picture, SHEET_SCALE) for picture in row] for row in rows]), self.out / f"{name}.webp")
        if tour:
            tablet = rows[0][1]
            top = tablet.crop((0, 0, tablet.width, min(tablet.height, TOUR_PX)))
            save(smaller(top, TOUR_SCALE), self.out / f"tour-{name}.webp")
        print(name, flush=True)

    def picture(self, path: str, width: int, theme: Theme, prepare: Prepare | None, staff: bool) -> Image.Image:
        context = self.context(width, theme, staff)
        page = context.new_page()
        page.goto(self.server.url + path)
        if prepare:
            prepare(page)
        page.wait_for_timeout(SETTLED_MS)
        height = min(round(WIDTHS[width] * TALLEST), page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": max(height, WIDTHS[width])})
        page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
        page.wait_for_timeout(SETTLED_MS)
        shot = page.screenshot()
        context.close()
        return Image.open(io.BytesIO(shot)).convert("RGB")

    def context(self, width: int, theme: Theme, staff: bool) -> BrowserContext:
        view = ViewportSize(width=width, height=WIDTHS[width])
        context = self.browser.new_context(viewport=view, color_scheme=theme, locale="en-GB")
        if staff:
            context.add_cookies([{"name": "sessionid", "value": self.session, "url": self.server.url}])
        return context


def smaller(picture: Image.Image, scale: float) -> Image.Image:
    return picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)


def save(picture: Image.Image, path: Path) -> None:
    picture.save(path, quality=QUALITY, method=6)


def laid_out(rows: list[list[Image.Image]]) -> Image.Image:
    heights = [max(picture.height for picture in row) for row in rows]
    width = sum(picture.width for picture in rows[0]) + GAP_PX * (len(rows[0]) + 1)
    sheet = Image.new("RGB", (width, sum(heights) + GAP_PX * (len(rows) + 1)), "#808080")
    y = GAP_PX
    for row, height in zip(rows, heights, strict=True):
        x = GAP_PX
        for picture in row:
            sheet.paste(picture, (x, y))
            x += picture.width + GAP_PX
        y += height + GAP_PX
    return sheet


def with_camera(page: Page) -> None:
    page.get_by_role("button", name="Turn on the camera").click()
    page.locator("#compose:enabled").wait_for(timeout=PIECE_MS)
    page.wait_for_timeout(1500)


def with_piece(page: Page) -> None:
    with_camera(page)
    page.locator("#compose").click()
    page.locator("#player:visible").wait_for(timeout=PIECE_MS)
    page.wait_for_timeout(5000)


def followed(page: Page) -> None:
    with_camera(page)
    page.get_by_role("button", name="Follow my face").click()
    page.wait_for_timeout(12_000)


def first_item(page: Page) -> None:
    rater = Rater(page)
    rater.consent()
    while (screen := rater.screen) != "item":
        if screen == "sound-check":
            rater.pass_sound_check()
        else:
            rater.press_on(screen)


def make_study(server: Server, folder: Path) -> dict[str, str]:
    """A study of three views of one face, open, with ratings that a generator gave."""
    for i, phase in enumerate((0.0, 2.0, 4.0)[:N_PICTURES]):
        fake_camera.portrait(phase, 170.0 + 30 * i, (320, 320)).save(folder / f"view-{i + 1}.jpg")
    server.manage(
        "create_demo_study", "--images", str(folder), "--per-expression", str(N_PICTURES), "--name", STUDY, "--open"
    )
    made: dict[str, str] = json.loads(server.run(SET_UP))
    return made


def make_pieces(server: Server, browser: Browser) -> str:
    """A few pieces on the wall; the path of one of them."""
    page = browser.new_page(locale="en-GB")
    paths = []
    for emotion in ("Happy", "Sad", "Tense", "Calm", "Neutral"):
        page.goto(server.url)
        page.get_by_role("button", name=emotion, exact=True).click()
        page.locator("#player:visible").wait_for(timeout=PIECE_MS)
        page.locator('#piece-link[href*="/pieces/"]').wait_for(timeout=PIECE_MS)
        paths.append(str(page.locator("#piece-link").get_attribute("href")))
        page.goto(server.url + paths[-1])
        page.get_by_role("button", name="Show this piece on the wall").click()
        page.wait_for_timeout(500)
    page.close()
    return paths[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/screens"))
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="only these pages")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder)) as server:
        films, views = Path(folder, "films"), Path(folder, "views")
        films.mkdir()
        views.mkdir()
        fake_camera.write_films(films)
        made = make_study(server, views)
        with browser(films / "face.mjpeg") as chromium:
            album = Album(chromium, server, made["sessionid"], arguments.out, arguments.only)
            show_visitors(album, make_pieces(server, chromium))
            show_study(album, f"/studies/{made['study']}/")


def show_visitors(album: Album, piece: str) -> None:
    album.show("stage", "/")
    album.show("stage-camera", "/", with_camera)
    album.show("stage-piece", "/", with_piece, tour=True)
    album.show("stage-following", "/", followed, tour=True)
    album.show("piece", piece, tour=True)
    album.show("wall", "/wall/", tour=True)
    album.show("listen", "/listen/")
    album.show("privacy", "/privacy/")
    album.show("not-found", "/no-such-page/")


def show_study(album: Album, study: str) -> None:
    album.show("study-welcome", f"/study/{STUDY}/")
    album.show("study-item", f"/study/{STUDY}/", first_item, tour=True)
    album.show("study-code", "/study/resume/")
    album.show("studies", "/studies/", staff=True)
    album.show("study-new", "/studies/new/", staff=True)
    album.show("study", study, staff=True)
    album.show("monitor", f"{study}monitor/", staff=True, tour=True)
    album.show("links", f"{study}links/", staff=True)
    album.show("report", f"{study}report/", staff=True, tour=True)
    album.show("status", "/staff/status/", staff=True)
    album.show("sign-in", "/admin/login/")


if __name__ == "__main__":
    main()
