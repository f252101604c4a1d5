"""The report's calibration line as a file for the listener: python -m ml.music.listen --calibration FILE."""

from evaluation.errors import StudyError
from evaluation.models import Study
from evaluation.report.build import Report
from ml.music.listening.calibration import FEWEST_CLIPS, Calibration


def calibration_of(study: Study, report: Report) -> Calibration:
    """The line from the listener's estimates to this study's people.

    Args:
        report: the study's, of its real participants.

    Raises:
        StudyError: "too-few-clips", or "no-line" where estimates do not vary or people's scores fall as they rise.
    """
    found = report["listener_model"]
    n = found["n"] if found else 0
    if n < FEWEST_CLIPS:
        raise StudyError(
            "too-few-clips", f"{study}: {n} music clips with an estimate were rated; {FEWEST_CLIPS} are needed"
        )
    line = found["calibration"]
    if line is None or line["slope"] <= 0:
        slope = "all its estimates are the same" if line is None else f"its slope is {line['slope']:.2f}"
        raise StudyError("no-line", f"{study}: no line leads from the listener's estimates to people's scores: {slope}")
    return Calibration(line["intercept"], line["slope"], n, f"{study.name}, version {study.version}")


def can_calibrate(study: Study, report: Report) -> bool:
    """Whether `calibration_of` has a line to give."""
    try:
        calibration_of(study, report)
    except StudyError:
        return False
    return not report["simulated"]
