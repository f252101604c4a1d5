"""Every statistic of a study with gaps, worked out a second time by SciPy, statsmodels, pandas or a plain loop."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats

from evaluation.analysis.data import RatingTable
from evaluation.analysis.study import analyse
from evaluation.design import IMAGE, MUSIC
from tests.evaluation.analysis.data_sets import ABSENT_RATER, RANDOM_RATER, gappy_study

SEED = 4
DRAWS = 2000
EXACT = 1e-9  # closed forms
CLOSE = 5e-4  # relative, where both sides search for a maximum of the likelihood


def frame_of(table: RatingTable) -> pd.DataFrame:
    """One row per rating."""
    rows = [
        (table.participants[p], table.stimuli[s].label, table.stimuli[s].kind, table.stimuli[s].pair, s, p, score)
        for p, s, score in zip(table.participant, table.stimulus, table.score, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["participant", "stimulus", "kind", "pair", "s", "p", "score"])
    frame["expression"] = [table.stimuli[s].expression for s in frame["s"]]
    return frame


DATA = gappy_study()
TABLE = DATA.ratings
FOUND = analyse(DATA, seed=SEED).as_dict()
RAW = frame_of(TABLE)
EXCLUDED = [line["participant"] for line in FOUND["screening"]["exclusions"]]
SCREENED = RAW[~RAW["participant"].isin(EXCLUDED)]


def drawn(n: int) -> np.ndarray:
    return np.random.default_rng(SEED).integers(0, n, size=(DRAWS, n))


def middle(values: Any) -> tuple[float, float]:
    return tuple(np.nanpercentile(np.asarray(values, dtype=float), [2.5, 97.5]))


def bootstrap_mos(frame: pd.DataFrame) -> dict[str, list[float]]:
    """Each stimulus's mean in each draw of participants, by plain loops."""
    people = [p for p in TABLE.participants if p in set(frame["participant"])]
    given = {p: dict(zip(rows["stimulus"], rows["score"], strict=True)) for p, rows in frame.groupby("participant")}
    means: dict[str, list[float]] = {stimulus.label: [] for stimulus in TABLE.stimuli}
    for draw in drawn(len(people)):
        scores: dict[str, list[float]] = {label: [] for label in means}
        for i in draw:
            for label, score in given[people[i]].items():
                scores[label].append(score)
        for label, values in scores.items():
            means[label].append(sum(values) / len(values) if values else math.nan)
    return means


BOOTSTRAP = {"raw": bootstrap_mos(RAW), "screened": bootstrap_mos(SCREENED)}


def test_the_data_have_gaps_and_both_rules_reject_somebody() -> None:
    assert 0.75 < len(RAW) / (30 * 24) < 0.85
    reasons = {line["participant"]: line["reasons"] for line in FOUND["screening"]["exclusions"]}
    assert reasons[RANDOM_RATER] == ["bt500"]
    assert reasons[ABSENT_RATER] == ["attention"]


@pytest.mark.parametrize("which", ["raw", "screened"])
def test_mos_and_both_intervals(which: str) -> None:
    for line in FOUND["stimuli"]:
        frame = RAW if which == "raw" else SCREENED
        scores = frame.loc[frame["stimulus"] == line["stimulus"], "score"].to_numpy()
        found = line if which == "raw" else line["screened"]
        assert found["n"] == len(scores)
        assert found["mos"] == pytest.approx(np.mean(scores), abs=EXACT)
        expected = stats.t.interval(0.95, len(scores) - 1, loc=np.mean(scores), scale=stats.sem(scores))
        assert found["ci95"] == pytest.approx(expected, abs=EXACT)
        assert found["bootstrap95"] == pytest.approx(middle(BOOTSTRAP[which][line["stimulus"]]), abs=EXACT)


def test_deviation_and_distribution() -> None:
    for line in FOUND["stimuli"]:
        scores = RAW.loc[RAW["stimulus"] == line["stimulus"], "score"]
        assert line["sd"] == pytest.approx(scores.std(ddof=1), abs=EXACT)
        assert line["counts"] == [sum(math.floor(x + 0.5) == i for x in scores) for i in range(11)]


