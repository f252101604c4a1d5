"""Pictures of the mean opinion scores: per pair, image against music, and by expression."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.report.drawing import (
    EXPRESSION_MARKS,
    HALF_IN,
    UNKNOWN_MARK,
    WIDE_IN,
    Palette,
    bars,
    legend,
    mos_axis,
    new_axes,
)
from evaluation.report.words import KIND_NAMES, between, figure, kinds, shortened
from ml.domain import EXPRESSIONS

Report = dict[str, Any]

MOST_NAMES = 60  # under an axis; more cannot be read
MOST_MARKS = 120  # points with error bars across a page; beyond this the bars are a blur and are left out


def draw_opinions(report: Report, palette: Palette) -> Figure:
    """Both MOS per pair in the study's order; without pairs every stimulus's."""
    drawing, axes = new_axes(palette, WIDE_IN)
    found = report["correlation"]
    if found is not None:
        names = [point["pair"] for point in found["points"]]
        for kind in ("image", "music"):
            values = [point[f"{kind}_mos"] for point in found["points"]]
            draw_series(axes, palette, kind, list(range(len(names))), values,
                        [point[f"{kind}_ci95"] for point in found["points"]], is_joined=True)  # fmt: skip
    else:
        rated = [stimulus for stimulus in report["stimuli"] if stimulus["n"]]
        names = [stimulus["stimulus"] for stimulus in rated]
        for kind in kinds(report):
            places = [i for i, stimulus in enumerate(rated) if stimulus["kind"] == kind]
            draw_series(axes, palette, kind, places, [rated[i]["mos"] for i in places],
                        [rated[i]["ci95"] for i in places], is_joined=False)  # fmt: skip
    mos_axis(axes, palette)
    name_places(axes, names, "Pair" if found is not None else "Stimulus")
    legend(drawing, palette)
    return drawing


def draw_series(
    axes: Axes, palette: Palette, kind: str, x: list[int], values: list[float], intervals: list[Any], is_joined: bool
) -> None:
    """One kind's scores: blue circles for images, red squares for music, set slightly apart."""
    colour, mark, shift = (palette.image, "o", -0.12) if kind == "image" else (palette.music, "s", 0.12)
    at = np.array(x) + shift
    if is_joined:
        axes.plot(at, values, color=colour, linewidth=0.8, alpha=0.55)
    shown = bars(values, intervals) if len(values) <= MOST_MARKS else None
    axes.errorbar(at, values, yerr=shown, fmt=mark, color=colour, markersize=4.0, elinewidth=0.9,
                  label=KIND_NAMES[kind])  # fmt: skip


def name_places(axes: Axes, names: list[str], word: str) -> None:
    """Names below the axis where they can be read, else only what they are."""
    axes.set_xlim(-0.8, len(names) - 0.2)
    if len(names) <= MOST_NAMES:
        short = [shortened(name, 12) for name in names]
        is_upright = len(names) > 12 or max(map(len, short), default=0) * len(names) > 70
        axes.set_xticks(range(len(names)), short, rotation=90 if is_upright else 0, fontsize=8, parse_math=False)
    else:
        axes.set_xticks([])
    axes.set_xlabel(
        word if len(names) <= MOST_NAMES else f"{word}s, in the study's order", color=axes.xaxis.label.get_color()
    )


def draw_scatter(report: Report, palette: Palette) -> Figure:
    """Image MOS against music MOS with both intervals, and the line on which they are the same."""
    drawing, axes = new_axes(palette, HALF_IN)
    found = report["correlation"]
    axes.plot((0, 10), (0, 10), color=palette.soft, linewidth=0.9, linestyle=(0, (4, 3)))
    groups = dict.fromkeys(point["expression"] for point in found["points"])
    for name in sorted(groups, key=lambda name: EXPRESSIONS.index(name) if name in EXPRESSIONS else 99):
        draw_points(axes, palette, name, [p for p in found["points"] if p["expression"] == name], bool(any(groups)))
    for which in ("x", "y"):
        mos_axis(axes, palette, which)
    axes.set_aspect("equal")
    axes.set_xlabel("Image MOS")
    axes.set_ylabel("Music MOS")
    if found["pearson"] is not None:
        text = f"r = {figure(found['pearson'])}" + (f"\n{between(found['ci95'])}" if found["ci95"] else "")
        axes.text(9.9, 0.1, text, ha="right", va="bottom", color=palette.ink)
    if any(groups):
        legend(drawing, palette, 4)
    return drawing


def draw_points(axes: Axes, palette: Palette, name: str, points: list[Report], is_named: bool) -> None:
    colour, mark = EXPRESSION_MARKS.get(name, UNKNOWN_MARK)
    x, y = ([point[f"{kind}_mos"] for point in points] for kind in ("image", "music"))
    across, along = ([point[f"{kind}_ci95"] for point in points] for kind in ("image", "music"))
    axes.errorbar(
        x, y, xerr=bars(x, across), yerr=bars(y, along), fmt="none", ecolor=colour, elinewidth=0.7, alpha=0.45
    )
    label = (name or "unknown") if is_named else None
    axes.plot(x, y, mark, color=colour, markersize=5.0, markeredgecolor=palette.background, markeredgewidth=0.4,
              label=label)  # fmt: skip


def draw_by_expression(report: Report, palette: Palette) -> Figure:
    """Mean MOS of each expression and kind, its stimuli faintly behind."""
    drawing, axes = new_axes(palette, HALF_IN)
    names = [name for name in EXPRESSIONS if any(line["expression"] == name for line in report["by_expression"])]
    for kind in kinds(report):
        lines = {line["expression"]: line for line in report["by_expression"] if line["kind"] == kind}
        shown = [name for name in names if name in lines and lines[name]["mos"] is not None]
        colour, mark, shift = (palette.image, "o", -0.17) if kind == "image" else (palette.music, "s", 0.17)
        single = [(names.index(s["expression"]) + shift, s["mos"]) for s in report["stimuli"]
                  if s["kind"] == kind and s["mos"] is not None and s["expression"] in names]  # fmt: skip
        axes.plot(*np.array(single).reshape(-1, 2).T, mark, color=colour, alpha=0.28, markersize=3.0, markeredgewidth=0)
        values = [lines[name]["mos"] for name in shown]
        axes.errorbar([names.index(name) + shift for name in shown], values,
                      yerr=bars(values, [lines[name]["ci95"] for name in shown]), fmt=mark, color=colour,
                      markersize=5.5, elinewidth=1.3, capsize=2.5, label=KIND_NAMES[kind])  # fmt: skip
    mos_axis(axes, palette)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_xticks(
        range(len(names)), names, rotation=35 if len(names) > 4 else 0, ha="right" if len(names) > 4 else "center"
    )
    legend(drawing, palette)
    return drawing
