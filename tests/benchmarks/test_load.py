"""A short visit of a small crowd to a running site, and what is told of it."""

import asyncio
import json
from pathlib import Path

import pytest

from benchmarks import load
from benchmarks.crowd import report
from benchmarks.crowd.processes import Watch
from benchmarks.crowd.tally import Tally
from benchmarks.crowd.visitor import Visitor
from tests.site import Server

SECONDS = 6.0
STUDY = """
from tests.evaluation import building
building.opened(3, name="{name}", target_ratings=10_000, n_repeats=0, n_attention=0)
print("opened")
"""


def test_a_small_crowd_is_carried_without_an_error(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("N_WEBCAMS", 4), ("N_COMPOSERS", 1), ("N_RATERS", 5), ("RATING_EVERY_S", 1.0)):
        monkeypatch.setattr(load, name, value)
    server.run(STUDY.format(name="load"))
    found = asyncio.run(load.visit(server.url, "/study/load/", 1, SECONDS, Watch(server)))
    assert found["errors"] == {}
    assert found["took"]["reading"]["n"] > 10 and found["took"]["rating save"]["n"] > 5
    assert found["took"]["reading"]["p50_ms"] <= found["took"]["reading"]["p99_ms"]
    assert found["processes"]["web"]["most_mib"] < 1536 and found["processes"]["worker"]["most_mib"] < 1536
    json.dumps(found)
    assert "| rating save |" in report.section(found)


def test_nothing_counts_before_the_crowd_is_warm() -> None:
    tally = Tally()
    tally.took("reading", 1.0)
    tally.failed("reading: 500")
    tally.is_counting = True
    for seconds in (0.1, 0.2, 0.3):
        tally.took("reading", seconds)
    told = tally.summary("reading", 2.0)
    assert (told["n"], told["per_s"], told["p50_ms"], tally.errors) == (3, 1.5, 200.0, {})


def test_the_document_keeps_one_section_for_each_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "DOCUMENT", tmp_path / "load.md")
    for times, seconds in ((5, 60.0), (1, 60.0), (5, 120.0)):
        report.write(report.summary(Tally(), times, seconds, {}) | {"cores": 2, "load_before": 0.1})
    text = (tmp_path / "load.md").read_text()
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        f"## {report.title(1)}",
        f"## {report.title(5)}",
    ]
    assert text.count("# Load") == 1 and "for 2 minutes" in text


def test_a_visitor_keeps_cookies_and_its_connection(server: Server) -> None:
    async def two_pages() -> tuple[bool, str, int]:
        visitor = Visitor(server.url)
        while (await visitor.get("/")).status == 503:  # what came before may still be answered
            await asyncio.sleep(0.1)
        streams = visitor.streams
        answer = await visitor.post_form("/pieces/", emotion="nonsense")
        is_same = visitor.streams is streams
        visitor.hang_up()
        return is_same, visitor.cookie("csrftoken"), answer.status

    is_same, token, status = asyncio.run(two_pages())
    assert is_same and len(token) > 20 and status == 400
