"""Pictures are vector graphics with a mark for every figure, and the PDF has one to four pages."""

import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer

from evaluation.report.build import build
from evaluation.report.drawing import DARK, PAPER, Palette, svg
from evaluation.report.pdf import pdf
from evaluation.report.pictures import PICTURES, pictures
from tests.evaluation import building
from tests.evaluation.report.sheets import GOOD, HEADER, imported, simulated_lines

pytestmark = pytest.mark.django_db


@pytest.fixture
def report() -> dict[str, Any]:
    return build(imported(simulated_lines(9, 8)))


def marks(name: str, report: dict[str, Any]) -> list[int]:
    """How many points each series with error bars has."""
    (axes,) = PICTURES[name].draw(report, PAPER).axes
    containers = [c for c in axes.containers if isinstance(c, ErrorbarContainer)]
    return [len(c.lines[2][0].get_segments()) for c in containers]


def test_the_papers_figure_has_both_mos_of_every_pair(report: dict[str, Any]) -> None:
    assert marks("opinions", report) == [9, 9]
    (axes,) = PICTURES["opinions"].draw(report, PAPER).axes
    heights = axes.containers[0].lines[0].get_ydata()  # type: ignore[attr-defined]
    assert heights.tolist() == [point["image_mos"] for point in report["correlation"]["points"]]
    assert [label.get_text() for label in axes.get_xticklabels()] == [f"s{i:03d}" for i in range(9)]


def test_the_scatter_has_a_mark_for_every_pair(report: dict[str, Any]) -> None:
    assert marks("scatter", report) == [3, 3, 3]  # happy, sad, neutral
    (axes,) = PICTURES["scatter"].draw(report, PAPER).axes
    assert f"r = {report['correlation']['pearson']:.2f}" in axes.texts[0].get_text()


def test_every_expression_and_every_rater_has_a_mark(report: dict[str, Any]) -> None:
    assert marks("expressions", report) == [3, 3]
    (axes,) = PICTURES["agreement"].draw(report, PAPER).axes
    assert sum(np.size(line.get_xdata()) for line in axes.lines[:-1]) == 8


def test_the_distribution_shows_all_ratings(report: dict[str, Any]) -> None:
    (axes,) = PICTURES["distribution"].draw(report, PAPER).axes
    shares = [bar.get_height() for bar in axes.patches]  # type: ignore[attr-defined]
    assert len(shares) == 22 and sum(shares) == pytest.approx(200.0)


@pytest.mark.parametrize("palette", [PAPER, DARK], ids=["paper", "dark"])
def test_every_picture_is_svg(report: dict[str, Any], palette: Palette) -> None:
    assert [picture.name for picture in pictures(report)] == list(PICTURES)
    for picture in pictures(report):
        drawn = svg(picture.draw(report, palette))
        root = ElementTree.fromstring(drawn)
        assert root.tag.endswith("svg") and b"<script" not in drawn and b"<image" not in drawn
        assert drawn == svg(picture.draw(report, palette))


@pytest.mark.filterwarnings("ignore:Glyph")  # of which neither font has a picture
def test_a_name_is_never_taken_for_a_formula() -> None:
    report = build(imported([HEADER, r"Ann,$\bad$,music,,5,", r"Bob,$\bad$,music,,6,", "Bob,音楽,music,,6,"]))
    for picture in pictures(report):
        assert svg(picture.draw(report, PAPER))
    assert n_pages(pdf(report)) in range(1, 5)


def n_pages(document: bytes) -> int:
    assert document.startswith(b"%PDF-") and document.rstrip().endswith(b"%%EOF")
    return len(re.findall(rb"/Type /Page\b", document))


@pytest.mark.parametrize(
    "lines",
    [
        simulated_lines(40, 12),
        simulated_lines(150, 4),
        simulated_lines(3, 60),
        simulated_lines(24, 9, kinds=("music",), with_expression=False),
        simulated_lines(2, 1),
        GOOD,
    ],
    ids=["typical", "many-pairs", "many-raters", "music", "tiny", "three"],
)
def test_the_pdf_has_one_to_four_pages(lines: list[str]) -> None:
    document = pdf(build(imported(lines)))
    assert 1 <= n_pages(document) <= 4
    assert b"STIXGeneral" in document  # embedded


def test_there_is_a_pdf_before_any_rating() -> None:
    assert n_pages(pdf(build(building.draft(2)))) == 1
