"""Report → JSON and CSV files; the study's own rows → tidy CSV that `import_ratings` reads again."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from evaluation.design import Role
from evaluation.models import Rating, Study
from evaluation.report.cells import Cell, csv_text
from evaluation.report.rows import EXPRESSION, REQUIRED

Report = dict[str, Any]

CIRCUMSTANCES = ("response_ms", "plays", "stalls", "tab_changes")
RATING_COLUMNS = (*REQUIRED, EXPRESSION, *CIRCUMSTANCES, "given")
ANSWER_COLUMNS = (*REQUIRED, EXPRESSION, "role", "asked", "position", *CIRCUMSTANCES, "given")
MOS_COLUMNS = (
    "stimulus", "kind", "pair", "expression", "n", "mos", "sd", "ci95_low", "ci95_high",
    "bootstrap95_low", "bootstrap95_high", "screened_n", "screened_mos", "screened_ci95_low", "screened_ci95_high",
    "screened_bootstrap95_low", "screened_bootstrap95_high", "predicted_mos",
)  # fmt: skip
# Where a column stands in the database, if not in the rating itself.
FIELDS = {
    "participant": "item__participant__label",
    "stimulus": "item__stimulus__label",
    "kind": "item__kind",
    "pair": "item__stimulus__pair",
    "expression": "item__stimulus__expression",
    "role": "item__role",
    "asked": "item__asked",
    "position": "item__position",
}


def json_text(report: Report) -> str:
    """The whole report; docs/report-schema.md says what each field means."""
    return json.dumps(report, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def mos_csv(report: Report) -> str:
    """One line per stimulus."""
    return csv_text(MOS_COLUMNS, (mos_row(stimulus) for stimulus in report["stimuli"]))


def mos_row(stimulus: Report) -> list[Cell]:
    screened = stimulus["screened"]
    return [
        *(stimulus[name] for name in ("stimulus", "kind", "pair", "expression", "n", "mos", "sd")),
        *ends(stimulus["ci95"]),
        *ends(stimulus["bootstrap95"]),
        screened["n"],
        screened["mos"],
        *ends(screened["ci95"]),
        *ends(screened["bootstrap95"]),
        stimulus["predicted_mos"],
    ]


def ends(interval: list[float] | None) -> tuple[Cell, Cell]:
    return (interval[0], interval[1]) if interval else (None, None)


def ratings_csv(study: Study, simulated: bool = False) -> str:
    """The ratings that the report rests on, one line each, as `import_ratings` reads them."""
    analysed = {"item__role": Role.MAIN, "item__stimulus__hidden": False, "item__stimulus__practice": False}
    return csv_text(RATING_COLUMNS, rating_rows(study, simulated, RATING_COLUMNS, analysed))


def answers_csv(study: Study, simulated: bool = False) -> str:
    """Everything that was answered: practice, repeated items and attention checks too, told apart by `role`."""
    return csv_text(ANSWER_COLUMNS, rating_rows(study, simulated, ANSWER_COLUMNS, {}))


def rating_rows(
    study: Study, simulated: bool, columns: Sequence[str], only: dict[str, Any]
) -> Iterator[Sequence[Cell]]:
    """The ratings by participant and position; the last column is the time."""
    mine = Rating.objects.filter(item__participant__study=study, item__participant__simulated=simulated, **only)
    fields = [FIELDS.get(column, column) for column in columns]
    for *cells, given in mine.order_by("item__participant__number", "item__position").values_list(*fields):
        yield [*cells, given.isoformat()]
