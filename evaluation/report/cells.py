"""CSV cells that a spreadsheet does not take for formulas, and back (OWASP, "CSV Injection")."""

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | float | None


def protect(cell: Cell) -> Cell:
    """Text that begins like a formula gets a leading apostrophe; numbers stay numbers.

    So does text that begins like one after apostrophes of its own: that way `restore` always knows which is ours.
    """
    if isinstance(cell, str) and cell.lstrip("'").startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def restore(text: str) -> str:
    """The text that `protect` was given."""
    if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS):
        return text[1:]
    return text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A CSV file with every cell protected; None is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([protect(cell) for cell in row] for row in rows)
    return buffer.getvalue()
