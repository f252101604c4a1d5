"""The staff's status page: what /readyz found, in words, and the numbers that matter."""

from collections import Counter
from datetime import timedelta

from django.contrib.admin.views.decorators import staff_member_required
from django.db.models import Avg, Count, F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compose.models import Composition
from evaluation.models import Participant, Rating
from sentimozart_site.operations import health

LATELY = timedelta(hours=24)


@never_cache
@staff_member_required
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    since = timezone.now() - LATELY
    lately = Composition.objects.filter(created__gte=since)
    states = Counter(dict(lately.order_by().values_list("state").annotate(n=Count("pk"))))
    waited = lately.filter(state=Composition.State.READY).aggregate(mean=Avg(F("finished") - F("created")))["mean"]
    context = {
        "checks": health.checks(),
        "n_ready": states[Composition.State.READY],
        "n_failed": states[Composition.State.FAILED],
        "n_unfinished": states.total() - states[Composition.State.READY] - states[Composition.State.FAILED],
        "mean_s": waited.total_seconds() if waited else None,
        "failures": lately.filter(state=Composition.State.FAILED).order_by("-finished")[:10],
        "n_ratings": Rating.objects.filter(item__participant__simulated=False, given__gte=since).count(),
        "n_people": Participant.objects.real().filter(last_seen__gte=since).count(),
    }
    return render(request, "staff/status.html", context)
