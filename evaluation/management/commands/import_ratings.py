"""Read the tidy CSV of any listening test (participant,stimulus,kind,pair,score[,expression]) into a closed study."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluation.errors import StudyError
from evaluation.report.importing import import_rows
from evaluation.report.rows import BadRow, read_rows
from evaluation.report.words import plural


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []  # they load every page, and with them PyTorch

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--study", required=True, help="made if there is none; else it must be closed")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            made = import_rows(read_rows(file.read_bytes()), options["study"])
        except OSError as error:
            raise CommandError(f"{file}: cannot be read ({error.strerror})", returncode=2) from error
        except BadRow as error:
            raise CommandError(f"{file}, {error.detail}; nothing was imported", returncode=2) from error
        except StudyError as error:
            raise CommandError(f"{file}: {error.detail}", returncode=2) from error
        self.stdout.write(
            f"{file}: {plural(made.ratings, 'rating')} of {plural(made.stimuli, 'stimulus', 'stimuli')} "
            f"by {plural(made.participants, 'participant')} imported into {made.study.name}"
        )
