"""Exports: the documented JSON, CSV that spreadsheets take for data only, and files written whole."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evaluation.models import Participant, Rating, Study
from evaluation.report import exports
from evaluation.report.build import build
from evaluation.report.importing import import_rows
from evaluation.report.rows import read_rows
from tests.evaluation import building
from tests.evaluation.report.sheets import GOOD, HEADER, imported, simulated_lines

pytestmark = pytest.mark.django_db

SCHEMA_FILE = Path(__file__).parents[3] / "docs" / "report-schema.md"
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool}


def documented_schema() -> Any:
    block = re.search(r"```json\n(.*?)```", SCHEMA_FILE.read_text(), re.DOTALL)
    assert block is not None
    return json.loads(block[1])


def check(value: Any, schema: Any, where: str = "report") -> None:
    """Compare a value with what docs/report-schema.md says of it, as that file explains."""
    if isinstance(schema, str):
        assert isinstance(value, TYPES[schema]), f"{where}: {value!r} is no {schema}"  # type: ignore[arg-type]
        assert schema == "boolean" or not isinstance(value, bool), where
    elif isinstance(schema, list):
        assert isinstance(value, list), where
        assert len(schema) == 1 or len(value) == len(schema), where
        for i, item in enumerate(value):
            check(item, schema[i if len(schema) > 1 else 0], f"{where}[{i}]")
    else:
        check_object(value, schema, where)


def check_object(value: Any, schema: dict[str, Any], where: str) -> None:
    assert isinstance(value, dict), where
    fields = {name.rstrip("?"): (name.endswith("?"), part) for name, part in schema.items()}
    if "*" in fields:
        fields = dict.fromkeys(value, fields["*"])
    assert set(value) == set(fields), where
    for name, (may_be_null, part) in fields.items():
        if value[name] is None:
            assert may_be_null, f"{where}.{name} is null"
        else:
            check(value[name], part, f"{where}.{name}")


def collected() -> Study:
    """A study run on this site: repeats, attention checks, and a prediction for each clip."""
    study = building.draft(6, n_repeats=2, n_attention=3)
    for i, clip in enumerate(study.stimuli.filter(kind="music")):
        clip.predicted_mos = 2.0 + i
        clip.save()
    study.open()
    for score in (2.0, 4.0, 7.0):
        building.rate_all(Participant.objects.begin(study), score)
    for i, rating in enumerate(Rating.objects.filter(item__role="main")):
        rating.score = (rating.score + i % 4) % 10
        rating.save()
    return study


def test_the_json_is_the_documented_one_in_a_full_report() -> None:
    report = json.loads(exports.json_text(build(collected())))
    check(report, documented_schema())
    for part in ("correlation", "repeats", "listener_model", "mixed_model"):
        assert report[part] is not None, part
    assert report["listener_model"]["calibration"] is not None and report["methods"]


@pytest.mark.parametrize(
    "lines",
    [
        simulated_lines(9, 8),
        simulated_lines(9, 8, with_expression=False),
        simulated_lines(8, 6, kinds=("music",)),
        GOOD,
        [HEADER, "Ann,s,music,,5,"],
    ],
    ids=["pairs", "no-expressions", "music", "three", "one"],
)
def test_the_json_is_the_documented_one(lines: list[str]) -> None:
    check(json.loads(exports.json_text(build(imported(lines)))), documented_schema())


def test_the_json_is_the_documented_one_before_any_rating() -> None:
    for study in (building.draft(2), Study.objects.create(name="empty", title="Empty")):
        check(json.loads(exports.json_text(build(study))), documented_schema())


def test_a_schema_that_differs_is_noticed() -> None:
    report = json.loads(exports.json_text(build(imported(GOOD))))
    changes: list[dict[str, Any]] = [{"more": 1}, {"schema": "1"}, {"counts": {}}, {"study": None}, {"simulated": 0}]
    for change in changes:
        with pytest.raises(AssertionError):
            check(report | change, documented_schema())


def test_exported_ratings_are_imported_again_unchanged() -> None:
    lines = simulated_lines(4, 5)
    odd = ["'=quoted,=1+1,image,-pair,2.5,sad", "+Max,@clip,music,-pair,7.25,", "-5,''=x,music,,0,"]
    first = imported([*lines, *odd])
    data = exports.ratings_csv(first).encode()
    again = import_rows(read_rows(data), "again").study
    assert without_times(exports.ratings_csv(again)) == without_times(data.decode())
    assert list(again.stimuli.values_list("label", "kind", "pair", "expression")) == list(
        first.stimuli.values_list("label", "kind", "pair", "expression")
    )
    labels = [p.label for p in first.participants.all()]
    assert labels == [p.label for p in again.participants.all()] and {"=quoted", "+Max", "-5"} <= set(labels)


def without_times(text: str) -> list[list[str]]:
    return [row[:-1] for row in csv.reader(text.splitlines())]


def test_what_is_exported_of_a_session_is_its_main_ratings_and_on_wish_every_answer() -> None:
    study = collected()
    ratings = list(csv.DictReader(exports.ratings_csv(study).splitlines()))
    answers = list(csv.DictReader(exports.answers_csv(study).splitlines()))
    assert len(ratings) == 3 * 12 and tuple(ratings[0]) == exports.RATING_COLUMNS
    assert {row["role"] for row in answers} == {"main", "repeat", "attention"} and len(answers) == 3 * (12 + 4 + 3)
    assert {row["response_ms"] for row in answers} == {"4000"}
    read_rows(exports.ratings_csv(study).encode())


def test_no_cell_is_a_formula_and_numbers_stay_numbers() -> None:
    study = imported([HEADER, '"=HYPERLINK(""x"")",-s,music,@p,5,sad', "+B,-s,music,@p,0.5,sad", "C,-s,music,@p,1,sad"])
    for text in (exports.ratings_csv(study), exports.answers_csv(study), exports.mos_csv(build(study))):
        for row in csv.reader(text.splitlines()):
            assert not any(cell.startswith(("=", "+", "@", "-s")) for cell in row)
    (line,) = csv.DictReader(exports.mos_csv(build(study)).splitlines())
    assert line["stimulus"] == "'-s" and float(line["ci95_low"]) < 0.0 and line["predicted_mos"] == ""


def test_the_mos_csv_has_a_line_per_stimulus() -> None:
    report = build(imported(simulated_lines(4, 5)))
    lines = list(csv.DictReader(exports.mos_csv(report).splitlines()))
    assert [line["stimulus"] for line in lines] == [s["stimulus"] for s in report["stimuli"]]
    assert [float(line["mos"]) for line in lines] == [s["mos"] for s in report["stimuli"]]


@pytest.mark.parametrize("wanted", ["json", "csv", "pdf", "ratings", "answers"])
def test_every_format_is_written(tmp_path: Path, wanted: str) -> None:
    imported(GOOD)
    out = tmp_path / "new folder" / "report"
    call_command("export_report", "listening", format=wanted, out=out)
    beginning = {
        "json": b"{",
        "csv": b"stimulus,",
        "pdf": b"%PDF-",
        "ratings": b"participant,",
        "answers": b"participant,",
    }
    assert out.read_bytes().startswith(beginning[wanted])
    assert [file.name for file in out.parent.iterdir()] == ["report"]


@pytest.mark.parametrize(("study", "sentence"), [("faces", "faces"), ("listening@7", "version '7'"), ("x@y", "'x'")])
def test_an_unknown_study_is_named(tmp_path: Path, study: str, sentence: str) -> None:
    imported(GOOD)
    with pytest.raises(CommandError, match=sentence) as refused:
        call_command("export_report", study, format="json", out=tmp_path / "report.json")
    assert refused.value.returncode == 2 and not list(tmp_path.iterdir())


def test_a_version_can_be_chosen(tmp_path: Path) -> None:
    study = building.opened(1)
    study.revise()
    for wanted, version in (("faces", 1), ("faces@1", 1), ("faces@2", 2)):
        call_command("export_report", wanted, format="json", out=tmp_path / "report.json")
        assert json.loads((tmp_path / "report.json").read_text())["version"] == version


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    imported(GOOD)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    for out in (tmp_path / "taken", tmp_path / "taken" / "file" / "report.json"):
        with pytest.raises(CommandError, match="cannot be written") as refused:
            call_command("export_report", "listening", format="json", out=out)
        assert refused.value.returncode == 2
    assert [p.name for p in tmp_path.rglob("*")] == ["taken", "file"]
