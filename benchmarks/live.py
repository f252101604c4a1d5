"""Does music that follows a face join without gaps, how soon does it turn, and what does it cost?

python -m benchmarks.live [--seconds 90] [--record 60] [--freeze]

A real site, a real browser, a camera that shows two faces in turn. Prints a table of joins (what the browser gave to
its sound card, beside the phrases' files), one of times, and one of CPU time and memory. The browser runs on the same
machine as the site, so its work makes the site slower.
"""

import argparse
import base64
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.following import film, joins, load
from tests.browser.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.site import Server, running_site

EAR = Path(__file__).with_name("following") / "ear.js"
FACE_MS, PIECE_MS = 60_000, 120_000
WARM_PHRASES = 4  # before memory and CPU time are first looked at
HEAP = "performance.memory.usedJSHeapSize"
MIB = 2**20
FROZEN_S = 3.0
LATE_S = 0.001  # more than that is no rounding: the music waited
EMOTIONS = {True: "happy", False: "sad"}  # of the music, by whether the face smiles


@contextmanager
def stage(site: Server, folder: Path) -> Iterator[Page]:
    """The page, its camera on, with the music playing."""
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    arguments = [*CHROMIUM_ARGUMENTS, *camera, f"--use-file-for-fake-video-capture={film.write(folder / 'face.mjpeg')}"]
    with sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments).new_page()
        page.add_init_script(path=EAR)
        page.goto(site.url)
        page.click("#camera-start")
        page.locator("#live-start:enabled").wait_for(timeout=FACE_MS)
        page.evaluate("ear.watch(document.querySelector('#camera-video'))")
        page.click("#live-start")
        page.wait_for_function("n => ear.starts.length >= n", arg=WARM_PHRASES, timeout=FACE_MS)
        yield page
        page.context.browser.close()  # type: ignore[union-attr]  # it was launched here


def listen(page: Page, site: Server, seconds: float, freeze: bool) -> None:
    """For a while; with `freeze` the web server stands still now and then, as a network does, at random times."""
    random, end_s = np.random.default_rng(0), time.monotonic() + seconds
    while (left_s := end_s - time.monotonic()) > 0:
        page.wait_for_timeout(min(random.uniform(6, 9) if freeze else left_s, left_s) * 1000)
        if freeze:
            web = site.find("daphne")
            web.suspend()
            time.sleep(FROZEN_S)
            web.resume()


def follow(page: Page, site: Server, seconds: float, record_s: float, freeze: bool) -> None:
    """Listen for a while, stop, and print what was noticed."""
    before, heap = load.loads(site), page.evaluate(HEAP)
    began_s = time.monotonic()
    listen(page, site, max(seconds - record_s, 0), freeze)
    clock_s = page.evaluate("ear.context.currentTime")
    webm = base64.b64decode(page.evaluate("s => ear.record(s)", record_s))
    minutes = (time.monotonic() - began_s) / 60
    after, heap_after = load.loads(site), page.evaluate(HEAP)
    ear = page.evaluate("({ ...ear, context: null, stream: null, latency: ear.context.outputLatency })")
    files = [page.request.get(site.url + phrase["url"]).body() for phrase in told(ear)]
    if page.locator("#live-stop").is_enabled():  # after ten minutes the music has ended by itself
        page.click("#live-stop")
    page.locator("[data-live-piece] a").wait_for(timeout=PIECE_MS)
    print_joins(joins.measure(webm, clock_s, files, ear["starts"], off_ms(ear)))
    print_times(ear)
    print("\n| | CPU seconds a minute | MiB at first | MiB at last |\n|---|---|---|---|")
    print(*load.rows(before, after, minutes), sep="\n")
    print(f"| the page's JavaScript | | {heap / MIB:.0f} | {heap_after / MIB:.0f} |", flush=True)