def test_screening_by_plain_loops() -> None:
    counts = {name: [0, 0, 0] for name in TABLE.participants}
    for _, rows in RAW.groupby("stimulus"):
        mean, sd = rows["score"].mean(), rows["score"].std(ddof=1)
        kurtosis = stats.kurtosis(rows["score"], fisher=False)
        limit = sd * (2.0 if 2.0 <= kurtosis <= 4.0 else 20.0**0.5)
        for name, score in zip(rows["participant"], rows["score"], strict=True):
            counts[name][0] += 1
            counts[name][1] += score >= mean + limit
            counts[name][2] += score <= mean - limit
    for line in FOUND["screening"]["participants"]:
        n, p, q = counts[line["participant"]]
        assert [line["n"], line["p"], line["q"]] == [n, p, q]
        rejected = p + q > 0 and (p + q) / n > 0.05 and abs(p - q) / (p + q) < 0.3
        assert ("bt500" in line["rejected_by"]) == rejected
        assert ("attention" in line["rejected_by"]) == (line["participant"] == ABSENT_RATER)


def test_the_exclusion_log_says_what_changed() -> None:
    screening = FOUND["screening"]
    assert screening["n_after"] == screening["n_before"] - len(EXCLUDED) == 30 - len(EXCLUDED)
    for line in screening["exclusions"]:
        others = RAW[RAW["participant"] != line["participant"]]
        assert line["ratings_removed"] == len(RAW) - len(others)
        before, after = (frame.groupby("stimulus")["score"].mean() for frame in (RAW, others))
        biggest = (after - before).abs().idxmax()
        expected = {"stimulus": biggest, "from": before[biggest], "to": after[biggest]}
        assert line["largest_mos_change"] == pytest.approx(expected, abs=EXACT)


def fit_mixed(frame: pd.DataFrame, formula: str, *factors: str) -> Any:
    """statsmodels' REML fit with crossed random intercepts: all ratings are one group of variance components."""
    components = {name: f"0 + C({name})" for name in factors}
    model = smf.mixedlm(formula, frame, groups=np.ones(len(frame)), vc_formula=components)
    return model.fit(reml=True, method=["lbfgs"])


def variances_of(fit: Any) -> dict[str, float]:
    return dict(zip(fit.model.exog_vc.names, fit.vcomp.tolist(), strict=True)) | {"residual": float(fit.scale)}


def harmonic(frame: pd.DataFrame, by: str) -> float:
    return float(stats.hmean(frame.groupby(by).size()))


@pytest.mark.parametrize("kind", ["image", "music", "all"])
@pytest.mark.parametrize("which", ["raw", "screened"])
def test_icc_from_statsmodels_variance_components(which: str, kind: str) -> None:
    frame = RAW if which == "raw" else SCREENED
    frame = frame if kind == "all" else frame[frame["kind"] == kind]
    variances, k = variances_of(fit_mixed(frame, "score ~ 1", "participant", "stimulus")), harmonic(frame, "stimulus")
    signal, noise = variances["stimulus"], variances["participant"] + variances["residual"]
    found = FOUND["reliability"][which][kind]
    assert found["k"] == found["ratings_per_stimulus"] == pytest.approx(k, abs=EXACT)
    assert found["icc2_1"] == pytest.approx(signal / (signal + noise), rel=CLOSE)
    assert found["icc2_k"] == pytest.approx(signal / (signal + noise / k), rel=CLOSE)
    assert found["icc2_k_ci95"] == pytest.approx(shrout_fleiss_limits(frame, variances), rel=CLOSE)


def shrout_fleiss_limits(frame: pd.DataFrame, variances: dict[str, float]) -> tuple[float, float]:
    """Their formula as printed for ICC(2,1), on the mean squares that the components imply; then Spearman–Brown."""
    k, n = harmonic(frame, "stimulus"), harmonic(frame, "participant")
    mse = variances["residual"]
    bms, jms = mse + k * variances["stimulus"], mse + n * variances["participant"]
    icc = (bms - mse) / (bms + (k - 1) * mse + k * (jms - mse) / n)
    fj = jms / mse
    n_raters, n_stimuli = frame["participant"].nunique(), frame["stimulus"].nunique()
    df_error = len(frame) - n_raters - n_stimuli + 1
    top = k * icc * fj + n * (1 + (k - 1) * icc) - k * icc
    v = top**2 / ((k * icc * fj) ** 2 / (n_raters - 1) + (n * (1 + (k - 1) * icc) - k * icc) ** 2 / df_error)
    f_low, f_high = stats.f.ppf(0.975, n_stimuli - 1, v), stats.f.ppf(0.975, v, n_stimuli - 1)
    rest = k * jms + (k * n - k - n) * mse
    low, high = n * (bms - f_low * mse) / (f_low * rest + n * bms), n * (f_high * bms - mse) / (rest + n * f_high * bms)
    return k * low / (1 + (k - 1) * low), k * high / (1 + (k - 1) * high)


