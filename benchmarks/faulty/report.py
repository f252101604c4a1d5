"""A run of faults as a table: in the terminal and in docs/faults.md."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.crowd.tally import table
from benchmarks.faulty.books import Account, Books
from benchmarks.faulty.probe import THINGS

DOCUMENT = Path("docs/faults.md")
GOAL_S = 10.0
ALL = "all"
HEAD = (
    "fault", "n", *(f"{thing} back, p50 / most s" for thing in THINGS),
    "ratings acknowledged", "lost", "doubled", "pieces accepted", "complete", "failed", "lost or half-made",
)  # fmt: skip


def summary(
    names: Sequence[str], recoveries_s: Sequence[dict[str, float]], books: Books, load_before: float
) -> dict[str, Any]:
    """Everything that was found, for JSON; `load_before` is the machine's load average before the site was started."""
    accounts = books.accounts[1:]
    rows = {}
    for kind in [*sorted(set(names)), ALL]:
        picked = [i for i, name in enumerate(names) if kind in (name, ALL)]
        times = {thing: [recoveries_s[i][thing] for i in picked] for thing in THINGS}
        rows[kind] = {
            "n": len(picked),
            "back_s": {thing: [round(float(np.median(each)), 1), round(max(each), 1)] for thing, each in times.items()},
            **total([accounts[i] for i in picked]),
        }
    return {
        "faults": rows,
        "before": total(books.accounts[:1]),
        "orphans": books.orphans,
        "problems": books.problems,
        "attempts": dict(sorted(books.attempts.items())),
        "failures": dict(books.failures),
        "cores": os.cpu_count(),
        "load_before": load_before,
    }


def total(accounts: Sequence[Account]) -> dict[str, int]:
    pieces = sum((account.pieces for account in accounts), Counter[str]())
    return {
        "acknowledged": sum(account.acknowledged for account in accounts),
        "lost": sum(account.lost for account in accounts),
        "doubled": sum(account.doubled for account in accounts),
        "accepted": pieces.total(),
        "complete": pieces["complete"],
        "failed": pieces["failed"],
        "bad": pieces["lost"] + pieces["half-made"],
    }


def cells(kind: str, row: dict[str, Any]) -> list[Any]:
    back = [f"{middle:.1f} / {most:.1f}" for middle, most in row["back_s"].values()]
    books = [row[name] for name in ("acknowledged", "lost", "doubled", "accepted", "complete", "failed", "bad")]
    return [kind, row["n"], *back, *(f"{each:,}" for each in books)]


def page(found: dict[str, Any], seed: int) -> str:
    """The document."""
    made = ", ".join(f"{n:,} in {attempts} attempt{'s' * (attempts > 1)}" for attempts, n in found["attempts"].items())
    failed = ", ".join(f"{code} {n}" for code, n in found["failures"].items()) or "none"
    return "\n".join(
        [
            "# Faults",
            "",
            f"Written by `python -m benchmarks.faults --write` (seed {seed}): a busy site (webcams, composers and",
            "raters, whose 5 ratings a second are those of the crowd in load.md; all through a proxy), and faults at",
            "random moments. After each one a visitor asks for a page, a reading,",
            "a rating to be stored and a piece, until each is right: seconds from the end of the cause, wanted within",
            f"{GOAL_S:g} s. Pieces are back when one is accepted and a worker is heard composing: how long it takes",
            "then depends on who asked before. Books are kept between one fault and the next: ratings that the server",
            "acknowledged, pieces that it accepted. A piece is complete when both files can be read to their end, and",
            "failed when its page says why. Visitors, proxy and site share "
            f"{found['cores']} cores; the load average before was {found['load_before']:.1f} (0: nothing else ran).",
            "",
            *table(HEAD, [cells(kind, row) for kind, row in found["faults"].items()]),
            "",
            f"- Pieces ended: {made}. Failed by code: {failed}.",
            f"- Before the first fault: {found['before']['acknowledged']} ratings acknowledged, "
            f"{found['before']['lost']} lost; {found['before']['accepted']} pieces accepted, "
            f"{found['before']['bad']} lost or half-made.",
            f"- Files that nothing refers to afterwards: {len(found['orphans'])}.",
            *(f"- {problem}" for problem in [*found["orphans"], *found["problems"]]),
            "",
        ]
    )
