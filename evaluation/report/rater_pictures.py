"""Pictures of the raters: which scores they gave, and how they agree."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from evaluation.report.drawing import HALF_IN, Palette, legend, new_axes
from evaluation.report.words import KIND_NAMES, kinds

Report = dict[str, Any]


def draw_distribution(report: Report, palette: Palette) -> Figure:
    """How often each score was given, as a share of its kind's ratings."""
    drawing, axes = new_axes(palette, HALF_IN)
    shown = kinds(report)
    width = 0.8 / len(shown)
    for i, kind in enumerate(shown):
        counts = np.sum([s["counts"] for s in report["stimuli"] if s["kind"] == kind], axis=0)
        share = 100.0 * counts / max(counts.sum(), 1)
        at = np.arange(len(counts)) + (i - (len(shown) - 1) / 2) * width
        axes.bar(at, share, width * 0.92, color=palette.image if kind == "image" else palette.music,
                 hatch=None if kind == "image" else "////", edgecolor=palette.background, linewidth=0.0,
                 label=KIND_NAMES[kind])  # fmt: skip
    axes.set_xticks(range(11))
    axes.set_xlabel("Score, rounded (0 sad, 5 neutral, 10 happy)")
    axes.set_ylabel("Share of the ratings, %")
    axes.yaxis.grid(True, color=palette.rule, linewidth=0.6)
    legend(drawing, palette)
    return drawing


def draw_agreement(report: Report, palette: Palette) -> Figure:
    """Each rater's correlation with the mean of the others, from the least to the most."""
    drawing, axes = new_axes(palette, HALF_IN)
    people = sorted(
        (person for person in report["participants"] if person["pearson_with_others"] is not None),
        key=lambda person: person["pearson_with_others"],
    )
    for is_excluded, colour, mark, label in (
        (False, palette.image, "o", "Kept"),
        (True, palette.music, "X", "Left out by screening"),
    ):
        at = [(i, p["pearson_with_others"]) for i, p in enumerate(people) if p["excluded"] is is_excluded]
        if at:
            axes.plot(*np.array(at).T, mark, color=colour, markersize=4.5, markeredgewidth=0, label=label)
    lowest = min([person["pearson_with_others"] for person in people], default=0.0)
    axes.axhline(0.0, color=palette.soft, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.set_ylim(min(-0.1, lowest - 0.1), 1.05)
    axes.set_xlim(-0.8, len(people) - 0.2)
    axes.set_xticks([])
    axes.set_xlabel(f"{len(people)} raters, sorted")
    axes.set_ylabel("r with the mean of the others")
    axes.yaxis.grid(True, color=palette.rule, linewidth=0.6)
    legend(drawing, palette)
    return drawing