def alpha_by_pairs(units: list[np.ndarray]) -> float:
    """Krippendorff's definition over ordered pairs."""
    units = [unit for unit in units if len(unit) >= 2]
    values = np.concatenate(units)
    observed = sum(((u[:, None] - u) ** 2).sum() / (len(u) - 1) for u in units) / len(values)
    expected = ((values[:, None] - values) ** 2).sum() / (len(values) * (len(values) - 1))
    return float(1.0 - observed / expected)


@pytest.mark.parametrize("kind", [IMAGE, MUSIC])
def test_alpha_and_its_bootstrap_by_pairs(kind: str) -> None:
    labels = [s.label for s in TABLE.stimuli if s.kind == kind]
    units = [RAW.loc[RAW["stimulus"] == label, "score"].to_numpy() for label in labels]
    found = FOUND["reliability"]["raw"][kind]
    assert found["krippendorff_alpha"] == pytest.approx(alpha_by_pairs(units), abs=EXACT)
    draws = [alpha_by_pairs([units[i] for i in draw]) for draw in drawn(len(units))]
    assert found["krippendorff_alpha_ci95"] == pytest.approx(middle(draws), abs=EXACT)


def test_repeats() -> None:
    first, second = np.array([(r.first, r.second) for r in DATA.repeats]).T
    found, n = FOUND["repeats"], len(first)
    assert found["n"] == n == 40
    assert found["mean_absolute_difference"] == pytest.approx(np.mean(np.abs(first - second)), abs=EXACT)
    assert found["within_one_point"] == pytest.approx(np.mean(np.abs(first - second).round(6) <= 1.0), abs=EXACT)
    assert found["pearson"] == pytest.approx(stats.pearsonr(first, second).statistic, abs=EXACT)
    long = pd.DataFrame({"score": [*first, *second], "item": [*range(n)] * 2, "time": [0] * n + [1] * n})
    squares = sm.stats.anova_lm(smf.ols("score ~ C(item) + C(time)", long).fit())["mean_sq"]
    bms, jms, ems = squares["C(item)"], squares["C(time)"], squares["Residual"]
    assert found["icc"] == pytest.approx((bms - ems) / (bms + ems + 2 * (jms - ems) / n), abs=EXACT)


