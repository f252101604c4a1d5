"""CPU time and memory of the site's processes while a crowd is there."""

import asyncio
import time
from dataclasses import dataclass, field

import numpy as np
import psutil

from tests.site import Server

EVERY_S = 5.0
EDGE = 6  # samples at either end that a first and a last figure are the median of: a piece being made is no growth
MIB = 2**20
PARTS = {"web": ("daphne",), "readers": ("compose.readers",), "worker": ("manage.py", "work")}


@dataclass
class Watched:
    """One or several processes; memory is their proportional share (PSS): what several map is not counted twice."""

    processes: list[psutil.Process]
    pss_mib: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)

    def look(self) -> None:
        self.cpu_s.append(sum(cpu_s(each) for each in self.processes))
        self.pss_mib.append(sum(each.memory_full_info().pss for each in self.processes) / MIB)

    def summary(self, seconds: float) -> dict[str, float]:
        first, last = (float(np.median(part)) for part in (self.pss_mib[:EDGE], self.pss_mib[-EDGE:]))
        return {
            "cpu_percent": round(100 * (self.cpu_s[-1] - self.cpu_s[0]) / seconds, 1),
            "first_mib": round(first),
            "last_mib": round(last),
            "most_mib": round(max(self.pss_mib)),
            "growth_percent": round(100 * (last / first - 1), 1),
        }


class Watch:
    """Web, readers, worker, and all of PostgreSQL's processes together."""

    def __init__(self, site: Server) -> None:
        self.parts = {name: Watched(site.find_all(*words)) for name, words in PARTS.items()}
        (pid_file,) = site.data_dir.rglob("postmaster.pid")
        self.postmaster = psutil.Process(int(pid_file.read_text().splitlines()[0]))
        self.postgres_s: list[float] = []

    async def look_on(self) -> None:
        """Until cancelled."""
        self.began_s, self.own_s = time.perf_counter(), time.process_time()
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(EVERY_S)

    def look(self) -> None:
        for part in self.parts.values():
            part.look()
        self.postgres_s.append(sum(cpu_s(each) for each in [self.postmaster, *self.postmaster.children()]))

    def summary(self) -> dict[str, dict[str, float]]:
        """By part; the crowd's own process is one of them."""
        self.look()
        seconds = time.perf_counter() - self.began_s
        found = {name: part.summary(seconds) for name, part in self.parts.items()}
        found["PostgreSQL"] = {"cpu_percent": round(100 * (self.postgres_s[-1] - self.postgres_s[0]) / seconds, 1)}
        found["this crowd"] = {"cpu_percent": round(100 * (time.process_time() - self.own_s) / seconds, 1)}
        return found


def cpu_s(process: psutil.Process) -> float:
    """Zero for one that has just ended; the postmaster's figure holds those that ended before."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
