"""Fit the listener model's estimated MOS to a study's human ratings, and write the line to a file.

python -m ml.music.listen --calibration FILE applies it; $LISTENER_CALIBRATION=FILE does so on the page as well.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluation.errors import StudyError
from evaluation.management.commands.export_report import find_study, write_whole
from evaluation.report.build import build
from evaluation.report.calibrating import calibration_of


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []  # they load every page, and with them PyTorch

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", help="its name: the newest version that was ever opened; NAME@2 for version 2")
        parser.add_argument("--out", type=Path, default=Path("listener-calibration.json"), metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        try:
            study = find_study(options["study"])
            fitted = calibration_of(study, build(study, simulated=False))
            write_whole(out, fitted.as_json().encode())
        except StudyError as error:
            raise CommandError(error.detail, returncode=2) from error
        except OSError as error:
            raise CommandError(f"{out}: cannot be written ({error.strerror})", returncode=2) from error
        self.stdout.write(
            f"{out}: MOS = {fitted.intercept:.3f} + {fitted.slope:.3f} × estimate, {fitted.n} clips of {study}"
        )
