"""Tables of the raters: how they agree, with each other and with themselves, who was left out, and everyone."""

from typing import Any

from evaluation.report.tables import Table
from evaluation.report.words import KIND_NAMES, NOTHING, figure, kinds, percent, plural, whole, with_interval

Report = dict[str, Any]


def reliability(report: Report) -> Table | None:
    """Raw, and screened where somebody was excluded."""
    both, which = report["reliability"], ("raw", "screened") if report["screening"]["exclusions"] else ("raw",)
    groups = ("image", "music", "all") if len(kinds(report)) == 2 else kinds(report)
    rows = tuple(
        (KIND_NAMES[kind] + (", screened" if what == "screened" else ""), *agreement(both[what][kind]))
        for kind in groups
        for what in which
        if both[what][kind] is not None and both[what][kind]["n_participants"] > 1
    )
    columns = ("", "Raters", "Stimuli", "Ratings each", "ICC(2,1)", "ICC(2,k)", "Krippendorff's α")
    note = "ICC(2,k): how far another such group of raters would give the same MOS. α: agreement of single ratings."
    return Table("Do the raters agree?", columns, rows, note) if rows else None


def agreement(found: Report) -> tuple[str, ...]:
    return (
        whole(found["n_participants"]),
        whole(found["n_stimuli"]),
        figure(found["ratings_per_stimulus"], 1),
        figure(found["icc2_1"]),
        with_interval(found["icc2_k"], found["icc2_k_ci95"]),
        with_interval(found["krippendorff_alpha"], found["krippendorff_alpha_ci95"]),
    )


def repeats(report: Report) -> Table | None:
    found = report["repeats"]
    if found is None:
        return None
    row = (whole(found["n"]), figure(found["mean_absolute_difference"]), percent(found["within_one_point"]),
           figure(found["pearson"]), figure(found["icc"]))  # fmt: skip
    columns = ("Repeats", "Mean difference", "Within 1 point", "r", "ICC")
    return Table("Do raters agree with themselves?", columns, (row,), n_words=0)


def exclusions(report: Report) -> Table | None:
    """Who was left out of the screened figures, why, and what that changed."""
    rows = tuple(
        (line["participant"], line["detail"], whole(line["ratings_removed"]), change(line["largest_mos_change"]))
        for line in report["screening"]["exclusions"]
    )
    columns = ("Participant", "Why", "Ratings", "Largest change of a MOS")
    return Table("Who was left out, and why", columns, rows, effect(report), n_words=2) if rows else None


def change(found: Report | None) -> str:
    return f"{found['stimulus']}: {figure(found['from'])} → {figure(found['to'])}" if found else NOTHING


def effect(report: Report) -> str:
    """ "30 raters before, 28 after; r 0.91 before, 0.93 after."."""
    found = report["screening"]
    text = f"{plural(found['n_before'], 'rater')} before screening, {found['n_after']} after"
    if found["pearson_before"] is not None:
        text += f"; r = {figure(found['pearson_before'], 3)} before, {figure(found['pearson_after'], 3)} after"
    return f"{text}."


def demographics(report: Report) -> Table | None:
    """What those who rated told about themselves, where the study asked."""
    n = report["counts"]["participants"]
    rows = []
    for question, answers in report["demographics"].items():
        given = ", ".join(f"{answer}: {count}" for answer, count in answers.items())
        untold = n - sum(answers.values())
        rows.append((question.replace("_", " ").capitalize(), f"{given}, not told: {untold}" if untold else given))
    return Table("Who took part", ("Question", "Answers"), tuple(rows), n_words=2) if rows else None


def participants(report: Report) -> Table:
    rows = tuple(
        (
            line["participant"] + (" (left out)" if line["excluded"] else ""),
            "yes" if line["finished"] else "no",
            whole(line["ratings"]),
            figure(line["minutes"], 1),
            whole(line["tab_changes"]),
            whole(line["stalls"]),
            figure(line["pearson_with_others"]),
            figure(line["difference_from_others"]),
        )
        for line in report["participants"]
    )
    columns = ("Participant", "Finished", "Ratings", "Minutes", "Tab changes", "Stalls", "r with the others")
    return Table("Every rater", (*columns, "Above the others by"), rows, n_words=2)
