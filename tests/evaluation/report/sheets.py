"""Tidy ratings for tests: as CSV, and imported into a study."""

from collections.abc import Iterable

import numpy as np

from evaluation.models import Study
from evaluation.report.importing import import_rows
from evaluation.report.rows import read_rows

HEADER = "participant,stimulus,kind,pair,score,expression"
GOOD = (
    HEADER,
    "Ann,p1-image,image,p1,7.5,happy",
    "Ann,p1-music,music,p1,6,happy",
    "Bob,p1-image,image,p1,10,happy",
)
MEANS = {"happy": 8.0, "sad": 2.0, "neutral": 5.0}


def sheet(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def simulated_lines(
    n_pairs: int, n_raters: int, kinds: Iterable[str] = ("image", "music"), with_expression: bool = True, seed: int = 0
) -> list[str]:
    """Raters who agree but for a bias of their own and some noise; every tenth rating is missing."""
    rng = np.random.default_rng(seed)
    bias = rng.normal(0.0, 0.5, n_raters)
    lines = [HEADER if with_expression else HEADER.rpartition(",")[0]]
    for pair in range(n_pairs):
        expression = list(MEANS)[pair % len(MEANS)]
        centre = MEANS[expression] + rng.normal(0.0, 0.6)
        for kind in kinds:
            for rater in range(n_raters):
                score = np.clip(centre + bias[rater] + rng.normal(), 0.0, 10.0)
                cells = [f"R{rater:03d}", f"s{pair:03d}-{kind}", kind, f"s{pair:03d}", f"{score:.1f}"]
                if rng.random() > 0.1:
                    lines.append(",".join([*cells, expression] if with_expression else cells))
    return lines


def imported(lines: Iterable[str], name: str = "listening") -> Study:
    """A closed study with these ratings."""
    return import_rows(read_rows(sheet(*lines)), name).study
