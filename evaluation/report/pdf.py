"""Report → PDF: one to four A4 pages, first what was found, then how, then every stimulus and the methods."""

import io
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, Image, KeepTogether, SimpleDocTemplate
from reportlab.platypus import Table as Grid

from evaluation.report import model_tables, opinion_tables, rater_tables, words
from evaluation.report.drawing import HALF_IN, PAPER, WIDE_IN, png
from evaluation.report.pictures import Picture, pictures
from evaluation.report.printing import (
    BODY,
    FACE,
    HEADING,
    LEDE,
    MARGIN,
    PAGE_WIDTH,
    SMALL,
    SOFT,
    TITLE,
    WARNING,
    grid,
    register_fonts,
    text,
)
from evaluation.report.tables import Table

Report = dict[str, Any]
Widths = tuple[float, ...]

MOST_PAGES = 4
ROOM = 45 * mm  # what must be left of a page for a long part to begin on it
ROW_LIMITS = (60, 45, 30, 15, 8)  # of the long tables: the first with which the pages suffice


def pdf(report: Report) -> bytes:
    """The finished document."""
    register_fonts()
    drawn = {picture.name: png(picture.draw(report, PAPER)) for picture in pictures(report)}
    for most_rows in ROW_LIMITS:
        buffer = io.BytesIO()
        document = SimpleDocTemplate(
            buffer, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=14 * mm, bottomMargin=16 * mm,
            title=f"{report['title']}: report", author="SentiMozart", subject=report["headline"],
        )  # fmt: skip
        foot = Foot(report)
        document.build(story(report, drawn, most_rows), onFirstPage=foot.draw, onLaterPages=foot.draw)
        if document.page <= MOST_PAGES:
            break
    return buffer.getvalue()


class Foot:
    """The line at the foot of each page: which study, which version, which day."""

    def __init__(self, report: Report) -> None:
        version = f"version {report['version']}"
        if report["version_hash"]:
            version += f" ({report['version_hash'][:12]})"
        people = "simulated participants · " if report["simulated"] else ""
        self.words = f"{report['study']}, {version} · {people}{report['generated'][:16].replace('T', ' ')} UTC"

    def draw(self, canvas: Canvas, document: Any) -> None:
        canvas.saveState()
        canvas.setFont(FACE, 8)
        canvas.setFillColor(SOFT)
        canvas.drawString(MARGIN + 6, 9 * mm, self.words)
        canvas.drawRightString(A4[0] - MARGIN - 6, 9 * mm, str(document.page))
        canvas.restoreState()


def story(report: Report, drawn: dict[str, bytes], most_rows: int) -> list[Flowable]:
    """Everything in order: the first page has what most readers want."""
    rows = picture_rows(report, drawn)
    return [
        *opening(report),
        *rows[:2],
        *section(opinion_tables.correlation(report), (3, 2, 2)),
        *rows[2:],
        *section(opinion_tables.within(report), (2, 1, 1, 2, 2, 2)),
        *section(rater_tables.reliability(report), (2.2, 1, 1, 1.3, 1.2, 2.4, 2.6)),
        *section(rater_tables.repeats(report)),
        *section(rater_tables.demographics(report), (1, 5)),
        *section(model_tables.mixed_model(report), (4, 1.2, 1, 2, 1, 1.2)),
        *listener(report),
        *stimuli(report, most_rows),
        *exclusions(report, most_rows),
        *section(model_tables.sample_size(report), (4, 1)),
        *methods(report),
    ]


PLAIN = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 4),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
]


def opening(report: Report) -> list[Flowable]:
    """Title, finding, and what the figures rest on."""
    counts = report["counts"]
    lines = [text(report["title"], TITLE)]
    if report["simulated"]:
        lines.append(text("Simulated participants: nobody felt or heard anything here.", WARNING))
    lines.append(text(report["headline"], LEDE))
    lines += [text(sentence, BODY) for sentence in words.missing(report)]
    facts = [
        words.plural(counts["participants"], "participant"),
        f"{counts['finished']:,} finished",
        words.plural(counts["ratings"], "rating"),
        words.plural(counts["stimuli"], "stimulus", "stimuli"),
        f"{counts['withdrawn']:,} withdrawn and erased",
        f"study {report['state']}" + (", ratings imported" if report["source"] == "imported" else ""),
    ]
    return [*lines, text(" · ".join(facts), SMALL)]


def picture_rows(report: Report, drawn: dict[str, bytes]) -> list[Flowable]:
    """Wide pictures alone, the others two by two."""
    shown = pictures(report)
    rows = [[picture] for picture in shown if picture.is_wide]
    halves = [picture for picture in shown if not picture.is_wide]
    rows += [halves[i : i + 2] for i in range(0, len(halves), 2)]
    return [picture_row(row, drawn) for row in rows]


def picture_row(row: list[Picture], drawn: dict[str, bytes]) -> Flowable:
    columns = 1 if row[0].is_wide else 2
    width = PAGE_WIDTH / columns
    size_in = WIDE_IN if row[0].is_wide else HALF_IN
    cells = [
        [text(p.title, HEADING), Image(io.BytesIO(drawn[p.name]), width - 8, (width - 8) * size_in[1] / size_in[0]),
         text(p.caption, SMALL)]
        for p in row
    ]  # fmt: skip
    return Grid([cells], [width] * len(row), style=PLAIN, hAlign="LEFT")


def section(
    table: Table | None, widths: tuple[float, ...] | None = None, most_rows: int | None = None
) -> list[Flowable]:
    """A table under its title, with its note; nothing where the study has none."""
    if table is None or not table.rows:
        return []
    notes = [text(table.note, SMALL)] if table.note else []
    if most_rows is not None and len(table.rows) > most_rows:
        notes.append(text(f"… and {len(table.rows) - most_rows:,} more, which the CSV and JSON exports hold.", SMALL))
    laid = grid(table, widths, most_rows)
    head = [text(table.title, HEADING)]
    short = min(len(table.rows), most_rows or len(table.rows)) <= 16
    return [KeepTogether([*head, laid, *notes])] if short else [CondPageBreak(ROOM), *head, laid, *notes]


def listener(report: Report) -> list[Flowable]:
    table = model_tables.listener_model(report)
    return [*section(table), text(words.PROXY, SMALL)] if table else []


def stimuli(report: Report, most_rows: int) -> list[Flowable]:
    per_kind = (0.7, 0.9, 1.9, 1.1)
    return section(opinion_tables.paper_stimuli(report), (2.6, 1.5, *per_kind * len(words.kinds(report))), most_rows)


def exclusions(report: Report, most_rows: int) -> list[Flowable]:
    table = rater_tables.exclusions(report)
    if table is not None:
        return section(table, (1.3, 5, 0.8, 2.2), most_rows)
    return [text("Who was left out, and why", HEADING), text("Nobody was.")] if report["counts"]["ratings"] else []


def methods(report: Report) -> list[Flowable]:
    paragraph, _, references = report["methods"].partition("\n\n")
    return (
        [CondPageBreak(ROOM), text("Methods", HEADING), text(paragraph), text(references, SMALL)] if paragraph else []
    )
