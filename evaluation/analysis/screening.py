"""The two rules of screening, applied to raw ratings and to answered attention checks.

ITU-R BT.500's post-screening of observers (Rec. ITU-R BT.500-15, Annex 1, §A1-2.3.1; in BT.500-13 it stands in
Annex 2, §2.3.1), and the study's own rule for attention checks.
"""

import math

import numpy as np

from evaluation.analysis.data import AttentionCheck, Floats, Mask, RatingTable
from evaluation.analysis.tally import Tally

# BT.500's numbers.
NORMAL_KURTOSIS = (2.0, 4.0)  # β2 between these: the scores of a stimulus pass for normal
NORMAL_LIMIT = 2.0  # standard deviations
OTHER_LIMIT = math.sqrt(20.0)  # standard deviations
OUTLIER_SHARE = 0.05  # reject above this share of scores beyond the limits …
IMBALANCE = 0.3  # … when they lie on both sides: a shifted observer is not an erratic one

# Attention: a slider on a phone lands within a tenth of the scale. One slip among several checks is human; with one
# or two checks nothing speaks for the participant against a slip, so any counts.
ATTENTION_TOLERANCE = 1.0  # points
FEW_CHECKS = 2
MISSED_SHARE = 0.5

RULE = (
    "Observers were screened once, by two rules. ITU-R BT.500 (Annex 1, post-screening of observers): for each "
    "stimulus the kurtosis β2 of its scores decides whether they pass for normal (2 ≤ β2 ≤ 4); a participant's score "
    "counts as P when it lies at or above the mean plus 2 standard deviations (√20 if not normal) and as Q when at or "
    "below the mean minus as much; a participant is rejected when (P + Q) / n > 0.05 and |P − Q| / (P + Q) < 0.3, n "
    "being the number of stimuli that the participant rated. Attention checks: a participant is excluded when more "
    "than half of the answered checks (with one or two checks, any of them) miss the score asked for by more than "
    "1 point."
)


def kurtosis(table: RatingTable, sums: Tally) -> Floats:
    """(S,) β2 = m4 / m2², the moments taken about the mean over n; NaN without spread."""
    deviation = table.score - sums.mean[table.stimulus]
    m2, m4 = (np.bincount(table.stimulus, deviation**power, len(table.stimuli)) for power in (2, 4))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums.sd > 0, sums.n * m4 / m2**2, np.nan)


def passes_for_normal(beta2: Floats) -> Mask:
    """(S,) whether kurtosis lies where a normal distribution's does; NaN does not."""
    return (beta2 >= NORMAL_KURTOSIS[0]) & (beta2 <= NORMAL_KURTOSIS[1])


def beyond_limits(table: RatingTable, sums: Tally, beta2: Floats) -> tuple[Mask, Mask]:
    """(N,) which ratings lie above, and which below, their stimulus's limits. Without spread there are no limits."""
    limit = np.where(passes_for_normal(beta2), NORMAL_LIMIT, OTHER_LIMIT) * sums.sd
    deviation = table.score - sums.mean[table.stimulus]
    has_spread = (sums.sd > 0)[table.stimulus]
    limit = limit[table.stimulus]
    return has_spread & (deviation >= limit), has_spread & (deviation <= -limit)


def fails_bt500(p: int, q: int, n: int) -> bool:
    return n > 0 and p + q > 0 and (p + q) / n > OUTLIER_SHARE and abs(p - q) / (p + q) < IMBALANCE


def missed(check: AttentionCheck) -> bool:
    return check.given is not None and abs(check.given - check.asked) > ATTENTION_TOLERANCE


def fails_attention(answered: int, n_missed: int) -> bool:
    return n_missed > 0 if answered <= FEW_CHECKS else n_missed / answered > MISSED_SHARE
