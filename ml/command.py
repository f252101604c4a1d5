"""What every `python -m ml…` command shares: devices, and one clear line with exit status 2 for a wrong input."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from ml.errors import SentiMozartError

if TYPE_CHECKING:
    import torch


def pick_device(name: str) -> "torch.device":
    """ "auto" is a CUDA GPU where there is one, else the CPU."""
    import torch  # only now: what reads faces does without

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def run(main: Callable[[], None]) -> None:
    """Call `main`; a wrong input ends the process with status 2 and one line on standard error."""
    try:
        main()
    except SentiMozartError as error:
        print(f"error: {error.detail}".replace("\n", " "), file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
