"""Numbers for Prometheus at /metrics: what this process did, and what the database holds at the moment of asking.

With several web processes each is asked for its own; what comes from the database is the same in all of them.
"""

import secrets
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

REQUEST_SECONDS = Histogram(
    "sentimozart_request_seconds",
    "HTTP requests by pattern",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.3, 0.6, 1, 2.5, 5, 10),
)


class Database(Collector):
    """What the tables say: the queue, pieces by state, ratings."""

    def describe(self) -> Iterator[Metric]:
        """Nothing, so that registering does not ask the database."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        from django.db.models import Count

        from compose.models import Composition
        from compose.queue import queue_state
        from evaluation.models import Participant, Rating

        state = queue_state()
        yield gauge("workers", "Workers heard of lately", state.n_workers)
        yield gauge("jobs_waiting", "Jobs that no worker has taken up", state.n_waiting)
        yield gauge("jobs_oldest_wait_seconds", "For how long the oldest of them has waited", state.oldest_s)
        pieces = GaugeMetricFamily("sentimozart_pieces", "Pieces by state", labels=["state"])
        counts = dict(Composition.objects.order_by().values_list("state").annotate(n=Count("pk")))
        for name in Composition.State.values:
            pieces.add_metric([name], counts.get(name, 0))
        yield pieces
        real = Rating.objects.filter(item__participant__simulated=False)
        yield gauge("ratings", "Ratings given by people", real.count())
        yield gauge("participants", "People who began a session", Participant.objects.real().count())


def gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"sentimozart_{name}", help_text, value=value)


REGISTRY.register(Database())


def may_see(request: HttpRequest) -> bool:
    """Staff, and whoever shows METRICS_TOKEN as Prometheus does (Authorization: Bearer …)."""
    if request.user.is_active and request.user.is_staff:
        return True
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and kind == "Bearer" and secrets.compare_digest(token.encode(), wanted.encode())


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not may_see(request):
        return HttpResponseForbidden("For staff, or with METRICS_TOKEN.\n", content_type="text/plain")
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
