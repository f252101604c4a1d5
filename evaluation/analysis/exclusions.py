"""Who is left out of the screened figures, by which rule, and what that changes.

Both rules are applied once, as BT.500 says, and to the raw ratings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.analysis.data import AttentionCheck, Mask, RatingTable
from evaluation.analysis.screening import (
    ATTENTION_TOLERANCE,
    IMBALANCE,
    OUTLIER_SHARE,
    RULE,
    beyond_limits,
    fails_attention,
    fails_bt500,
    kurtosis,
    missed,
    passes_for_normal,
)
from evaluation.analysis.tally import Tally, tally


@dataclass(frozen=True)
class ParticipantScreening:
    """One participant's counts: n ratings, p above and q below the limits, and attention checks."""

    participant: str
    n: int
    p: int
    q: int
    outlier_share: float | None
    imbalance: float | None
    attention_answered: int
    attention_missed: int
    rejected_by: tuple[str, ...]


@dataclass(frozen=True)
class MosChange:
    """A stimulus's MOS with everybody and with one participant less."""

    stimulus: str
    before: float
    after: float


@dataclass(frozen=True)
class Exclusion:
    """One participant left out, why, and the MOS that moves most when this participant alone is left out."""

    participant: str
    reasons: tuple[str, ...]
    detail: str
    ratings_removed: int
    largest_mos_change: MosChange | None


@dataclass(frozen=True)
class Screening:
    """The log; the correlations are Pearson's of image MOS with music MOS.

    Args:
        kurtosis_normal_share: share of the stimuli with spread whose scores pass for normal.
        n_before, n_after: participants.
    """

    rule: str
    kurtosis_normal_share: float | None
    participants: tuple[ParticipantScreening, ...]
    exclusions: tuple[Exclusion, ...]
    n_before: int
    n_after: int
    pearson_before: float | None = None
    pearson_after: float | None = None


def screen(table: RatingTable, attention: Sequence[AttentionCheck]) -> Screening:
    """Apply both rules to every participant of the table."""
    sums, checks = tally(table), answered_checks(attention)
    beta2 = kurtosis(table, sums)
    screened = screen_participants(table, beyond_limits(table, sums, beta2), checks)
    exclusions = tuple(
        exclusion(table, sums, code, one, checks.get(one.participant, ()))
        for code, one in enumerate(screened)
        if one.rejected_by
    )
    judged = beta2[np.isfinite(beta2)]
    share = float(passes_for_normal(judged).mean()) if judged.size else None
    return Screening(RULE, share, screened, exclusions, len(screened), len(screened) - len(exclusions))


def answered_checks(attention: Sequence[AttentionCheck]) -> dict[str, list[AttentionCheck]]:
    """Each participant's answered checks."""
    checks: dict[str, list[AttentionCheck]] = {}
    for check in attention:
        if check.given is not None:
            checks.setdefault(check.participant, []).append(check)
    return checks


def screen_participants(
    table: RatingTable, beyond: tuple[Mask, Mask], checks: dict[str, list[AttentionCheck]]
) -> tuple[ParticipantScreening, ...]:
    """Count each participant's ratings, all of them and those beyond the limits, and judge."""
    size = len(table.participants)
    chosen = (table.participant, *(table.participant[rows] for rows in beyond))
    n, p, q = (np.bincount(codes, minlength=size) for codes in chosen)
    return tuple(
        screen_participant(name, int(n[i]), int(p[i]), int(q[i]), checks.get(name, ()))
        for i, name in enumerate(table.participants)
    )


def screen_participant(name: str, n: int, p: int, q: int, answered: Sequence[AttentionCheck]) -> ParticipantScreening:
    n_missed = sum(missed(check) for check in answered)
    verdicts = {"bt500": fails_bt500(p, q, n), "attention": fails_attention(len(answered), n_missed)}
    return ParticipantScreening(
        participant=name,
        n=n,
        p=p,
        q=q,
        outlier_share=(p + q) / n if n else None,
        imbalance=abs(p - q) / (p + q) if p + q else None,
        attention_answered=len(answered),
        attention_missed=n_missed,
        rejected_by=tuple(reason for reason, rejected in verdicts.items() if rejected),
    )


def exclusion(
    table: RatingTable, sums: Tally, code: int, one: ParticipantScreening, answered: Sequence[AttentionCheck]
) -> Exclusion:
    sentences = {"bt500": bt500_detail(one), "attention": attention_detail(answered)}
    detail = " ".join(sentences[reason] for reason in one.rejected_by)
    return Exclusion(one.participant, one.rejected_by, detail, one.n, largest_change(table, sums, code))


def bt500_detail(one: ParticipantScreening) -> str:
    if one.outlier_share is None or one.imbalance is None:
        return ""
    return (
        f"{one.p + one.q} of {one.n} scores lay beyond the limits, {one.p} above and {one.q} below: "
        f"{one.outlier_share:.3f} > {OUTLIER_SHARE:g} of the scores, imbalance {one.imbalance:.2f} < {IMBALANCE:g}."
    )


def attention_detail(answered: Sequence[AttentionCheck]) -> str:
    wrong = [check for check in answered if missed(check)]
    answers = ", ".join(f"{check.given:g} for {check.asked:g}" for check in wrong)
    checks = "check" if len(answered) == 1 else "checks"
    return (
        f"{len(wrong)} of {len(answered)} answered attention {checks} missed the score asked for by more than "
        f"{ATTENTION_TOLERANCE:g} point: {answers}."
    )


def largest_change(table: RatingTable, sums: Tally, code: int) -> MosChange | None:
    """The stimulus whose MOS moves most without this participant, among those that others rated too."""
    rows = (table.participant == code) & (sums.n[table.stimulus] > 1)
    if not rows.any():
        return None
    stimulus, n = table.stimulus[rows], sums.n[table.stimulus[rows]]
    before = sums.mean[stimulus]
    after = (before * n - table.score[rows]) / (n - 1)
    i = int(np.argmax(np.abs(after - before)))
    return MosChange(table.stimuli[stimulus[i]].label, float(before[i]), float(after[i]))