def pair_means(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per pair: image and music MOS, and the expression."""
    means = frame.pivot_table(index="pair", columns="kind", values="score", aggfunc="mean").dropna()
    return means.join(frame.groupby("pair")["expression"].first())


def compare_correlation(found: Any, image: Any, music: Any) -> None:
    expected = stats.pearsonr(image, music)
    assert found["pearson"] == pytest.approx(expected.statistic, abs=EXACT)
    assert found["ci95"] == pytest.approx(tuple(expected.confidence_interval()), abs=EXACT)
    assert found["pairs"] == len(image)


@pytest.mark.parametrize("which", ["raw", "screened"])
def test_correlations(which: str) -> None:
    found = FOUND["correlation"] if which == "raw" else FOUND["correlation"]["screened"]
    pairs = pair_means(RAW if which == "raw" else SCREENED)
    compare_correlation(found, pairs["image"], pairs["music"])
    assert found["p_value"] == pytest.approx(stats.pearsonr(pairs["image"], pairs["music"]).pvalue, rel=1e-6)
    assert found["spearman"] == pytest.approx(stats.spearmanr(pairs["image"], pairs["music"]).statistic, abs=EXACT)
    assert found["pearson"] == FOUND["screening"]["pearson_before" if which == "raw" else "pearson_after"]
    assert [line["expression"] for line in found["within"]] == ["happy", "sad", "neutral"]
    for line in found["within"]:
        inside = pairs[pairs["expression"] == line["expression"]]
        compare_correlation(line, inside["image"], inside["music"])


@pytest.mark.parametrize("which", ["raw", "screened"])
def test_crossed_bootstrap_by_plain_loops(which: str) -> None:
    found = FOUND["correlation"] if which == "raw" else FOUND["correlation"]["screened"]
    pairs = range(12)
    times = np.random.default_rng([SEED, 12]).multinomial(12, [1 / 12] * 12, size=DRAWS)
    draws = []
    for b in range(DRAWS):
        chosen = np.repeat(pairs, times[b])
        image, music = ([BOOTSTRAP[which][f"{kind} {i}"][b] for i in chosen] for kind in (IMAGE, MUSIC))
        draws.append(stats.pearsonr(image, music).statistic)
    assert found["bootstrap95"] == pytest.approx(middle(draws), abs=EXACT)


@pytest.mark.parametrize("which", ["raw", "screened"])
def test_the_pooled_correlation_is_the_partial_one(which: str) -> None:
    """Residuals of both MOS after expression, by least squares; Fisher's n less the two dummies."""
    found = (FOUND["correlation"] if which == "raw" else FOUND["correlation"]["screened"])["within_pooled"]
    pairs = pair_means(RAW if which == "raw" else SCREENED)
    image, music = (smf.ols(f"{kind} ~ C(expression)", pairs).fit().resid for kind in (IMAGE, MUSIC))
    r = stats.pearsonr(image, music).statistic
    assert found["pearson"] == pytest.approx(r, abs=EXACT)
    half = stats.norm.ppf(0.975) / math.sqrt(12 - 2 - 3)
    assert found["ci95"] == pytest.approx((np.tanh(np.arctanh(r) - half), np.tanh(np.arctanh(r) + half)), abs=EXACT)
    assert found["pairs"] == 12


@pytest.mark.parametrize("which", ["raw", "screened"])
def test_differences(which: str) -> None:
    found = FOUND["correlation"] if which == "raw" else FOUND["correlation"]["screened"]
    pairs = pair_means(RAW if which == "raw" else SCREENED)
    assert [line["expression"] for line in found["difference"]] == ["all", "happy", "sad", "neutral"]
    for line in found["difference"]:
        inside = pairs if line["expression"] == "all" else pairs[pairs["expression"] == line["expression"]]
        expected = stats.ttest_rel(inside["music"], inside["image"]).confidence_interval()
        assert line["mean"] == pytest.approx((inside["music"] - inside["image"]).mean(), abs=EXACT)
        assert line["ci95"] == pytest.approx((expected.low, expected.high), abs=EXACT)
        assert line["pairs"] == len(inside)


def test_the_points_are_the_stimuli_again() -> None:
    lines = {line["stimulus"]: line for line in FOUND["stimuli"]}
    assert len(FOUND["correlation"]["points"]) == 12
    for point in FOUND["correlation"]["points"]:
        for kind in (IMAGE, MUSIC):
            line = lines[point["pair"].replace("pair", kind)]
            assert point[f"{kind}_mos"] == pytest.approx(line["mos"], abs=EXACT)
            assert point[f"{kind}_ci95"] == pytest.approx(line["ci95"], abs=EXACT)
            assert point["expression"] == line["expression"]


def test_mixed_model() -> None:
    formula = "score ~ C(kind) * C(expression, Treatment('neutral'))"
    expected = fit_mixed(RAW, formula, "participant", "stimulus", "pair")
    found, variances = FOUND["mixed_model"], variances_of(expected)
    assert found["formula"] == (
        "score ~ 1 + kind + expression + kind:expression + (1 | participant) + (1 | stimulus) + (1 | pair)"
    )
    assert found["converged"]
    assert found["n_ratings"] == len(RAW)
    assert found["variances"] == pytest.approx(variances, rel=CLOSE)
    ours = {line["term"]: line for line in found["fixed"]}
    treatment = "C(expression, Treatment('neutral'))"
    for theirs, estimate in expected.fe_params.items():
        line = ours[theirs.replace(treatment, "expression").replace("C(kind)", "kind").replace("[T.", "[")]
        assert line["estimate"] == pytest.approx(estimate, rel=CLOSE, abs=CLOSE)
        assert line["se"] == pytest.approx(expected.bse_fe[theirs], rel=CLOSE)
    signal, noise = variances["stimulus"] + variances["pair"], variances["participant"] + variances["residual"]
    k = harmonic(RAW, "stimulus")
    assert found["icc2_1"] == pytest.approx(signal / (signal + noise), rel=CLOSE)
    assert found["icc2_k"] == pytest.approx(signal / (signal + noise / k), rel=CLOSE)


def test_fixed_effects_use_t_with_the_stimuli_less_the_terms() -> None:
    for line in FOUND["mixed_model"]["fixed"]:
        assert line["df"] == 24 - 6
        assert line["z"] == pytest.approx(line["estimate"] / line["se"])
        assert line["ci95"] == pytest.approx(stats.t.interval(0.95, 18, loc=line["estimate"], scale=line["se"]))
        assert line["p_value"] == pytest.approx(2 * stats.t.sf(abs(line["z"]), 18))


def test_listener_model() -> None:
    means = RAW.groupby("stimulus")["score"].mean()
    rows = [(s.predicted_mos, means[s.label]) for s in TABLE.stimuli if s.predicted_mos is not None]
    predicted, mos = np.array(rows).T
    found, expected = FOUND["listener_model"], stats.linregress(predicted, mos)
    assert found["n"] == 12
    assert found["pearson"] == pytest.approx(expected.rvalue, abs=EXACT)
    assert found["spearman"] == pytest.approx(stats.spearmanr(predicted, mos).statistic, abs=EXACT)
    assert found["mean_absolute_error"] == pytest.approx(np.mean(np.abs(predicted - mos)), abs=EXACT)
    assert found["bias"] == pytest.approx(np.mean(predicted - mos), abs=EXACT)
    assert found["calibration"] == pytest.approx({"slope": expected.slope, "intercept": expected.intercept}, abs=EXACT)


def test_sample_size_by_counting_up() -> None:
    found, groups = FOUND["sample_size"], RAW.groupby("stimulus")["score"]
    assert found["ratings_per_stimulus_now"] == np.median(groups.size())
    halves = [(line["ci95"][1] - line["ci95"][0]) / 2 for line in FOUND["stimuli"]]
    assert found["ci_half_width_now"] == pytest.approx(np.median(halves), abs=EXACT)
    # The pooled variance is the residual one of a model with a mean for each stimulus.
    sd = math.sqrt(smf.ols("score ~ C(stimulus)", RAW).fit().mse_resid)
    for half_width, answer in found["ratings_for_half_width"].items():
        n = 2
        while stats.t.ppf(0.975, n - 1) * sd / math.sqrt(n) > float(half_width):
            n += 1
        assert answer == n
    rho = FOUND["reliability"]["raw"]["all"]["icc2_1"]
    k = 1
    while k * rho / (1 + (k - 1) * rho) < 0.9:
        k += 1
    assert found["ratings_for_icc_target"] == k
    for label, answer in found["pairs_for_correlation_ci"].items():
        r = FOUND["correlation"]["pearson"] if label == "seen" else float(label)
        n = 4
        while np.diff(np.tanh(np.arctanh(r) + np.array([-1, 1]) * stats.norm.ppf(0.975) / math.sqrt(n - 3)))[0] > 0.1:
            n += 1
        assert answer == n
    assert str(found["ratings_for_half_width"]["0.5"]) in found["advice"][0]
    assert "target 25" in found["advice"][0]


def test_by_expression() -> None:
    means = RAW.groupby(["expression", "kind", "stimulus"])["score"].agg(["mean", "size"])
    assert len(FOUND["by_expression"]) == 6
    for line in FOUND["by_expression"]:
        inside = means.loc[(line["expression"], line["kind"])]
        assert (line["stimuli"], line["ratings"]) == (len(inside), inside["size"].sum())
        assert line["mos"] == pytest.approx(inside["mean"].mean(), abs=EXACT)
        expected = stats.t.interval(0.95, len(inside) - 1, loc=inside["mean"].mean(), scale=stats.sem(inside["mean"]))
        assert line["ci95"] == pytest.approx(expected, abs=EXACT)
