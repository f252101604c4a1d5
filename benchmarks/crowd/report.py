"""A crowd's visit as tables: in the terminal, and in docs/load.md with a section for each size of the crowd."""

from pathlib import Path
from typing import Any

from benchmarks.crowd.tally import Tally, table

DOCUMENT = Path("docs/load.md")
SECTION = "## "
TIMED = ("reading", "rating save", "study media", "piece accepted", "piece asked → opening", "piece asked → ready")
GOALS_MS = {"reading": 300, "rating save": 150}  # of p95, for the crowd taken once

INTRODUCTION = """# Load

Written by `python -m benchmarks.load --write`: a crowd visits a site that `make run` would start, over real sockets, on
the same machine. A webcam is due to send five times a second; as the page does, it leaves a frame out while the one
before is not answered. A reading's time is from sending the frame to its answer. What is refused was answered: a frame
with "busy", after which the camera waits 1.5 s; the rest with 429 or 503 and when to come again. Memory is the process'
proportional share (PSS), medians of half a minute after the warm-up and at the end.
"""


def summary(tally: Tally, times: int, seconds: float, processes: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Everything that was found, for JSON."""
    return {
        "times": times,
        "seconds": seconds,
        "took": {what: tally.summary(what, seconds) for what in TIMED},
        "frames_due": tally.counts["frames due"],
        "frames_left_out": tally.counts["frames left out"],
        "refused": dict(tally.refusals),
        "errors": dict(tally.errors),
        "processes": processes,
    }


def section(found: dict[str, Any]) -> str:
    """One run as Markdown, under a heading that tells the size of the crowd."""
    times = found["times"]
    lines = [
        f"{SECTION}{title(times)}",
        "",
        f"{20 * times} webcams at 5 frames a second, {5 * times} composers asking for a piece of 30 s a minute each, "
        f"{50 * times} raters rating every 10 s, for {found['seconds'] / 60:g} minutes on {found['cores']} cores, "
        f"which crowd and site share; the load average before was {found['load_before']:.1f} (0: nothing else ran).",
        "",
        *table(("", "n", "a second", "p50 ms", "p95 ms", "p99 ms", "goal: p95"), took_rows(found)),
        "",
        *table(("", "n"), count_rows(found)),
    ]
    if found["processes"]:
        head = ("process", "CPU (100 % is a core)", "MiB after warm-up", "MiB at the end", "growth", "most MiB")
        lines += ["", *table(head, process_rows(found["processes"]))]
    return "\n".join([*lines, ""])


def title(times: int) -> str:
    return "The crowd that is to be carried" if times == 1 else f"{times} times that crowd"


def took_rows(found: dict[str, Any]) -> list[list[Any]]:
    rows = []
    for what, told in found["took"].items():
        goal = f"≤ {GOALS_MS[what]}" if what in GOALS_MS and found["times"] == 1 else ""
        shown = ["–" if told[p] is None else f"{told[p]:,.0f}" for p in ("p50_ms", "p95_ms", "p99_ms")]
        rows.append([what, f"{told['n']:,}", told["per_s"], *shown, goal])
    return rows


def count_rows(found: dict[str, Any]) -> list[list[Any]]:
    rows: list[list[Any]] = [["frames due", f"{found['frames_due']:,}"]]
    rows.append(["frames left out", f"{found['frames_left_out']:,}"])
    rows += [[f"refused: {what}", f"{n:,}"] for what, n in found["refused"].items()]
    rows += [[f"error: {what}", f"{n:,}"] for what, n in found["errors"].items()] or [["errors", 0]]
    return rows


def process_rows(processes: dict[str, dict[str, float]]) -> list[list[Any]]:
    rows = []
    for name, told in processes.items():
        memory = [told.get("first_mib", ""), told.get("last_mib", "")]
        growth = f"{told['growth_percent']:+.1f} %" if "growth_percent" in told else ""
        rows.append([name, f"{told['cpu_percent']:.0f} %", *memory, growth, told.get("most_mib", "")])
    return rows


def write(found: dict[str, Any]) -> None:
    """Put this run into the document, in the place of an earlier one of the same size."""
    old = DOCUMENT.read_text() if DOCUMENT.exists() else ""
    sections = {text.split("\n", 1)[0]: text for text in old.split(f"\n{SECTION}")[1:]}
    new = section(found).removeprefix(SECTION)
    sections[new.split("\n", 1)[0]] = new
    kept = sorted(sections.values(), key=lambda text: not text.startswith(title(1)))
    DOCUMENT.write_text("\n".join([INTRODUCTION, *(f"{SECTION}{text.rstrip()}\n" for text in kept)]))
