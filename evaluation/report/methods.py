"""A methods paragraph that can be pasted into a paper: what was done in this study, and nothing else."""

from dataclasses import dataclass
from typing import Any

from evaluation.analysis.screening import (
    ATTENTION_TOLERANCE,
    FEW_CHECKS,
    IMBALANCE,
    MISSED_SHARE,
    NORMAL_KURTOSIS,
    NORMAL_LIMIT,
    OUTLIER_SHARE,
)
from evaluation.analysis.tally import DRAWS
from evaluation.design import Protocol as Design
from evaluation.models import Study
from evaluation.report.references import cited
from evaluation.report.words import kinds, percent, plural


@dataclass(frozen=True)
class Protocol:
    """What the paragraph needs to know of the study beside its report."""

    design: Design
    n_practice: int

    @classmethod
    def of(cls, study: Study) -> "Protocol":
        return cls(study.protocol, study.stimuli.visible().filter(practice=True).count())


def paragraph(report: dict[str, Any], protocol: Protocol) -> str:
    """The paragraph, its references below it; empty as long as nothing was rated."""
    if not report["counts"]["ratings"]:
        return ""
    parts = [people(report), scale(report), design(report, protocol), screening(report), *statistics(report)]
    return " ".join(part for part in parts if part) + "\n\nReferences: " + " ".join(cited(report))


def people(report: dict[str, Any]) -> str:
    counts = report["counts"]
    who = plural(counts["participants"], "simulated participant" if report["simulated"] else "participant")
    rated = f"{who} gave {plural(counts['ratings'], 'rating')} of {stimuli(report)}"
    if report["source"] == "imported":
        return f"{rated}; the ratings were collected elsewhere and imported."
    unfinished = counts["participants"] - counts["finished"]
    if unfinished:
        rated += f"; {counts['finished']:,} completed the session, and the ratings of the others are included"
    if counts["withdrawn"]:
        rated += f"; {plural(counts['withdrawn'], 'further participant')} withdrew, whose data were erased"
    return f"{rated}."


def stimuli(report: dict[str, Any]) -> str:
    """ "40 face images and the 40 piano pieces composed from them", as far as that is so."""
    n = {kind: sum(s["kind"] == kind for s in report["stimuli"]) for kind in ("image", "music")}
    images, music = plural(n["image"], "face image"), plural(n["music"], "piece of music", "pieces of music")
    if not n["image"] or not n["music"]:
        return images if n["image"] else music
    pairs = {kind: {s["pair"] for s in report["stimuli"] if s["kind"] == kind} for kind in n}
    if "" not in pairs["image"] | pairs["music"] and pairs["image"] == pairs["music"]:
        return f"{images} and the {music} that belong to them (one piece per image)"
    return f"{images} and {music}"


def scale(report: dict[str, Any]) -> str:
    if report["source"] == "imported":
        return "Each was rated from 0 (sad) over 5 (neutral) to 10 (happy)."
    text = "Each was rated on a continuous scale from 0 (sad) over 5 (neutral) to 10 (happy)"
    heard = "; a piece had to be heard to its end before it could be rated" if "music" in kinds(report) else ""
    return f"{text}, on a slider without a preset value{heard}."


def design(report: dict[str, Any], protocol: Protocol) -> str:
    """How sessions were built; nothing for imported ratings, whose sessions nobody here saw."""
    if report["source"] == "imported":
        return ""
    plan, both = protocol.design, len(kinds(report)) == 2
    per_kind = f"{plan.per_block} stimuli of each kind" if plan.per_block else "all stimuli"
    parts = [f"Every participant was assigned {per_kind}"]
    if plan.per_block:
        parts[0] += ", those with the fewest ratings first"
    if both:
        parts.append("images and music came in separate blocks, whose order was counterbalanced over participants")
        parts.append("an image never stood next to its own piece, and the pairing was not disclosed")
    order = "within a block" if both else "in a session"
    parts.append(f"the order {order} followed a balanced Latin square (Williams, 1949)")
    parts += [part for part in (extras(plan, protocol.n_practice),) if part]
    return "; ".join(parts) + "."