def told(ear: dict[str, Any]) -> list[dict[str, Any]]:
    """The phrases that were started, in order."""
    once = {phrase["number"]: phrase for phrase in ear["phrases"]}
    return [once[number] for number in sorted(once)][: len(ear["starts"])]


def off_ms(ear: dict[str, Any]) -> float:
    """The largest distance of a phrase's start from the end of the one before, where the music did not wait."""
    pairs = pairwise(zip(told(ear), ear["starts"], strict=True))
    gaps = [two[1]["when"] - one[1]["when"] - (two[0]["begin_s"] - one[0]["begin_s"]) for one, two in pairs]
    return max((abs(gap) * 1000 for gap in gaps if gap < LATE_S), default=float("nan"))


def print_joins(found: joins.Joins) -> None:
    print("| joins in the recording | |\n|---|---|")
    print(f"| joins | {found.n} in {found.seconds:.0f} s |")
    print(f"| most that a phrase began beside the end of the one before | {found.off_ms:.3f} ms |")
    print(f"| longest silence where the files have sound | {found.gap_ms:.2f} ms |")
    print(f"| largest step between samples at joins | {found.step_at_joins:.3f} of full scale |")
    print(f"| largest step elsewhere | {found.step_elsewhere:.3f} of full scale |")
    print(f"| difference between recording and files | {found.difference_db:.0f} dB |")
    print(f"| drift from its beginning to its end | {found.drift_ms:.3f} ms |")


def print_times(ear: dict[str, Any]) -> None:
    first_ask = {ask["number"]: ask["at"] for ask in reversed(ear["asks"])}
    turned = [
        (start["at"] - first_ask[phrase["number"]]) / 1000
        for phrase, start in zip(told(ear), ear["starts"], strict=True)
    ]
    stalls = sum(late >= LATE_S for late in lateness(ear))
    print("\n| times | median | 95 % | most |\n|---|---|---|---|")
    composed = [(phrase["at"] - first_ask[phrase["number"]]) / 1000 for phrase in told(ear)]
    print(row("a phrase asked for → composed and told, s", composed))
    print(row("a phrase asked for → decoded and scheduled, s", turned))
    print(row("a change of face → music composed for it is heard, s", turns(ear)))
    print(f"| phrases that came too late | {stalls} of {len(ear['starts'])} | | |")


def lateness(ear: dict[str, Any]) -> list[float]:
    """For each phrase how many seconds the music had to wait for it."""
    zeros = [start["when"] - phrase["begin_s"] for phrase, start in zip(told(ear), ear["starts"], strict=True)]
    return [two - one for one, two in pairwise(zeros)]


def turns(ear: dict[str, Any]) -> list[float]:
    """For each change of the face the seconds until a phrase for the new one begins to sound."""
    found = []
    for change in (change for change in ear["changes"] if change["clock"]):
        begins = [
            start["when"]
            for phrase, start in zip(told(ear), ear["starts"], strict=True)
            if phrase["emotion"] == EMOTIONS[change["smiles"]] and start["when"] > change["clock"]
        ]
        if begins and min(begins) - change["clock"] < film.EACH_S:
            found.append(min(begins) - change["clock"] + ear["latency"])
    return found


def row(what: str, seconds: list[float]) -> str:
    if not seconds:
        return f"| {what} | none | | |"
    median, most_of_them = np.percentile(seconds, [50, 95])
    return f"| {what} ({len(seconds)}) | {median:.2f} | {most_of_them:.2f} | {max(seconds):.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=90.0, help="how long the music is listened to, up to 570")
    parser.add_argument("--record", type=float, default=60.0, help="how much of it, at its end, is recorded")
    parser.add_argument("--freeze", action="store_true", help="before that, stop the web server for 3 s now and then")
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="sentimozart-live-") as name,
        running_site(Path(name)) as site,
        stage(site, Path(name)) as page,
    ):
        follow(page, site, args.seconds, args.record, args.freeze)


if __name__ == "__main__":
    main()
