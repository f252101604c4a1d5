"""Put a backup into an empty DATA_DIR (or an empty database and media store): manage.py restore FILE.tar."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sentimozart_site import database
from sentimozart_site.operations import backup


class Command(BaseCommand):
    help = __doc__
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = backup.restore(options["file"].absolute())
        except backup.BackupError as error:
            raise CommandError(error.detail, returncode=2) from error
        database.migrate()
        self.stdout.write(json.dumps(manifest))
