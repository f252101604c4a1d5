"""The report's figures as text, and what they mean in words that need no statistics."""

from collections.abc import Sequence
from typing import Any

import numpy as np

KIND_NAMES = {"image": "Images", "music": "Music", "all": "All"}
NOTHING = "–"
LONGEST_NAME = 24  # characters of a name in a narrow column
MINUS = "\N{MINUS SIGN}"
# Strength of |r| in words: J. D. Evans, "Straightforward Statistics for the Behavioral Sciences" (1996).
STRENGTHS = (
    (0.8, "agree very strongly"),
    (0.6, "agree strongly"),
    (0.4, "agree moderately"),
    (0.2, "agree weakly"),
    (0.0, "hardly agree"),
)
PROXY = (
    "The listener model is a machine's uncalibrated estimate, a proxy for people: its figures say how far it can be "
    "trusted here, and take no part in any other figure of this report."
)


def figure(x: float | None, digits: int = 2) -> str:
    """−0.2 → "−0.20"; None → a dash."""
    if x is None:
        return NOTHING
    text = f"{x:.{digits}f}"
    return text.replace("-", MINUS) if float(text) else text.lstrip("-")


def between(ends: Sequence[float] | None, digits: int = 2) -> str:
    """An interval: "0.87 to 0.96"."""
    return f"{figure(ends[0], digits)} to {figure(ends[1], digits)}" if ends else NOTHING


def with_interval(x: float | None, ends: Sequence[float] | None, digits: int = 2) -> str:
    """ "0.41 (0.10 to 0.65)"."""
    return f"{figure(x, digits)} ({between(ends, digits)})" if ends else figure(x, digits)


def probability(p: float | None) -> str:
    if p is None:
        return NOTHING
    return "< 0.001" if p < 0.001 else figure(p, 3)


def percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"


def whole(n: float | None) -> str:
    """12345 → "12,345"."""
    return NOTHING if n is None else f"{n:,.0f}"


def shortened(words: str, most: int = LONGEST_NAME) -> str:
    """The words, or their beginning and "…"."""
    return words if len(words) <= most else f"{words[: most - 1]}…"


def plural(n: int, one: str, many: str | None = None) -> str:
    """ "1 pair", "2 pairs"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def kinds(report: dict[str, Any]) -> list[str]:
    """Those of image and music that the study has stimuli of."""
    return [kind for kind in ("image", "music") if any(s["kind"] == kind for s in report["stimuli"])]


def headline(report: dict[str, Any]) -> str:
    """What was found, for someone who has never read a correlation."""
    counts, found = report["counts"], report["correlation"]
    if not counts["ratings"]:
        return "There are no ratings yet."
    if found is not None and found["pearson"] is not None:
        return correlation_headline(found)
    rated = f"{plural(counts['ratings'], 'rating')} by {plural(counts['participants'], 'person', 'people')}."
    if len(kinds(report)) == 1:
        what = "music" if kinds(report) == ["music"] else "images"
        return f"A study of {what} alone: {rated} Without pairs there is nothing to correlate."
    if found is not None:
        return f"{rated} All faces, or all pieces, have the same mean score, so that nothing can be correlated."
    return f"{rated} A correlation needs at least three pairs with ratings on both sides."


def correlation_headline(found: dict[str, Any]) -> str:
    r, ends = found["pearson"], found["ci95"]
    size = f"r = {figure(r)} over {plural(found['pairs'], 'pair')}"
    size += f" (95 % interval {between(ends)})" if ends else ", too few for an interval"
    if ends and ends[0] <= 0.0 <= ends[1]:
        return f"{size}: the interval includes 0, so these data cannot tell agreement of faces and music from chance."
    if r < 0.0:
        return f"Faces and music contradict each other: {size}. {same_order(found['points'])}"
    strength = next(word for least, word in STRENGTHS if r >= least)
    return f"Faces and music {strength}: {size}. {same_order(found['points'])}"


def same_order(points: list[dict[str, Any]]) -> str:
    """Of any two pairs, how often the happier face has the happier music: concordance, in words."""
    image, music = (np.array([point[f"{kind}_mos"] for point in points]) for kind in ("image", "music"))
    agreement = np.sign(np.subtract.outer(image, image) * np.subtract.outer(music, music))
    share = float((agreement > 0).sum()) / max(int((agreement != 0).sum()), 1)
    return f"Of any two faces, the one rated happier has the happier music in {percent(share)} of cases."


def missing(report: dict[str, Any]) -> list[str]:
    """What the study still lacks for a full report, one sentence each."""
    counts, found = report["counts"], report["correlation"]
    if not counts["stimuli"]:
        return ["There is nothing to rate in this study yet: add images or pieces first."]
    if not counts["ratings"]:
        state = {"draft": "The study is a draft: open it first.", "open": "The study is open and waits for people."}
        return [f"There are no ratings yet. {state.get(report['state'], '')}".strip()]
    lacks = []
    unrated = sum(stimulus["n"] == 0 for stimulus in report["stimuli"])
    if unrated:
        some = plural(unrated, "stimulus", "stimuli")
        lacks.append(f"{some} of {counts['stimuli']} {'has' if unrated == 1 else 'have'} no rating yet.")
    if counts["participants"] < 2:
        lacks.append("One person's ratings give no interval, no agreement between raters and no mixed model.")
    if len(kinds(report)) == 2 and found is None:
        lacks.append("The correlation needs at least three pairs with ratings of both the image and the music.")
    return lacks


def kurtosis_note(report: dict[str, Any]) -> str:
    share = report["screening"]["kurtosis_normal_share"]
    return "" if share is None else f"The scores of {percent(share)} of the stimuli pass for normal (2 ≤ β2 ≤ 4)."
