"""Kinds of faults: each is a function that makes one happen and returns when its cause is over."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.faulty.proxy import Proxy
from tests.site import Server

STOPPED_S, CUT_S, FULL_S, FONT_S = 8.0, 2.0, 5.0, 5.0
LOOK_S, LOOKS = 0.1, 300
CHUNK = bytes(2**20)
DISK = "1500m"  # PostgreSQL's log of changes alone may take 1 GB


@dataclass(frozen=True)
class Scene:
    """What faults may touch."""

    site: Server
    proxy: Proxy
    font: Path  # a copy that the site plays on


Fault = Callable[[Scene], Awaitable[None]]


async def found(scene: Scene, *words: str) -> psutil.Process:
    """A process of the site's, which may just be coming back."""
    for _ in range(LOOKS):
        try:
            return scene.site.find(*words)
        except (AssertionError, psutil.NoSuchProcess):
            await asyncio.sleep(LOOK_S)
    raise AssertionError(f"no process with {words}")


async def kill_web(scene: Scene) -> None:
    (await found(scene, "daphne")).kill()


async def kill_reader(scene: Scene) -> None:
    (await found(scene, "compose.readers")).kill()


async def kill_worker(scene: Scene) -> None:
    (await found(scene, "manage.py", "work")).kill()


async def kill_supervisord(scene: Scene) -> None:
    (await found(scene, "supervisor.supervisord")).kill()


async def kill_database(scene: Scene) -> None:
    os.kill(postmaster(scene).pid, signal.SIGKILL)


async def kill_backend(scene: Scene) -> None:
    """One of the processes that serve a connection: PostgreSQL then restarts all of them."""
    backends = [each for each in postmaster(scene).children() if "[local]" in " ".join(each.cmdline())]
    backends[0].kill()


def postmaster(scene: Scene) -> psutil.Process:
    (pid_file,) = scene.site.data_dir.glob("postgres/postmaster.pid")
    return psutil.Process(int(pid_file.read_text().splitlines()[0]))


async def stop_worker(scene: Scene) -> None:
    """As a machine does that swaps, or is moved to another host."""
    worker = await found(scene, "manage.py", "work")
    worker.suspend()
    await asyncio.sleep(STOPPED_S)
    worker.resume()


async def cut_network(scene: Scene) -> None:
    await scene.proxy.cut(CUT_S)


async def fill_disk(scene: Scene) -> None:
    """Take the last free byte under DATA_DIR, then give them back."""
    filler = scene.site.data_dir / "filler"
    await asyncio.to_thread(write_all, filler)
    await asyncio.sleep(FULL_S)
    filler.unlink()


def write_all(filler: Path) -> None:
    """Write until the disk is full."""
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(CHUNK)


async def take_font(scene: Scene) -> None:
    away = scene.font.with_suffix(".away")
    scene.font.rename(away)
    await asyncio.sleep(FONT_S)
    away.rename(scene.font)


EVERYWHERE: dict[str, Fault] = {
    "web server killed": kill_web,
    "reader killed": kill_reader,
    "worker killed": kill_worker,
    "PostgreSQL killed": kill_database,
    "one of PostgreSQL's processes killed": kill_backend,
    "supervisord killed": kill_supervisord,
    f"worker stopped for {STOPPED_S:g} s": stop_worker,
    f"visitors' network cut for {CUT_S:g} s": cut_network,
    f"soundfont gone for {FONT_S:g} s": take_font,
}
ON_OWN_DISK: dict[str, Fault] = {f"disk full for {FULL_S:g} s": fill_disk}


def mount_disk(folder: Path) -> bool:
    """Lay a small disk of its own, in memory, over an empty folder; whether we may."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "sentimozart-faults", str(folder)]
    return os.geteuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0


def unmount_disk(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
