"""Log lines for machines, without personal data: no address, no address of a piece, nothing that a visitor sent.

LOG_FORMAT=json writes one JSON object a line. Each request is logged by the pattern of its address, so that the
unguessable part of a piece's or a session's link never reaches a log.
"""

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from sentimozart_site.operations import metrics

logger = logging.getLogger("sentimozart_site.requests")

STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
QUIET = ("healthz", "readyz", "metrics")  # asked every few seconds


class JsonFormatter(logging.Formatter):
    """A record as one JSON object: time (UTC), level, logger, message, what `extra` gave, and a traceback if any."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class RequestLog:
    """Middleware: counts and times each request, and logs it by its pattern."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began_s = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - began_s
        match = request.resolver_match
        route = f"/{match.route}" if match else "unknown"
        metrics.REQUEST_SECONDS.labels(request.method, route, response.status_code).observe(seconds)
        if not (match and match.url_name in QUIET):
            facts = {"method": request.method, "route": route, "status": response.status_code}
            logger.info("%s %s %d", *facts.values(), extra=facts | {"ms": round(seconds * 1000, 1)})
        return response
