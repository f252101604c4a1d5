"""The whole analysis of a study: ratings in, every figure of the report out."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from evaluation.analysis.correlation import StudyCorrelation, study_correlation
from evaluation.analysis.data import StudyData
from evaluation.analysis.exclusions import Screening, screen
from evaluation.analysis.listener import ListenerModel, listener_model
from evaluation.analysis.mixed_model import MixedModel, mixed_model
from evaluation.analysis.opinion import ExpressionOpinion, StimulusOpinion, expression_opinions, stimulus_opinions
from evaluation.analysis.reliability import Reliability, reliability
from evaluation.analysis.repeats import RepeatAgreement, repeat_agreement
from evaluation.analysis.sample_size import SampleSize, sample_size

RENAMED = {"before": "from", "after": "to"}  # "from" is no name for a field


@dataclass(frozen=True)
class RawAndScreened:
    """Reliability with everybody, and without those screened out."""

    raw: Reliability
    screened: Reliability


@dataclass(frozen=True)
class Analysis:
    """Every figure of the report. What the data cannot give is None."""

    stimuli: tuple[StimulusOpinion, ...]
    screening: Screening
    reliability: RawAndScreened
    repeats: RepeatAgreement | None
    correlation: StudyCorrelation | None
    mixed_model: MixedModel | None
    listener_model: ListenerModel | None
    sample_size: SampleSize
    by_expression: tuple[ExpressionOpinion, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same in plain dicts, lists, strings and numbers, ready for JSON; nothing is rounded."""
        return {name: plain(value) for name, value in vars(self).items()}


def plain(value: Any) -> Any:
    """Dataclasses and tuples as dicts and lists."""
    if is_dataclass(value):
        return {RENAMED.get(f.name, f.name): plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


def analyse(data: StudyData, seed: int = 0) -> Analysis:
    """Work out every figure of a study.

    Args:
        seed: of the bootstraps; the same data and seed give the same intervals.
    """
    raw = data.ratings.without_idle()
    screening = screen(raw, data.attention)
    excluded = {exclusion.participant for exclusion in screening.exclusions}
    screened = raw.without(excluded) if excluded else raw
    before = reliability(raw, seed)
    after = reliability(screened, seed) if excluded else before
    correlation = study_correlation(raw, screened, seed)
    r = correlation.pearson if correlation else None
    r_after = correlation.screened.pearson if correlation and correlation.screened else None
    return Analysis(
        stimuli=stimulus_opinions(raw, screened, seed),
        screening=replace(screening, pearson_before=r, pearson_after=r_after),
        reliability=RawAndScreened(before, after),
        repeats=repeat_agreement(data.repeats),
        correlation=correlation,
        mixed_model=mixed_model(raw),
        listener_model=listener_model(raw),
        sample_size=sample_size(raw, before.all.icc2_1, r, data.target_ratings),
        by_expression=expression_opinions(raw),
    )
