"""Signs that a session was not taken seriously: hints for the researcher, who decides (no database).

A flag leaves nobody out. What the report leaves out follows the rules in `evaluation.analysis.screening` alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median, pstdev

from django.utils.translation import gettext as _

from evaluation.analysis.screening import ATTENTION_TOLERANCE

FEWEST_ANSWERS = 5  # before that, chance explains anything
FASTEST_IMAGE_MS = 1000  # seeing a face, judging it and moving a slider takes longer
STRAIGHT_SD = 0.3  # points: someone who moves the slider at all spreads further over happy and sad stimuli
MOST_TAB_CHANGES = 5  # in a session: a message or two may be answered, this is doing something else


@dataclass(frozen=True)
class Answer:
    """One rated screen.

    Args:
        asked: the score that an attention check asks for; None for a stimulus.
        response_ms: from showing to rating; None where it was not recorded.
    """

    kind: str
    score: float
    asked: float | None = None
    response_ms: int | None = None
    tab_changes: int = 0


def flags(answers: Sequence[Answer]) -> tuple[str, ...]:
    """What is odd about a session so far, each in a few words."""
    return tuple(flag for rule in (attention, speed, spread, absence) for flag in rule(answers))


def attention(answers: Sequence[Answer]) -> Iterator[str]:
    checks = [(answer.score, answer.asked) for answer in answers if answer.asked is not None]
    n_missed = sum(abs(score - asked) > ATTENTION_TOLERANCE for score, asked in checks)
    if n_missed:
        yield _("missed %(n)d of %(all)d attention checks") % {"n": n_missed, "all": len(checks)}


def speed(answers: Sequence[Answer]) -> Iterator[str]:
    """Images only: music has to be heard to its end anyway."""
    times = [a.response_ms for a in answers if a.kind == "image" and a.asked is None and a.response_ms is not None]
    if len(times) >= FEWEST_ANSWERS and median(times) < FASTEST_IMAGE_MS:
        yield _("rates images in %(seconds).1f s") % {"seconds": median(times) / 1000}


def spread(answers: Sequence[Answer]) -> Iterator[str]:
    scores = [answer.score for answer in answers if answer.asked is None]
    if len(scores) >= FEWEST_ANSWERS and pstdev(scores) < STRAIGHT_SD:
        yield _("gives nearly the same score to all %(n)d stimuli") % {"n": len(scores)}


def absence(answers: Sequence[Answer]) -> Iterator[str]:
    n_changes = sum(answer.tab_changes for answer in answers)
    if n_changes > MOST_TAB_CHANGES:
        yield _("left the page %(n)d times") % {"n": n_changes}
