"""Erase what has been kept for as long as was promised: pieces after PIECE_DAYS, ratings after their study's days."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from sentimozart_site.operations import retention


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(asdict(retention.expire())))
