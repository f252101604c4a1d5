"""What the live mode costs: CPU time and memory of the web server, the worker and the database."""

from dataclasses import dataclass

import psutil

from tests.site import Server

MIB = 2**20
PARTS = {"web": ("daphne",), "worker": ("manage.py", "work")}


@dataclass(frozen=True)
class Load:
    """Of one part of the site: CPU seconds so far (its finished children's too), and memory in MiB."""

    cpu_s: float
    memory_mib: float


def loads(site: Server) -> dict[str, Load]:
    return {name: load_of(site.find(*words)) for name, words in PARTS.items()}


def load_of(process: psutil.Process) -> Load:
    times = process.cpu_times()
    cpu_s = times.user + times.system + times.children_user + times.children_system
    return Load(cpu_s, process.memory_info().rss / MIB)


def rows(before: dict[str, Load], after: dict[str, Load], minutes: float) -> list[str]:
    """Table rows: a minute's CPU seconds, memory before and after."""
    return [
        f"| {name} | {(after[name].cpu_s - before[name].cpu_s) / minutes:.1f} | "
        f"{before[name].memory_mib:.0f} | {after[name].memory_mib:.0f} |"
        for name in before
    ]
