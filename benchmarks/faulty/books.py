"""The books after a run: what visitors were promised beside what the database and the disk hold."""

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.crowd.composer import Composer
from benchmarks.crowd.rater import Rater
from ml.errors import SentiMozartError
from ml.music.codecs import RATE, read_sound
from ml.music.midi import read_notes
from tests.site import Server

SCRATCH = ("tmp", "scratch")  # where temporary files go, each process in folders of its own
SHORTEST_S = 20.0  # a piece of 30 s may end a little early
READ_OUT = """
import json
from compose.models import Composition
from evaluation.models import Rating
print(json.dumps({
    "ratings": [[str(item), score] for item, score in Rating.objects.values_list("item", "score")],
    "pieces": {str(p.id): {"state": p.state, "code": p.error_code, "attempts": p.attempts, "source": p.source,
                           "midi": str(p.midi), "audio": str(p.audio), "opening": str(p.opening),
                           "n_notes": p.n_notes}
               for p in Composition.objects.all()},
    "waiting": Composition.objects.exclude(state__in=["ready", "failed"]).count(),
}))
"""


@dataclass
class Account:
    """What was promised between one fault and the next, and what became of it."""

    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    pieces: Counter[str] = field(default_factory=Counter)  # complete, failed, lost, half-made


@dataclass
class Books:
    accounts: list[Account]  # one before the first fault, one after each
    orphans: list[str]  # files that no row names
    problems: list[str]  # each in a line
    attempts: Counter[int]
    failures: Counter[str]  # codes


def stored(site: Server) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site.run(READ_OUT))
    return found


def balance(
    site: Server, held: dict[str, Any], raters: Sequence[Rater], composers: Sequence[Composer], faults_s: list[float]
) -> Books:
    """Compare; `faults_s` are the moments of the faults, in order."""
    books = Books([Account() for _ in range(len(faults_s) + 1)], [], [], Counter(), Counter())
    scores: dict[str, list[float]] = {}
    for item, score in held["ratings"]:
        scores.setdefault(item, []).append(score)
    for rater in raters:
        for item, promised in rater.acknowledged.items():
            account = books.accounts[bisect_right(faults_s, promised.at_s)]
            account.acknowledged += 1
            account.lost += promised.score not in scores.get(item, [])
            account.doubled += len(scores.get(item, [])) > 1
    asked = {piece: at_s for composer in composers for piece, at_s in composer.asked.items()}
    media = site.data_dir / "media"
    for piece, at_s in asked.items():
        fate = fate_of(held["pieces"].get(piece), media, books)
        books.accounts[bisect_right(faults_s, at_s)].pieces[fate] += 1
        if fate in ("lost", "half-made"):
            books.problems.append(f"piece {piece}: {fate}, {held['pieces'].get(piece)}")
    books.orphans = orphans(site, held["pieces"])
    return books


def fate_of(row: dict[str, Any] | None, media: Path, books: Books) -> str:
    if row is None or row["state"] not in ("ready", "failed"):
        return "lost"
    books.attempts[row["attempts"]] += 1
    if row["state"] == "failed":
        books.failures[row["code"]] += 1
        return "failed"
    return "complete" if is_whole(row, media) else "half-made"


def is_whole(row: dict[str, Any], media: Path) -> bool:
    """Both files are there and can be read to their end."""
    try:
        seconds = len(read_sound(media / row["audio"])) / RATE
        return len(read_notes(media / row["midi"])) == row["n_notes"] and seconds > SHORTEST_S
    except (SentiMozartError, OSError):
        return False


def orphans(site: Server, pieces: dict[str, dict[str, Any]]) -> list[str]:
    """Files of pieces that no row names, and temporary files that nobody will remove."""
    named = {row[kind] for row in pieces.values() for kind in ("midi", "audio", "opening")}
    media = site.data_dir / "media"
    files = [str(path.relative_to(media)) for path in media.glob("pieces/*/*")]
    left = [path for top in SCRATCH for path in site.data_dir.glob(f"{top}/*-*/**/*") if path.is_file()]
    return [name for name in files if name not in named] + [str(path.relative_to(site.data_dir)) for path in left]
