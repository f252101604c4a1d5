"""A short run of the hostile input: a running site answers all of it, soon, and goes on."""

from collections import Counter

import numpy as np
import pytest

from benchmarks import fuzz
from benchmarks.hostile import lingering, seeds
from benchmarks.hostile.mutate import mutated
from benchmarks.hostile.watch import Row
from tests.site import Server

N = 120
SEED = 7


def test_mutations_break_files_again_and_again_the_same_way() -> None:
    original = seeds.midi()
    one, two = ([mutated(original, np.random.default_rng(SEED)) for _ in range(3)] for _ in range(2))
    assert one == two
    assert len({mutated(original, np.random.default_rng(i)) for i in range(50)} - {original}) >= 45


def test_everything_is_answered(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "N_IDLE", 100)
    monkeypatch.setattr(lingering, "N_OVERSIZE", 3)
    monkeypatch.setattr(lingering, "LOOKS", 4)
    rows = fuzz.attack(server, N, np.random.default_rng(SEED))
    assert {row.kind: row.n_unanswered for row in rows} == dict.fromkeys([row.kind for row in rows], 0)
    answers = sum((row.answers for row in rows), Counter[str]())
    assert not {"internal", "500"} & answers.keys()
    assert {"bad-image", "bad-message", "bad-midi", "refused by line", "page served"} <= answers.keys()


def test_what_hangs_is_counted() -> None:
    row = Row("frames", Counter(reading=3), seconds=[0.1, 2.5, 0.2], n_unanswered=1)
    assert (row.n, row.n_hangs) == (4, 1)
    assert row.line().startswith("| frames | 4 | 1 | 1 | 2500 |")
