"""Write a study's report to a file.

json: everything (docs/report-schema.md); csv: one line per stimulus with its mean opinion scores; pdf: one to four
pages to read; ratings: the tidy ratings as import_ratings reads them; answers: every answer, practice and checks too.
"""

import tempfile
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluation.errors import StudyError
from evaluation.models import Study
from evaluation.report import exports, pdf
from evaluation.report.build import build

FORMATS = ("json", "csv", "pdf", "ratings", "answers")


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []  # they load every page, and with them PyTorch

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", help="its name: the newest version that was ever opened; NAME@2 for version 2")
        parser.add_argument("--format", choices=FORMATS, required=True)
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")
        parser.add_argument("--simulated", action="store_true", help="the simulated participants instead of the real")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        try:
            study = find_study(options["study"])
            write_whole(out, content(study, options["format"], options["simulated"]))
        except StudyError as error:
            raise CommandError(error.detail, returncode=2) from error
        except OSError as error:
            raise CommandError(f"{out}: cannot be written ({error.strerror})", returncode=2) from error
        self.stdout.write(f"{out}: {options['format']} of {study}")


def find_study(wanted: str) -> Study:
    """The study called `wanted`, which may end in @ and a version number.

    Raises:
        StudyError: there is none.
    """
    name, at, version = wanted.rpartition("@")
    if not at:
        return Study.objects.newest(wanted)
    study = Study.objects.filter(name=name, version=int(version)).first() if version.isdecimal() else None
    if study is None:
        versions = Study.objects.filter(name=name).order_by("version").values_list("version", flat=True)
        known = ", ".join(str(version) for version in versions) or "none"
        raise StudyError("no-version", f"there is no version {version!r} of study {name!r}; there are: {known}")
    return study


def content(study: Study, wanted: str, simulated: bool) -> bytes:
    """The bytes of one export."""
    if wanted == "ratings":
        return exports.ratings_csv(study, simulated).encode()
    if wanted == "answers":
        return exports.answers_csv(study, simulated).encode()
    report = build(study, simulated)
    if wanted == "pdf":
        return pdf.pdf(report)
    return (exports.json_text(report) if wanted == "json" else exports.mos_csv(report)).encode()


def write_whole(out: Path, data: bytes) -> None:
    """Put the file there whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".export-") as folder:
        partial = Path(folder) / "partial"
        partial.write_bytes(data)
        partial.replace(out)
