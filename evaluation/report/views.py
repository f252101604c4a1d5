"""The report as a page that keeps up with the study, its pictures, and its downloads; staff only.

What draws and prints (matplotlib, reportlab) is imported when it is first asked for: it takes a second, which the first
page after a restart should not wait for.
"""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluation.errors import StudyError
from evaluation.models import Study
from evaluation.report import exports, model_tables, opinion_tables, rater_tables, words
from evaluation.report.build import Report, cached_report, live_counts, remembered, report_key
from evaluation.report.calibrating import calibration_of, can_calibrate
from evaluation.report.tables import Table
from evaluation.researcher.access import staff_only

PICTURE_KEPT_S = 86400  # by the browser; the address has the report's key, so another rating gives another address


def asked(request: HttpRequest, study_id: int) -> tuple[Study, bool]:
    """The study, and whether its simulated participants are asked for instead of its real ones."""
    return get_object_or_404(Study, pk=study_id), request.GET.get("simulated") == "1"


@staff_only
@require_safe
@never_cache
def report(request: HttpRequest, study_id: int) -> HttpResponse:
    from evaluation.report.pictures import pictures

    study, simulated = asked(request, study_id)
    key, found = cached_report(study, simulated)
    context = {
        "study": study,
        "key": key,
        "report": found,
        "as_of": datetime.fromisoformat(found["generated"]),
        "missing": words.missing(found),
        "pictures": pictures(found),
        "proxy": words.PROXY,
        "can_calibrate": can_calibrate(study, found),
        "rule": " ".join((found["screening"]["rule"], words.kurtosis_note(found))),
        "has_simulated": study.participants.filter(simulated=True).exists(),
        "query": "?simulated=1" if simulated else "",
        **tables(found),
    }
    return render(request, "evaluation/report/report.html", context)


def tables(found: Report) -> dict[str, Any]:
    """The page's tables by the section they stand in; what the study does not have is None."""
    return {
        "correlation": opinion_tables.correlation(found),
        "within": opinion_tables.within(found),
        "agreement": rater_tables.reliability(found),
        "repeats": rater_tables.repeats(found),
        "demographics": rater_tables.demographics(found),
        "exclusions": rater_tables.exclusions(found),
        "effect": rater_tables.effect(found),
        "mixed": model_tables.mixed_model(found),
        "listener": model_tables.listener_model(found),
        "sample_size": model_tables.sample_size(found),
        "long_tables": long_tables(found),
    }


def long_tables(found: Report) -> list[Table]:
    """Those that are folded away."""
    listed = (opinion_tables.stimuli(found), opinion_tables.by_expression(found), rater_tables.participants(found))
    return [table for table in listed if table is not None and table.rows]


@staff_only
@require_safe
@never_cache
def counts(request: HttpRequest, study_id: int) -> JsonResponse:
    """Whether the page still stands for the ratings: cheap enough to be asked every few seconds."""
    study, simulated = asked(request, study_id)
    now = live_counts(study, simulated)
    return JsonResponse({"key": report_key(study, simulated), "ratings": now["ratings"], "finished": now["finished"]})


@staff_only
@require_safe
def picture(request: HttpRequest, study_id: int, name: str) -> HttpResponse:
    """One picture as SVG; with `?dark=1` for a dark page."""
    from evaluation.report.drawing import DARK, PAPER, svg
    from evaluation.report.pictures import PICTURES

    study, simulated = asked(request, study_id)
    is_dark = request.GET.get("dark") == "1"
    key, found = cached_report(study, simulated)
    wanted = PICTURES.get(name)
    if wanted is None or not wanted.applies(found):
        raise Http404(f"This report has no picture {name!r}.")
    palette = DARK if is_dark else PAPER
    drawn = remembered(f"picture-{name}-{is_dark}-{key}", lambda: svg(wanted.draw(found, palette)))
    response = HttpResponse(drawn, content_type="image/svg+xml")
    response["Cache-Control"] = f"private, max-age={PICTURE_KEPT_S if request.GET.get('key') == key else 0}"
    return response


def download(study: Study, simulated: bool, data: bytes | str, name: str, content_type: str) -> HttpResponse:
    """A file whose name tells study, version and what is in it."""
    people = "-simulated" if simulated else ""
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{study.name}-v{study.version}{people}-{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


@staff_only
@require_safe
def report_pdf(request: HttpRequest, study_id: int) -> HttpResponse:
    from evaluation.report import pdf

    study, simulated = asked(request, study_id)
    key, found = cached_report(study, simulated)
    printed = remembered(f"pdf-{key}", lambda: pdf.pdf(found))
    return download(study, simulated, printed, "report.pdf", "application/pdf")


@staff_only
@require_safe
def report_json(request: HttpRequest, study_id: int) -> HttpResponse:
    study, simulated = asked(request, study_id)
    _, found = cached_report(study, simulated)
    return download(study, simulated, exports.json_text(found), "report.json", "application/json")


@staff_only
@require_safe
def listener_calibration(request: HttpRequest, study_id: int) -> HttpResponse:
    """The line that fits the listener's estimates to the real participants."""
    study = get_object_or_404(Study, pk=study_id)
    _, found = cached_report(study, simulated=False)
    try:
        fitted = calibration_of(study, found)
    except StudyError as error:
        raise Http404(error.detail) from error
    return download(study, False, fitted.as_json(), "listener-calibration.json", "application/json")


@staff_only
@require_safe
def mos_csv(request: HttpRequest, study_id: int) -> HttpResponse:
    study, simulated = asked(request, study_id)
    _, found = cached_report(study, simulated)
    return download(study, simulated, exports.mos_csv(found), "mos.csv", "text/csv; charset=utf-8")


@staff_only
@require_safe
def ratings_csv(request: HttpRequest, study_id: int) -> HttpResponse:
    study, simulated = asked(request, study_id)
    return download(study, simulated, exports.ratings_csv(study, simulated), "ratings.csv", "text/csv; charset=utf-8")


@staff_only
@require_safe
def answers_csv(request: HttpRequest, study_id: int) -> HttpResponse:
    study, simulated = asked(request, study_id)
    return download(study, simulated, exports.answers_csv(study, simulated), "answers.csv", "text/csv; charset=utf-8")
