"""One style for all the report's pictures, on paper and on a dark screen (matplotlib without pyplot's global state)."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# Set once, on import, and never changed: rc_context would change it for every thread.
matplotlib.rcParams.update(
    {
        "font.family": ["STIXGeneral", "DejaVu Sans"],  # the second for letters that the first lacks
        "font.size": 10.0,
        "axes.unicode_minus": True,
        "mathtext.fontset": "stix",
        "svg.hashsalt": "sentimozart",  # the same picture has the same bytes
        "svg.fonttype": "path",
    }
)

WIDE_IN, HALF_IN = (7.0, 2.8), (3.6, 3.05)  # a page's width and half of it
PNG_DPI = 200
SCALE_MARKS = (0, 5, 10)
SCALE_WORDS = ("0 sad", "5 neutral", "10 happy")

# Okabe & Ito (2008), "Color Universal Design": seven colours that colour-blind readers tell apart; shapes help too.
EXPRESSION_MARKS = {
    "angry": ("#D55E00", "^"),
    "disgust": ("#009E73", "v"),
    "fear": ("#CC79A7", "D"),
    "happy": ("#E69F00", "o"),
    "sad": ("#0072B2", "s"),
    "surprise": ("#56B4E9", "P"),
    "neutral": ("#8A8A8A", "X"),
}
UNKNOWN_MARK = ("#8A8A8A", "o")


@dataclass(frozen=True)
class Palette:
    """Colours of one background."""

    background: str
    ink: str
    soft: str
    rule: str
    image: str
    music: str


PAPER = Palette("#ffffff", "#261c19", "#5f5148", "#ddd5c8", "#0072B2", "#B3401F")
DARK = Palette("#1e1920", "#f3eadd", "#bfb1a6", "#463d48", "#7CC1EE", "#F0976B")


def new_axes(palette: Palette, size_in: tuple[float, float]) -> tuple[Figure, Axes]:
    """An empty figure with one pair of axes in the report's style."""
    figure = Figure(figsize=size_in, facecolor=palette.background, layout="constrained")
    axes = figure.add_subplot()
    axes.set_facecolor(palette.background)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(palette.soft)
        spine.set_linewidth(0.7)
    axes.tick_params(colors=palette.soft, labelcolor=palette.ink, width=0.7, length=3)
    axes.xaxis.label.set_color(palette.ink)
    axes.yaxis.label.set_color(palette.ink)
    return figure, axes


def mos_axis(axes: Axes, palette: Palette, which: str = "y") -> None:
    """The rating scale from sad to happy, with room for what touches its ends."""
    axis, limits = (axes.yaxis, axes.set_ylim) if which == "y" else (axes.xaxis, axes.set_xlim)
    limits(-0.4, 10.4)
    axis.set_ticks(SCALE_MARKS, SCALE_WORDS)
    axis.grid(True, color=palette.rule, linewidth=0.6)


def legend(figure: Figure, palette: Palette, columns: int = 2) -> None:
    """Above the axes, where it covers nothing."""
    figure.legend(
        loc="outside upper left", ncols=columns, frameon=False, labelcolor=palette.ink, fontsize=9,
        handletextpad=0.2, columnspacing=0.9, labelspacing=0.2,
    )  # fmt: skip


def bars(values: Sequence[float], intervals: Sequence[Sequence[float] | None]) -> np.ndarray:
    """(2, n) lengths of the error bars below and above; none where there is no interval."""
    ends = [ends or (value, value) for value, ends in zip(values, intervals, strict=True)]
    lows, highs = np.array(ends, dtype=np.float64).reshape(-1, 2).T
    return np.maximum([np.array(values) - lows, highs - np.array(values)], 0.0)


# print_svg and print_png are called themselves: print_figure would draw everything twice.
def svg(figure: Figure) -> bytes:
    """Vector, for the page and for print; text as outlines, so that it looks the same everywhere."""
    buffer = io.BytesIO()
    FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return buffer.getvalue()


def png(figure: Figure, dpi: int = PNG_DPI) -> bytes:
    buffer = io.BytesIO()
    figure.set_dpi(dpi)
    FigureCanvasAgg(figure).print_png(buffer)  # type: ignore[no-untyped-call]
    return buffer.getvalue()
