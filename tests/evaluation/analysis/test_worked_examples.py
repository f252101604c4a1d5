"""Published worked examples, each to the digits that its source prints."""

import numpy as np
import pytest

from evaluation.analysis.basics import correlation_p_value, fisher_interval, pearson
from evaluation.analysis.data import RatingTable
from evaluation.analysis.exclusions import screen
from evaluation.analysis.krippendorff import krippendorff_alpha
from evaluation.analysis.reliability import agreement
from evaluation.analysis.reml import Factor, fit_reml
from evaluation.analysis.sample_size import ratings_for_icc
from tests.evaluation.analysis.data_sets import table_of

# Shrout & Fleiss (1979), table 2: six targets (columns here) by four judges (rows here).
SHROUT_FLEISS = [[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]]

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C: four observers, twelve units.
KRIPPENDORFF: list[list[float | None]] = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]

# Davies & Goldsmith, "Statistical Methods in Research and Production" (1972), section 6.4: yield of dyestuff from six
# batches, five preparations each; lme4's documentation (Bates et al. 2015) prints the REML fit.
DYESTUFF = [
    [1545, 1440, 1440, 1520, 1580],
    [1540, 1555, 1490, 1560, 1495],
    [1595, 1550, 1605, 1510, 1560],
    [1445, 1440, 1595, 1465, 1545],
    [1595, 1630, 1515, 1635, 1625],
    [1520, 1455, 1450, 1480, 1445],
]


def test_shrout_and_fleiss_table() -> None:
    found = agreement(table_of(SHROUT_FLEISS), seed=0)
    assert found.icc2_1 == pytest.approx(0.29, abs=0.005)
    assert found.icc2_k == pytest.approx(0.62, abs=0.005)
    assert found.k == 4.0
    # The limits that R's psych::ICC prints for this table (row ICC2k).
    assert found.icc2_k_ci95 == pytest.approx((0.071, 0.93), abs=0.005)


def test_spearman_brown_turns_the_one_into_the_other() -> None:
    found = agreement(table_of(SHROUT_FLEISS), seed=0)
    assert found.icc2_k is not None
    assert ratings_for_icc(found.icc2_1, target=found.icc2_k) == 4


def test_krippendorff_table() -> None:
    assert krippendorff_alpha(table_of(KRIPPENDORFF)) == pytest.approx(0.849, abs=0.0005)


def test_fisher_interval_of_a_textbook() -> None:
    """J. C. Pezzullo, "Biostatistics For Dummies": r = 0.50 of 12 pairs has z from −0.104 to 1.203."""
    found = fisher_interval(0.5, 12)
    assert found is not None
    assert np.arctanh(found) == pytest.approx((-0.104, 1.203), abs=0.0005)


def test_a_textbook_correlation_and_its_p() -> None:
    """D. M. Lane, "HyperStat": r = .8614 and p = 0.0275 for these six points."""
    r = pearson(np.array([2.0, 3, 4, 5, 6, 9]), np.array([5.0, 7, 7, 9, 12, 11]))
    assert r == pytest.approx(0.8614, abs=0.00005)
    assert correlation_p_value(r, 6) == pytest.approx(0.0275, abs=0.00005)


def test_dyestuff_by_reml() -> None:
    """lme4: batch variance 1764, residual 2451, intercept 1527.50 with standard error 19.38."""
    batch = Factor("batch", np.repeat(np.arange(6), 5), 6)
    fit = fit_reml(np.ravel(DYESTUFF).astype(np.float64), np.ones((30, 1)), [batch])
    assert fit is not None
    assert fit.converged
    assert fit.variances["batch"] == pytest.approx(1764, abs=0.5)
    assert fit.residual == pytest.approx(2451, abs=0.5)
    assert fit.beta[0] == pytest.approx(1527.5, abs=0.005)
    assert fit.covariance[0, 0] ** 0.5 == pytest.approx(19.38, abs=0.005)


def bt500_table() -> RatingTable:
    """Ten observers by twenty stimuli, worked by hand.

    On most stimuli the ten scores are 4 4 4 5 5 5 5 6 6 5: no one is near the limits. On stimuli 0 and 1 the last
    observer says 9 and 1 where the others stay there. Stimulus 0: 4 4 4 5 5 5 5 6 6 9, mean 5.3, squares
    3·1.69 + 4·0.09 + 2·0.49 + 13.69 = 20.1, so s = √(20.1/9) = 1.494 and mean + 2 s = 8.29 < 9. But its moments are
    m2 = 2.01 and m4 = (3·2.8561 + 4·0.0081 + 2·0.2401 + 187.4161)/10 = 19.65, so β2 = 4.86 > 4: not normal, and the
    limit is 5.3 + √20 · 1.494 = 11.98. Nothing counts there. Stimulus 1 mirrors it.
    On stimuli 2 and 3 the others spread: 3 3 4 4 5 5 6 6 7 and the last says 10: mean 5.3, squares 2·5.29 + 2·1.69 +
    2·0.09 + 2·0.49 + 2.89 + 22.09 = 40.1, s = 2.111, mean + 2 s = 9.52 < 10. m2 = 4.01, m4 = (2·27.9841 + 2·2.8561 +
    2·0.0081 + 2·0.2401 + 8.3521 + 487.9681)/10 = 55.85, β2 = 3.47: normal, so this counts as P. Stimulus 3 mirrors
    it (Q). The last observer has P = Q = 1 of 20: 0.10 > 0.05 and 0 < 0.3, rejected.
    """
    scores = np.tile(np.array([[4.0], [4], [4], [5], [5], [5], [5], [6], [6], [5]]), (1, 20))
    scores[9, 0] = 9.0
    scores[:, 1] = 10.0 - scores[:, 0]
    scores[:, 2] = [3, 3, 4, 4, 5, 5, 6, 6, 7, 10]
    scores[:, 3] = 10.0 - scores[:, 2]
    return table_of(scores.tolist())


def test_bt500_by_hand() -> None:
    found = screen(bt500_table(), attention=())
    assert [(one.p, one.q) for one in found.participants] == [(0, 0)] * 9 + [(1, 1)]
    (excluded,) = found.exclusions
    assert (excluded.participant, excluded.reasons, excluded.ratings_removed) == ("p9", ("bt500",), 20)
    assert (found.n_before, found.n_after) == (10, 9)
    assert found.kurtosis_normal_share == pytest.approx(18 / 20)
    # Stimulus 2 without the 10: the mean of 3 3 4 4 5 5 6 6 7 is 43/9.
    assert excluded.largest_mos_change is not None
    assert excluded.largest_mos_change.before == pytest.approx(5.3)
    assert excluded.largest_mos_change.after == pytest.approx(43 / 9)


def test_bt500_keeps_an_observer_who_leans_one_way() -> None:
    """With both outliers on one side the imbalance is 1: a shifted observer, not an erratic one."""
    table = bt500_table()
    scores = table.matrix()
    scores[:, 3] = scores[:, 2]
    found = screen(table_of(scores.tolist()), attention=())
    assert (found.participants[9].p, found.participants[9].q) == (2, 0)
    assert not found.exclusions
