"""How long does a study's report take? Ours beside statsmodels' mixed model, which a researcher would use instead.

python -m benchmarks.report [--runs 5]

Prints milliseconds (median and range over the runs) for the mixed model with crossed effects of participant and
stimulus, and for the whole analysis, on ratings drawn from a known model.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

from evaluation.analysis.data import RatingTable, StimulusInfo, StudyData
from evaluation.analysis.mixed_model import mixed_model
from evaluation.analysis.study import analyse
from evaluation.design import IMAGE, MUSIC

N_PARTICIPANTS = {600: 20, 6000: 100}  # by ratings; everyone rates all of the 30 or 60 stimuli


def ratings(n: int) -> RatingTable:
    """`n` ratings of image and music pairs, without expressions so that both sides fit the same model."""
    rng = np.random.default_rng(0)
    n_people = N_PARTICIPANTS[n]
    n_stimuli = n // n_people
    stimuli = tuple(StimulusInfo(f"s{i}", (IMAGE, MUSIC)[i % 2]) for i in range(n_stimuli))
    person, stimulus = (grid.ravel() for grid in np.meshgrid(np.arange(n_people), np.arange(n_stimuli), indexing="ij"))
    score = 5 + rng.normal(0, 2, n_stimuli)[stimulus] + rng.normal(0, 0.5, n_people)[person] + rng.normal(0, 1, n)
    names = tuple(f"p{i}" for i in range(n_people))
    return RatingTable(names, stimuli, person, stimulus, score.clip(0, 10))


def with_statsmodels(table: RatingTable) -> None:
    kinds = [table.stimuli[i].kind for i in table.stimulus]
    frame = pd.DataFrame({"score": table.score, "kind": kinds, "p": table.participant, "s": table.stimulus})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its optimiser: they change nothing here
        smf.mixedlm(
            "score ~ kind", frame, groups=np.ones(len(frame)), vc_formula={"p": "0 + C(p)", "s": "0 + C(s)"}
        ).fit(reml=True, method=["lbfgs"])


def timed(work: Callable[[], object], runs: int) -> list[float]:
    """Milliseconds of each run, after one to warm up."""
    times = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return times[1:]


def line(what: str, n: int, times: list[float]) -> None:
    print(f"| {what} | {n:,} | {np.median(times):,.0f} | {min(times):,.0f}–{max(times):,.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    print("| | ratings | ms (median) | range |\n|---|---|---|---|")
    for n in N_PARTICIPANTS:
        table = ratings(n)
        line("mixed model, ours", n, timed(partial(mixed_model, table), args.runs))
        line("mixed model, statsmodels", n, timed(partial(with_statsmodels, table), args.runs))
        data = StudyData(table)
        line("the whole analysis, ours", n, timed(partial(analyse, data), args.runs))


if __name__ == "__main__":
    main()
