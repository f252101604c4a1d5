"""Ratings that were promised to be kept for so many days are erased after them."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Value

from evaluation.models import Participant

KEPT = ExpressionWrapper(F("study__retention_days") * Value(timedelta(days=1)), output_field=DurationField())


def expire_sessions(now: datetime) -> int:
    """Erase the sessions whose study's retention has run out since they were last touched; how many there were."""
    with transaction.atomic():
        old = Participant.objects.annotate(kept_until=F("last_seen") + KEPT).filter(kept_until__lt=now)
        n = old.count()
        old.delete()
    return n
