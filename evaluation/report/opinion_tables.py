"""Tables of the mean opinion scores: images against music, by expression, and every stimulus."""

from collections.abc import Callable
from typing import Any

from evaluation.report.tables import Table
from evaluation.report.words import (
    KIND_NAMES,
    NOTHING,
    between,
    figure,
    kinds,
    probability,
    shortened,
    whole,
    with_interval,
)

Report = dict[str, Any]


def correlation(report: Report) -> Table | None:
    """Raw and screened side by side."""
    found = report["correlation"]
    if found is None:
        return None
    lines: list[tuple[str, Callable[[Report], str]]] = [
        ("Pearson's r", lambda c: figure(c["pearson"])),
        ("95 % interval (Fisher)", lambda c: between(c["ci95"])),
        ("95 % interval (crossed bootstrap)", lambda c: between(c["bootstrap95"])),
        ("Spearman's rank correlation", lambda c: figure(c["spearman"])),
        ("p of no correlation", lambda c: probability(c["p_value"])),
        ("Pairs", lambda c: whole(c["pairs"])),
        ("r within expressions, pooled", lambda c: pooled(c["within_pooled"])),
        ("Music MOS less image MOS", lambda c: with_interval(c["difference"][0]["mean"], c["difference"][0]["ci95"])),
    ]
    screened = found["screened"]
    rows = tuple((name, text(found), text(screened) if screened else NOTHING) for name, text in lines)
    return Table("Images against music", ("", "All raters", "Screened"), rows)


def pooled(found: Report | None) -> str:
    return with_interval(found["pearson"], found["ci95"]) if found else NOTHING


def within(report: Report) -> Table | None:
    """Correlation and difference in each expression."""
    found = report["correlation"]
    if found is None or not found["within"]:
        return None
    apart = {line["expression"]: line for line in found["difference"]}
    rows = tuple(
        (
            line["expression"],
            whole(line["pairs"]),
            figure(line["pearson"]),
            between(line["ci95"]),
            figure(apart[line["expression"]]["mean"]),
            between(apart[line["expression"]]["ci95"]),
        )
        for line in found["within"]
    )
    note = "Clusters of different expressions inflate r over all pairs; within one expression they cannot."
    columns = ("Expression", "Pairs", "r", "95 % interval", "Music − image", "95 % interval")
    return Table("Within each expression", columns, rows, note)


def by_expression(report: Report) -> Table | None:
    rows = tuple(
        (line["expression"], line["kind"], whole(line["stimuli"]), whole(line["ratings"]),
         figure(line["mos"]), between(line["ci95"]))
        for line in report["by_expression"]
    )  # fmt: skip
    columns = ("Expression", "Kind", "Stimuli", "Ratings", "MOS", "95 % interval")
    return Table("Mean opinion by expression", columns, rows, n_words=2) if rows else None


def stimuli(report: Report) -> Table:
    """Every stimulus, raw and screened side by side."""
    rows = tuple(
        (
            line["stimulus"],
            line["kind"],
            line["expression"] or NOTHING,
            whole(line["n"]),
            figure(line["mos"]),
            between(line["ci95"]),
            between(line["bootstrap95"]),
            whole(line["screened"]["n"]),
            figure(line["screened"]["mos"]),
            between(line["screened"]["ci95"]),
        )
        for line in report["stimuli"]
    )
    columns = ("Stimulus", "Kind", "Expression", "n", "MOS", "95 % (t)", "95 % (bootstrap)")
    screened = ("n, screened", "MOS, screened", "95 %, screened")
    return Table("Every stimulus", (*columns, *screened), rows, n_words=3)


def paper_stimuli(report: Report) -> Table:
    """The same on paper: a pair to a line, so that forty pairs fit on a page."""
    shown = kinds(report)
    of_pair: dict[tuple[str, str], dict[str, Report]] = {}
    for line in report["stimuli"]:
        of_pair.setdefault((line["pair"], "" if line["pair"] else line["stimulus"]), {})[line["kind"]] = line
    rows = tuple(
        (shortened(pair or stimulus), expression_of(sides), *(cell for kind in shown for cell in side(sides.get(kind))))
        for (pair, stimulus), sides in of_pair.items()
    )
    figures = (name for kind in shown for name in ("n", KIND_NAMES[kind], "95 %", "screened"))
    columns = ("Pair or stimulus", "Expression", *figures)
    note = "MOS with 95 % t-intervals, which are not cut off at the scale's ends; beside them the MOS after screening."
    return Table("Every stimulus", columns, rows, note, n_words=2)


def expression_of(sides: dict[str, Report]) -> str:
    return next((line["expression"] for line in sides.values() if line["expression"]), NOTHING)


def side(line: Report | None) -> tuple[str, str, str, str]:
    if line is None:
        return ("", "", "", "")
    return (whole(line["n"]), figure(line["mos"]), between(line["ci95"]), figure(line["screened"]["mos"]))
