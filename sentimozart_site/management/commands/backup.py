"""Write everything into one file: manage.py backup FILE.tar. The site may go on meanwhile. Keep the file as you would
keep the database itself."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sentimozart_site.operations import backup


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(json.dumps(backup.backup(options["file"].absolute())))
        except backup.BackupError as error:
            raise CommandError(error.detail, returncode=2) from error
