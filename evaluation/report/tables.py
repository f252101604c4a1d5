"""What a table of the report is, on the page and in the PDF alike."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table of ready text; the first `n_words` columns are words, the others figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    n_words: int = 1


def present(tables: Iterable[Table | None]) -> list[Table]:
    """Those that the study has."""
    return [table for table in tables if table is not None and table.rows]