def extras(plan: Design, n_practice: int) -> str:
    listed = [
        plural(n_practice, "practice item") if n_practice else "",
        f"{plural(plan.n_repeats, 'repeated item')} per block" if plan.n_repeats else "",
        f"{plural(plan.n_attention, 'attention check')} per session" if plan.n_attention else "",
    ]
    given = [item for item in listed if item]
    return "sessions also held " + " and ".join(filter(None, [", ".join(given[:-1]), given[-1]])) if given else ""


def screening(report: dict[str, Any]) -> str:
    """The rules that could exclude somebody here, and whom they did."""
    low, high = NORMAL_KURTOSIS
    text = (
        "Raters were screened once, by the rule of ITU-R BT.500-15 (Annex 1): a rater was rejected if more than "
        f"{percent(OUTLIER_SHARE)} of their scores lay at least {NORMAL_LIMIT:g} standard deviations from the mean of "
        f"the stimulus (√20 where the kurtosis of its scores lies outside {low:g}–{high:g}), about equally on both "
        f"sides (|P − Q| / (P + Q) < {IMBALANCE:g} for P scores above and Q below)"
    )
    if any(person["attention_answered"] for person in report["screening"]["participants"]):
        text += (
            f"; and by attention checks: at most {percent(MISSED_SHARE)} of those answered (none of "
            f"{FEW_CHECKS} or fewer) may miss the score asked for by more than {ATTENTION_TOLERANCE:g} point"
        )
    return f"{text}. {excluded(report['screening']['exclusions'])}"


def excluded(exclusions: list[dict[str, Any]]) -> str:
    if not exclusions:
        return "Nobody was excluded."
    reasons = [reason for exclusion in exclusions for reason in exclusion["reasons"]]
    by = {"bt500": "by BT.500", "attention": "by attention checks"}
    each = ", ".join(f"{reasons.count(key)} {text}" for key, text in by.items() if key in reasons)
    removed = sum(exclusion["ratings_removed"] for exclusion in exclusions)
    were = "was" if len(exclusions) == 1 else "were"
    return (
        f"{plural(len(exclusions), 'participant')} with {plural(removed, 'rating')} {were} excluded ({each}). Unless "
        "called screened, figures rest on the ratings of all participants."
    )


def statistics(report: dict[str, Any]) -> list[str]:
    """One sentence for each kind of figure that the report really has."""
    return [text for text in (opinion(), reliability(report), correlation(report), mixed(report)) if text]


def opinion() -> str:
    return (
        "The mean opinion score (MOS) of a stimulus is the mean of its ratings, with Student's 95 % t-interval and a "
        f"percentile bootstrap that resamples participants ({DRAWS:,} draws)."
    )


def reliability(report: dict[str, Any]) -> str:
    if report["reliability"]["raw"]["all"]["icc2_1"] is None:
        return ""
    text = (
        "Inter-rater reliability is the two-way random-effects intraclass correlation for absolute agreement, ICC(2,1) "
        "and ICC(2,k) (Shrout & Fleiss, 1979; from REML variance components where ratings are missing, k being the "
        "harmonic mean of ratings per stimulus; F-based interval after McGraw & Wong, 1996), and Krippendorff's alpha "
        "for interval data (Krippendorff, 2011; bootstrap over stimuli)."
    )
    repeats = report["repeats"]
    if repeats:
        text += f" Self-agreement was assessed on {plural(repeats['n'], 'repeated rating')}."
    return text


def correlation(report: dict[str, Any]) -> str:
    found = report["correlation"]
    if found is None:
        return ""
    text = (
        f"Image MOS and music MOS were correlated over {plural(found['pairs'], 'pair')} by Pearson's r, with Fisher's "
        "z interval and a crossed bootstrap that resamples participants and pairs (Owen, 2007), and by Spearman's rank "
        "correlation"
    )
    if found["within_pooled"]:
        text += (
            "; because clusters of expressions inflate r, also within each expression and pooled after centring both"
        )
        text += " MOS on the means of their expression"
    return f"{text}."


def mixed(report: dict[str, Any]) -> str:
    model = report["mixed_model"]
    if model is None:
        return ""
    return (
        "A linear mixed model with crossed random effects (Baayen et al., 2008) was fitted to all ratings by REML: "
        f"{model['formula']}; tests of fixed effects use Student's t with as many degrees of freedom as there are "
        "stimuli less fixed effects."
    )
