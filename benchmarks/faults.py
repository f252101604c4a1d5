"""What is lost when things go wrong? Faults at random moments of a busy run, and the books afterwards.

python -m benchmarks.faults [--n 50] [--seed 0] [--json] [--write]

A site of its own, with its data on a small disk of its own where root may mount one (else no disk is filled), visited
through a proxy by webcams, composers and raters. After each fault a visitor asks for a page, a reading, a rating to be
stored and a piece until each is right. In the end everything that visitors were promised is compared with what the
database and the disk hold. --write puts the table into docs/faults.md.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.cameras import scenes
from benchmarks.cameras.camera_socket import masked
from benchmarks.cameras.crowd import first_answer
from benchmarks.crowd.composer import Composer
from benchmarks.crowd.rater import Rater
from benchmarks.crowd.study import open_study
from benchmarks.crowd.tally import Tally
from benchmarks.crowd.webcam import Webcam
from benchmarks.faulty import books, kinds, report
from benchmarks.faulty.books import Books
from benchmarks.faulty.kinds import Fault, Scene
from benchmarks.faulty.probe import Probe
from benchmarks.faulty.proxy import Proxy
from ml.music.soundfonts import SMALL_FONT
from tests.site import Server, running_site

N_WEBCAMS, N_COMPOSERS, N_RATERS = 6, 2, 12
PIECE_EVERY_S, RATING_EVERY_S, LONGEST_RETRY_S = 15.0, 2.4, 2.0  # ratings as often as of the crowd to be carried
REPEATS = 0.1  # of the ratings are sent twice
CALM_S = (1.0, 4.0)  # between what is right again and the next fault
LAST_PIECES_S = 90.0  # for whatever is still being made in the end
PER_FOLDER = 2


@dataclass
class Run:
    """What happened: each fault's kind and moment, and what came back when."""

    kinds: list[str] = field(default_factory=list)
    moments_s: list[float] = field(default_factory=list)
    recoveries_s: list[dict[str, float]] = field(default_factory=list)


class Crowd:
    """Everyone who is there, and their books."""

    def __init__(self, url: str, study: str) -> None:
        self.tally = Tally(is_counting=True)
        packets = [masked(frame) for frame in scenes.film("one moving face")]
        self.webcams = [Webcam(url, packets, scenes.CAMERA_FPS, self.tally) for _ in range(N_WEBCAMS)]
        self.composers = [Composer(url, self.tally, PIECE_EVERY_S, first=i) for i in range(N_COMPOSERS)]
        self.raters = [self.rater(url, study, i) for i in range(N_RATERS)]
        self.raters.append(self.rater(url, study, N_RATERS))
        self.probe = Probe(url, packets, self.raters[-1], self.composers)

    def rater(self, url: str, study: str, seed: int) -> Rater:
        return Rater(url, study, self.tally, seed, RATING_EVERY_S, REPEATS, LONGEST_RETRY_S)

    def come(self) -> list["asyncio.Task[None]"]:
        until_s = float("inf")
        visits = [each.film(until_s) for each in self.webcams]
        visits += [each.compose(until_s) for each in self.composers]
        visits += [each.rate(until_s) for each in self.raters[:-1]]
        return [asyncio.create_task(each) for each in visits]


async def endure(scene: Scene, crowd: Crowd, faults: dict[str, Fault], order: list[str], chance: random.Random) -> Run:
    """One fault after the other, each when the one before is over."""
    run = Run()
    visits = crowd.come()
    for kind in order:
        await crowd.probe.prepare()
        await asyncio.sleep(chance.uniform(*CALM_S))
        run.kinds.append(kind)
        run.moments_s.append(time.perf_counter())
        await faults[kind](scene)
        run.recoveries_s.append(await crowd.probe.recovery(time.perf_counter()))
        told = ", ".join(f"{thing} {seconds:.1f} s" for thing, seconds in run.recoveries_s[-1].items())
        print(f"{len(run.kinds)}/{len(order)} {kind}: {told}", file=sys.stderr, flush=True)
    for task in visits:
        if task.done():
            task.result()  # raises what ended it too soon
        task.cancel()
    await asyncio.wait(visits)
    return run


def order_of(names: list[str], n: int, chance: random.Random) -> list[str]:
    """Each kind equally often, as far as `n` allows, in any order."""
    chance.shuffle(names)
    order = [names[i % len(names)] for i in range(n)]
    chance.shuffle(order)
    return order


async def visit(site: Server, study: str, n: int, seed: int, with_disk: bool) -> tuple[Run, Crowd]:
    chance = random.Random(seed)
    proxy = Proxy(int(site.url.rsplit(":", 1)[1]))
    url = await proxy.start()
    faults = kinds.EVERYWHERE | (kinds.ON_OWN_DISK if with_disk else {})
    scene = Scene(site, proxy, Path(os.environ["SOUNDFONT"]))
    await first_answer(site.url, scenes.film("one moving face")[0])
    crowd = Crowd(url, study)
    run = await endure(scene, crowd, faults, order_of(list(faults), n, chance), chance)
    await proxy.stop()
    return run, crowd


def settled(site: Server) -> dict[str, Any]:
    """What is stored once every piece has ended, or when it is time."""
    deadline_s = time.monotonic() + LAST_PIECES_S
    while (held := books.stored(site))["waiting"] and time.monotonic() < deadline_s:
        time.sleep(1)
    return held


@contextmanager
def place() -> Iterator[tuple[Path, bool]]:
    """A folder for the data, with a font and a place for temporary files in it; and whether it is a disk of its own."""
    with tempfile.TemporaryDirectory(prefix="sentimozart-faults-") as name:
        folder = Path(name)
        is_disk = kinds.mount_disk(folder)
        before = {variable: os.environ.get(variable) for variable in ("SOUNDFONT", "TMPDIR")}
        (folder / "tmp").mkdir()
        (folder / "tmp").chmod(0o1777)
        os.environ |= {"SOUNDFONT": str(shutil.copy(SMALL_FONT, folder / "font.sf2")), "TMPDIR": str(folder / "tmp")}
        try:
            yield folder, is_disk
        finally:
            for variable, value in before.items():
                os.environ.pop(variable) if value is None else os.environ.update({variable: value})
            if is_disk:
                kinds.unmount_disk(folder)


def on_own_site(n: int, seed: int) -> tuple[Run, Books, Crowd]:
    with place() as (folder, is_disk), running_site(folder) as site:
        study = open_study(site, PER_FOLDER)
        run, crowd = asyncio.run(visit(site, study, n, seed, is_disk))
        return run, books.balance(site, settled(site), crowd.raters, crowd.composers, run.moments_s), crowd


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=50, help="faults")
    parser.add_argument("--seed", type=int, default=0, help="settles their order and moments")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--write", action="store_true", help=f"put the table into {report.DOCUMENT}")
    args = parser.parse_args()
    load_before = os.getloadavg()[0]
    run, found, crowd = on_own_site(args.n, args.seed)
    summary = report.summary(run.kinds, run.recoveries_s, found, load_before)
    text = report.page(summary, args.seed)
    print(json.dumps(summary, ensure_ascii=False) if args.json else text)
    print(json.dumps(dict(crowd.tally.errors), indent=1), file=sys.stderr)
    if args.write:
        report.DOCUMENT.write_text(text)


if __name__ == "__main__":
    main()
