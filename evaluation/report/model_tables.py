"""Tables of the mixed model, the listener model and the sample size."""

from typing import Any

from evaluation.report.tables import Table
from evaluation.report.words import NOTHING, between, figure, probability, whole

Report = dict[str, Any]


def mixed_model(report: Report) -> Table | None:
    model = report["mixed_model"]
    if model is None:
        return None
    rows = tuple(
        (line["term"], figure(line["estimate"]), figure(line["se"]), between(line["ci95"]), figure(line["z"]),
         probability(line["p_value"]))
        for line in model["fixed"]
    )  # fmt: skip
    columns = ("Term", "Estimate", "s.e.", "95 % interval", "t", "p")
    return Table("Mixed model of all ratings", columns, rows, model_note(model))


def model_note(model: Report) -> str:
    variances = ", ".join(f"{name} {figure(value)}" for name, value in model["variances"].items() if value is not None)
    note = f"{model['formula']}, by REML over {whole(model['n_ratings'])} ratings. Variances: {variances}."
    if model["icc2_k"] is not None:
        note += f" Beyond kind and expression: ICC(2,1) {figure(model['icc2_1'])}, ICC(2,k) {figure(model['icc2_k'])}."
    return note if model["converged"] else f"{note} The fit did not converge: take these figures as rough."


def listener_model(report: Report) -> Table | None:
    found = report["listener_model"]
    if found is None:
        return None
    fitted = found["calibration"]
    line = f"MOS = {figure(fitted['intercept'])} + {figure(fitted['slope'])} × estimate" if fitted else NOTHING
    row = (whole(found["n"]), figure(found["pearson"]), figure(found["spearman"]),
           figure(found["mean_absolute_error"]), figure(found["bias"]), line.replace("+ −", "− "))  # fmt: skip
    columns = ("Pieces", "r", "Rank correlation", "Mean error", "Bias", "Calibration line")
    return Table("The listener model against people", columns, (row,), n_words=0)


def sample_size(report: Report) -> Table:
    found = report["sample_size"]
    widths = tuple(
        (f"Ratings per stimulus for a MOS within ± {width}", whole(n))
        for width, n in found["ratings_for_half_width"].items()
    )
    pairs = tuple(
        (f"Pairs for r {'as seen' if r == 'seen' else '= ' + r} within an interval 0.1 wide", whole(n))
        for r, n in found["pairs_for_correlation_ci"].items()
    )
    icc = (f"Ratings per stimulus for ICC(2,k) = {found['icc_target']:g}", whole(found["ratings_for_icc_target"]))
    now = (
        ("Ratings per stimulus now (median)", middle(found["ratings_per_stimulus_now"])),
        ("Half an interval of a MOS now (median)", figure(found["ci_half_width_now"])),
    )
    return Table("How many would be enough?", ("", "n"), (*now, *widths, icc, *pairs), " ".join(found["advice"]))


def middle(median: float | None) -> str:
    """A median of counts: 27, or 26.5."""
    return NOTHING if median is None else f"{median:g}"
