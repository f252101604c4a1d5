"""The report's pictures, each drawn from the Report alone, and which reports have them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from evaluation.report.drawing import Palette
from evaluation.report.opinion_pictures import draw_by_expression, draw_opinions, draw_scatter
from evaluation.report.rater_pictures import draw_agreement, draw_distribution

Report = dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """One picture: its title and caption, and which reports have it."""

    name: str
    title: str
    caption: str
    draw: Callable[[Report, Palette], Figure]
    applies: Callable[[Report], bool]
    is_wide: bool = False


def has_ratings(report: Report) -> bool:
    return bool(report["counts"]["ratings"])


def has_correlation(report: Report) -> bool:
    return report["correlation"] is not None


def has_expressions(report: Report) -> bool:
    return bool(report["by_expression"])


def agreement_is_known(report: Report) -> bool:
    return any(person["pearson_with_others"] is not None for person in report["participants"])


PICTURES = {
    picture.name: picture
    for picture in (
        Picture("opinions", "What people felt and heard", "Mean opinion scores with 95 % t-intervals, in the study's "
                "order.", draw_opinions, has_ratings, is_wide=True),
        Picture("scatter", "Image against music", "One mark per pair with both 95 % t-intervals; on the dashed line "
                "music feels exactly as the face does.", draw_scatter, has_correlation),
        Picture("expressions", "By expression", "Mean of the MOS of each expression with its 95 % interval over "
                "stimuli; every stimulus faintly.", draw_by_expression, has_expressions),
        Picture("distribution", "Which scores were given", "Share of all ratings of a kind at each score.",
                draw_distribution, has_ratings),
        Picture("agreement", "How raters agree", "Each rater's correlation with the mean of all others on the stimuli "
                "they share.", draw_agreement, agreement_is_known),
    )
}  # fmt: skip


def pictures(report: Report) -> list[Picture]:
    """Those that this report has."""
    return [picture for picture in PICTURES.values() if picture.applies(report)]
