"""The monitor: a page, and the JSON that its script asks for every few seconds."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from evaluation.models import Study
from evaluation.researcher.access import staff_only
from evaluation.researcher.monitoring import overview


@staff_only
@require_safe
def monitor(request: HttpRequest, study_id: int) -> HttpResponse:
    study = get_object_or_404(Study, pk=study_id)
    return render(request, "evaluation/researcher/monitor.html", {"study": study, **overview(study)})


@staff_only
@require_safe
def monitor_json(request: HttpRequest, study_id: int) -> JsonResponse:
    return JsonResponse(overview(get_object_or_404(Study, pk=study_id)))
