"""A tidy CSV of ratings → checked rows; the first one that is wrong is named by its line.

Columns participant, stimulus, kind, pair, score and, if wanted, expression; any order, others are ignored. A byte
order mark, CRLF, blank lines and blanks around a cell do no harm.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from evaluation.design import HIGHEST, KINDS, LOWEST
from evaluation.errors import StudyError
from evaluation.report.cells import restore
from ml.domain import EXPRESSIONS

REQUIRED = ("participant", "stimulus", "kind", "pair", "score")
EXPRESSION = "expression"
LONGEST = 120  # characters of a participant's, stimulus's or pair's name, as the database keeps them
# As people and programs write numbers; float() would take "1_0", "nan" and Arabic digits as well.
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)

Key = tuple[str, str]  # kind and name


class BadRow(StudyError):
    """A line of an imported file that cannot be taken over."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__("bad-row", f"line {line}: {sentence}")


@dataclass(frozen=True)
class Row:
    """One rating. `expression` is None where the file has no such column, empty where its cell is."""

    line: int
    participant: str
    stimulus: str
    kind: str
    pair: str
    score: float
    expression: str | None

    @property
    def key(self) -> Key:
        """What tells stimuli apart: an image and a clip may have the same name."""
        return self.kind, self.stimulus


def read_rows(data: bytes) -> list[Row]:
    """All ratings of a file.

    Raises:
        BadRow: the first thing that is wrong with it.
    """
    lines = cells_by_line(decoded(data))
    line, header = next(lines, (1, []))
    columns = [cell.lower() for cell in header]
    check_header(line, columns)
    rows = []
    for line, cells in lines:
        if len(cells) != len(columns):
            raise BadRow(line, f"{len(cells)} cells where the header has {len(columns)}")
        rows.append(read_row(line, dict(zip(columns, cells, strict=True))))
    if not rows:
        raise BadRow(line, "there are no ratings below the header")
    check_together(rows)
    return rows


def decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadRow(line, f"not UTF-8 (byte 0x{data[error.start]:02x}); save the file as CSV UTF-8") from error


def cells_by_line(text: str) -> Iterator[tuple[int, list[str]]]:
    """Every record that is not blank, with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield before + 1, [cell.strip() for cell in cells]
            before = reader.line_num
    except csv.Error as error:
        raise BadRow(before + 1, f"not a CSV row ({error})") from error


def check_header(line: int, columns: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise BadRow(line, f"column {missing[0]} is missing; needed are {','.join(REQUIRED)}, separated by commas")
    twice = [name for name in (*REQUIRED, EXPRESSION) if columns.count(name) > 1]
    if twice:
        raise BadRow(line, f"column {twice[0]} stands there twice")


def read_row(line: int, cells: dict[str, str]) -> Row:
    names = {column: read_name(line, column, cells[column]) for column in ("participant", "stimulus", "pair")}
    kind, expression = cells["kind"], cells.get(EXPRESSION)
    if kind not in KINDS:
        raise BadRow(line, f"kind {kind!r} is neither image nor music")
    if expression and expression not in EXPRESSIONS:
        raise BadRow(line, f"expression {expression!r} is none of {', '.join(EXPRESSIONS)}")
    return Row(line, kind=kind, score=read_score(line, cells["score"]), expression=expression, **names)


def read_name(line: int, column: str, cell: str) -> str:
    """A name as it was before `cells.protect`; only a pair may be empty."""
    name = restore(cell)
    if not name and column != "pair":
        raise BadRow(line, f"{column} is empty")
    if len(name) > LONGEST:
        raise BadRow(line, f"{column} {name[:20]!r}… is longer than {LONGEST} characters")
    if "\0" in name:
        raise BadRow(line, f"{column} {name!r} holds a NUL character")
    return name


def read_score(line: int, cell: str) -> float:
    score = float(cell) if NUMBER.fullmatch(cell) else None
    if score is None or not LOWEST <= score <= HIGHEST:
        raise BadRow(line, f"score {cell[:40]!r} is not a number from 0 to 10")
    return abs(score)  # of −0, which is 0


def check_together(rows: list[Row]) -> None:
    """No rating twice; one stimulus is the same in all its rows, and a pair has one stimulus of each kind."""
    first: dict[Key, Row] = {}
    of_pair: dict[Key, str] = {}
    rated: dict[tuple[str, Key], int] = {}
    for row in rows:
        before = first.setdefault(row.key, row)
        for what in ("pair", "expression"):
            now, then = getattr(row, what), getattr(before, what)
            if now != then:
                raise BadRow(row.line, f"{row.stimulus} has {what} {now!r} here and {then!r} in line {before.line}")
        other = of_pair.setdefault((row.kind, row.pair), row.stimulus) if row.pair else row.stimulus
        if other != row.stimulus:
            raise BadRow(row.line, f"pair {row.pair} has two stimuli of kind {row.kind}: {other} and {row.stimulus}")
        line = rated.setdefault((row.participant, row.key), row.line)
        if line != row.line:
            raise BadRow(row.line, f"{row.participant} rated {row.stimulus} ({row.kind}) already in line {line}")
