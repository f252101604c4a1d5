"""Restricted maximum likelihood for a linear model with crossed random intercepts.

y = Xβ + Σ_j Z_j u_j + e with u_j ~ N(0, λ_j² σ²) and e ~ N(0, σ²), in the relative-deviation form of Bates et al.,
"Fitting Linear Mixed-Effects Models Using lme4", J. Stat. Software 67 (2015): λ may reach 0, a variance that is not
there. The model's normal equations are small because Z_a'Z_a of one factor is diagonal: the largest factor is
absorbed into the others, whose dense Cholesky factor is all the work (200 participants × 100 stimuli: 100 × 100).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy

from evaluation.analysis.basics import SAME
from evaluation.analysis.data import Codes, Floats

START, STEP = 0.5, 0.4  # of each λ: the search's first simplex
LARGEST = 1e3  # λ beyond this: no residual variance to speak of
TOLERANCE = 1e-6  # of λ and of −2 log likelihood
STEPS = 1500  # evaluations; three factors need about 200


@dataclass(frozen=True, eq=False)
class Factor:
    """A grouping of the ratings with one random intercept for each level that has ratings.

    Args:
        codes: (N,) level of each rating, 0 … n − 1; −1 for none.
        n: how many levels.
    """

    name: str
    codes: Codes
    n: int

    @classmethod
    def of(cls, name: str, codes: Codes) -> "Factor":
        """Number the levels anew, without gaps; negative codes stay "none"."""
        levels, compact = np.unique(codes, return_inverse=True)
        n_none = int((levels < 0).sum())
        return cls(name, np.maximum(compact - n_none, -1), len(levels) - n_none)


@dataclass(frozen=True, eq=False)
class Fit:
    """What REML finds.

    Args:
        beta: (p,) fixed effects; covariance: (p, p) of them.
        variances: by factor, in squared scale points.
        residual: variance of a single rating around what the model says.
        converged: the search settled inside its limits.
    """

    beta: Floats
    covariance: Floats
    variances: dict[str, float]
    residual: float
    converged: bool


@dataclass(frozen=True, eq=False)
class Equations:
    """Cross products of the data, computed once: a is the absorbed factor, b the others side by side.

    Args:
        outer: (p + 1, p + 1) of [X y]; counts_a: (n_a,) ratings per level of a;
        ab: (n_a, n_b) and bb: (n_b, n_b) how often levels meet; ar: (n_a, p + 1) and br: (n_b, p + 1) sums of [X y].
        factor_of: (n_b,) which of the others (0, 1, …) each level of b belongs to.
    """

    n: int
    outer: Floats
    counts_a: Floats
    ab: Floats
    bb: Floats
    ar: Floats
    br: Floats
    factor_of: Codes

    @cached_property
    def n_fixed(self) -> int:
        return len(self.outer) - 1

    def solve(self, ratios: Floats) -> tuple[float, Floats]:
        """Absorb the random effects at λ = `ratios` (absorbed factor first).

        Returns:
            log |V/σ²|, and the upper Cholesky factor of [X y]'(V/σ²)⁻¹[X y].
        """
        scale_a, scale_b = ratios[0], ratios[1:][self.factor_of]
        diagonal = 1.0 + scale_a**2 * self.counts_a
        ab = self.ab * (scale_a / np.sqrt(diagonal))[:, None]  # whitened by the absorbed factor
        ar = self.ar * (scale_a / np.sqrt(diagonal))[:, None]
        inner = np.eye(len(self.bb)) + scale_b[:, None] * (self.bb - ab.T @ ab) * scale_b
        lower = np.linalg.cholesky(inner)
        br = scipy.linalg.solve_triangular(lower, scale_b[:, None] * (self.br - ab.T @ ar), lower=True)
        log_det = float(np.log(diagonal).sum() + 2.0 * np.log(np.diag(lower)).sum())
        return log_det, np.linalg.cholesky(self.outer - ar.T @ ar - br.T @ br).T

    def criterion(self, ratios: Floats) -> float:
        """−2 log restricted likelihood at λ, σ² profiled out, less its constant."""
        if np.abs(ratios).max() > LARGEST:
            return np.inf
        try:
            log_det, upper = self.solve(ratios)
        except np.linalg.LinAlgError:  # the residual has rounded to nothing: ratings the model fits exactly
            return np.inf
        p, corner = self.n_fixed, np.diag(upper)
        return log_det + 2.0 * float(np.log(corner[:p]).sum()) + 2.0 * (self.n - p) * float(np.log(corner[p]))


def incidence(factor: Factor) -> Floats:
    """(N, n) ones where a rating has a level."""
    z = np.zeros((len(factor.codes), factor.n))
    rows = factor.codes >= 0
    z[rows, factor.codes[rows]] = 1.0
    return z


def equations(score: Floats, fixed: Floats, absorbed: Factor, others: Sequence[Factor]) -> Equations:
    """Gather the cross products."""
    right = np.column_stack([fixed, score])
    z = np.concatenate([np.zeros((len(score), 0)), *(incidence(factor) for factor in others)], axis=1)
    order = np.argsort(absorbed.codes, kind="stable")
    starts = np.searchsorted(absorbed.codes[order], np.arange(absorbed.n))
    counts = np.bincount(absorbed.codes, minlength=absorbed.n).astype(np.float64)
    sums = np.add.reduceat(np.column_stack([z, right])[order], starts, axis=0)  # every level has a rating
    n_b = z.shape[1]
    return Equations(
        n=len(score),
        outer=right.T @ right,
        counts_a=counts,
        ab=sums[:, :n_b],
        bb=z.T @ z,
        ar=sums[:, n_b:],
        br=z.T @ right,
        factor_of=np.repeat(np.arange(len(others)), [factor.n for factor in others]),
    )


def fit_reml(score: Floats, fixed: Floats, factors: Sequence[Factor]) -> Fit | None:
    """Fit the model.

    Args:
        score: (N,) ratings.
        fixed: (N, p) columns of full rank, the first of them all ones.
        factors: the random intercepts; in the largest every rating has a level.

    Returns:
        None where nothing is left to estimate a residual from: p columns fit the scores exactly.
    """
    if len(score) <= fixed.shape[1] or residual_sd(score, fixed) < SAME:
        return None
    absorbed, *others = sorted(factors, key=lambda factor: -factor.n)
    centre = float(score.mean())  # small numbers keep the subtraction of large sums accurate
    system = equations(score - centre, fixed, absorbed, others)
    found = scipy.optimize.minimize(
        system.criterion,
        np.full(len(factors), START),
        method="Nelder-Mead",
        options={
            "initial_simplex": START + STEP * np.eye(len(factors) + 1, len(factors), -1),
            "xatol": TOLERANCE,
            "fatol": TOLERANCE,
            "maxfev": STEPS,
        },
    )
    if not np.isfinite(found.fun):
        return None
    ratios = np.abs(found.x)  # the criterion is even in λ
    settled = bool(found.success and ratios.max() < 0.99 * LARGEST)
    return read_fit(system, ratios, [factor.name for factor in (absorbed, *others)], centre, settled)


def residual_sd(score: Floats, fixed: Floats) -> float:
    """Root mean square of what the fixed columns alone leave over."""
    beta = np.linalg.lstsq(fixed, score)[0]
    return float(np.sqrt(np.mean((score - fixed @ beta) ** 2)))


def read_fit(system: Equations, ratios: Floats, names: Sequence[str], centre: float, converged: bool) -> Fit:
    """Estimates at the best λ: [X y]'V⁻¹[X y] = U'U holds β, its covariance and σ² in U's blocks."""
    _, upper = system.solve(ratios)
    p = system.n_fixed
    residual = float(upper[p, p] ** 2) / (system.n - p)
    inverse = scipy.linalg.solve_triangular(upper[:p, :p], np.eye(p))
    beta = inverse @ upper[:p, p]
    beta[0] += centre
    variances = {name: float(ratio**2 * residual) for name, ratio in zip(names, ratios, strict=True)}
    return Fit(beta, residual * inverse @ inverse.T, variances, residual, converged)
