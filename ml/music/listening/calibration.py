"""A line from the listener's estimates to people's scores, fitted to one study's ratings and kept as JSON."""

import json
import math
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from ml.errors import CheckpointError

VARIABLE = "LISTENER_CALIBRATION"  # names the file to use where none is given
FEWEST_CLIPS = 8  # a line through fewer says little
LOWEST, HIGHEST = 0.0, 10.0  # the study's scale


@dataclass(frozen=True)
class Calibration:
    """People's mean opinion score = intercept + slope × the uncalibrated estimate.

    Args:
        n: how many music clips the line was fitted on.
        study: whose ratings they were.
    """

    intercept: float
    slope: float
    n: int
    study: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.intercept) and math.isfinite(self.slope)):
            raise CheckpointError("bad-calibration", f"no line: intercept {self.intercept}, slope {self.slope}")
        if self.n < FEWEST_CLIPS:
            raise CheckpointError("bad-calibration", f"fitted on {self.n} clips, fewer than {FEWEST_CLIPS}")

    def applied(self, mos: float) -> float:
        """The calibrated score, held to the scale."""
        return min(max(self.intercept + self.slope * mos, LOWEST), HIGHEST)

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def read_calibration(path: Path) -> Calibration:
    """The line that `as_json` wrote.

    Raises:
        CheckpointError: "bad-calibration" for a file that is missing or holds something else, by name.
    """
    try:
        data = json.loads(path.read_text())
        fields = {"intercept": float(data["intercept"]), "slope": float(data["slope"])}
        return Calibration(**fields, n=int(data["n"]), study=str(data["study"]))
    except CheckpointError as error:
        raise CheckpointError(error.code, f"{path}: {error.detail}") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CheckpointError("bad-calibration", f"{path}: not a listener's calibration ({error!r})") from error


def calibration_in_use(named: Path | None = None) -> Calibration | None:
    """The calibration in the named file, else in the one that $LISTENER_CALIBRATION names, else none.

    Raises:
        CheckpointError: as `read_calibration`.
    """
    variable = os.environ.get(VARIABLE, "")
    path = named or (Path(variable).expanduser() if variable else None)
    return None if path is None else read_calibration(path)
