"""How the PDF looks: fonts, paragraph styles, and the report's tables on paper (reportlab)."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import matplotlib
from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, TableStyle
from reportlab.platypus import Table as Grid

from evaluation.report.tables import Table

rl_config.useA85 = 0  # binary streams: smaller, and a second faster

# matplotlib brings this face along; it is embedded in the PDF and has ♭, −, ≥, α, β and →.
FACES = {"": "STIXGeneral", "-Bold": "STIXGeneralBol", "-Italic": "STIXGeneralItalic"}
FACE = "STIX"
INK, SOFT, RULE, ACCENT = (HexColor(code) for code in ("#261c19", "#5f5148", "#cfc5b4", "#761c29"))
MARGIN = 16 * mm
PAGE_WIDTH = A4[0] - 2 * MARGIN - 12  # a frame keeps 6 points at each side for itself


@cache
def register_fonts() -> None:
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for suffix, file in FACES.items():
        pdfmetrics.registerFont(TTFont(FACE + suffix, folder / f"{file}.ttf"))
    pdfmetrics.registerFontFamily(FACE, normal=FACE, bold=f"{FACE}-Bold", italic=f"{FACE}-Italic")


def style(name: str, size: float, leading: float, **settings: object) -> ParagraphStyle:
    return ParagraphStyle(name, fontName=FACE, fontSize=size, leading=leading, textColor=INK, **settings)


TITLE = style("title", 22, 26, spaceAfter=4)
LEDE = style("lede", 12.5, 16.5, spaceBefore=3, spaceAfter=4)
HEADING = style("heading", 13, 16, spaceBefore=8, spaceAfter=3)
BODY = style("body", 9.2, 12.2, spaceAfter=3)
SMALL = style("small", 8, 10, spaceBefore=2, spaceAfter=2)
SMALL.textColor = SOFT
WARNING = style("warning", 11, 14, spaceAfter=4, borderWidth=0.8, borderColor=ACCENT, borderPadding=4)
CELL = style("cell", 8, 9.4)
HEAD = style("head", 7.6, 9)
HEAD_RIGHT = style("head-right", 7.6, 9, alignment=TA_RIGHT)
ONE_LINE = 20  # characters: longer words may have to be broken, which only a Paragraph does


def text(words: str, look: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph of plain words, whatever letters they have."""
    return Paragraph(escape(words), look)


def grid(table: Table, widths: Sequence[float] | None = None, most_rows: int | None = None) -> Grid:
    """The table's rows on paper, its head repeated on every page it runs over."""
    n = max(table.n_words, 1)
    head = [text(name, HEAD if i < n else HEAD_RIGHT) for i, name in enumerate(table.columns)]
    body = [[text(c, CELL) if len(c) > ONE_LINE and i < n else c for i, c in enumerate(row)] for row in table.rows]
    shares = widths or [1.0] * len(table.columns)
    columns = [PAGE_WIDTH * share / sum(shares) for share in shares]
    return Grid([head, *body[:most_rows]], columns, repeatRows=1, style=lines(n), hAlign="LEFT")


def lines(n_words: int) -> TableStyle:
    """Rules as in a printed table: heavy above and below, fine between rows; figures to the right."""
    return TableStyle(
        [
            ("FONT", (0, 1), (-1, -1), FACE, 8, 9.4),
            ("TEXTCOLOR", (0, 1), (-1, -1), INK),
            ("ALIGN", (n_words, 1), (-1, -1), "RIGHT"),
            ("LINEABOVE", (0, 0), (-1, 0), 0.9, INK),
            ("LINEBELOW", (0, 0), (-1, 0), 0.5, INK),
            ("LINEBELOW", (0, 1), (-1, -2), 0.25, RULE),
            ("LINEBELOW", (0, -1), (-1, -1), 0.9, INK),
            ("TOPPADDING", (0, 0), (-1, -1), 0.9),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 2),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
    )
