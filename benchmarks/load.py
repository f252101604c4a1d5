"""Does the site carry a crowd? Webcams, composers and raters over real sockets, for some minutes.

python -m benchmarks.load [--minutes 10] [--times 1] [--url http://host:port --study NAME] [--json] [--write]

Starts a site of its own, with raised LIMITS, since all requests come from one address; with --url it visits one that
runs. The crowd is 20 webcams at 5 frames a second, 5 composers who each ask for a piece of 30 s a minute, and 50 raters
who each rate every 10 s; --times multiplies it. The load runs on the same machine as the site, and its share of the CPU
is told (100 % is one core). --write puts the tables into docs/load.md.
"""

import argparse
import asyncio
import json
import os
import random
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from benchmarks.cameras import scenes
from benchmarks.cameras.camera_socket import masked
from benchmarks.cameras.crowd import first_answer
from benchmarks.crowd import report
from benchmarks.crowd.composer import Composer
from benchmarks.crowd.processes import Watch
from benchmarks.crowd.rater import Rater
from benchmarks.crowd.study import NAME, open_study
from benchmarks.crowd.tally import Tally
from benchmarks.crowd.webcam import Webcam
from tests.site import running_site

N_WEBCAMS, N_COMPOSERS, N_RATERS = 20, 5, 50
PIECE_EVERY_S, RATING_EVERY_S = 60.0, 10.0
PER_FOLDER = 4  # pictures: eight pairs, 20 items a session
WARM_UP_S = 60.0  # within which everybody arrives; or a quarter of a shorter run
WEBCAMS_ARRIVE_S = 4.0
SEED = 0


async def visit(url: str, study: str, times: int, seconds: float, watch: Watch | None) -> dict[str, Any]:
    """Let the crowd in, and once it is warm count for `seconds`."""
    machine = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    tally, chance = Tally(), random.Random(SEED)
    warm_up_s = min(WARM_UP_S, seconds / 4)
    film = scenes.film("one moving face")
    await first_answer(url, film[0])
    until_s = time.perf_counter() + warm_up_s + seconds
    visits = [asyncio.create_task(each) for each in crowd(url, study, times, tally, until_s, warm_up_s, film, chance)]
    await asyncio.sleep(warm_up_s)
    tally.is_counting = True
    watching = asyncio.create_task(watch.look_on()) if watch else None
    await asyncio.sleep(seconds)
    tally.is_counting = False  # what began before and ends after is nobody's
    processes = watch.summary() if watch else {}
    for task in [*visits, *([watching] if watching else [])]:
        if task.done():
            task.result()  # raises what ended it too soon
        task.cancel()
    await asyncio.wait(visits)
    return report.summary(tally, times, seconds, processes) | machine


def crowd(
    url: str, study: str, times: int, tally: Tally, until_s: float, warm_up_s: float, film: list[bytes],
    chance: random.Random,
) -> list[Coroutine[Any, Any, None]]:  # fmt: skip
    """Everyone, each at a moment of their own."""
    packets = [masked(frame) for frame in film]
    visits = []
    for i in range(N_WEBCAMS * times):
        at = i % len(packets)
        webcam = Webcam(url, packets[at:] + packets[:at], scenes.CAMERA_FPS, tally)
        visits.append(after(chance.uniform(0, min(WEBCAMS_ARRIVE_S, warm_up_s)), webcam.film(until_s)))
    for i in range(N_COMPOSERS * times):
        composer = Composer(url, tally, PIECE_EVERY_S, first=i)
        visits.append(after(chance.uniform(0, min(PIECE_EVERY_S, warm_up_s)), composer.compose(until_s)))
    for i in range(N_RATERS * times):
        rater = Rater(url, study, tally, i, RATING_EVERY_S)
        visits.append(after(chance.uniform(0, min(RATING_EVERY_S, warm_up_s)), rater.rate(until_s)))
    return visits


async def after(wait_s: float, visit: Coroutine[Any, Any, None]) -> None:
    await asyncio.sleep(wait_s)
    await visit


def on_own_site(times: int, seconds: float, per_folder: int = PER_FOLDER) -> dict[str, Any]:
    """Start a site, make a study, and visit it."""
    with tempfile.TemporaryDirectory(prefix="sentimozart-load-") as folder, running_site(Path(folder)) as site:
        study = open_study(site, per_folder)
        return asyncio.run(visit(site.url, study, times, seconds, Watch(site)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="after the warm-up")
    parser.add_argument("--times", type=int, default=1, help="so many times the crowd")
    parser.add_argument("--url", help="of a site that runs, with LIMITS raised; its processes are not measured")
    parser.add_argument("--study", default=NAME, help="name of an open study on that site")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {report.DOCUMENT}")
    args = parser.parse_args()
    seconds = 60 * args.minutes
    if args.url:
        found = asyncio.run(visit(args.url.rstrip("/"), f"/study/{args.study}/", args.times, seconds, None))
    else:
        found = on_own_site(args.times, seconds)
    print(json.dumps(found, ensure_ascii=False) if args.json else report.section(found))
    if args.write:
        report.write(found)


if __name__ == "__main__":
    main()
