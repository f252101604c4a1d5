"""The real music that some benchmarks compare with: named on the command line, or by $EMOPIA and $POP909."""

import argparse
import os
import sys
from pathlib import Path

NAMES = ("EMOPIA", "POP909")


def from_environment() -> list[Path]:
    return [Path(os.environ[name]) for name in NAMES if os.environ.get(name)]


def add_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "data", nargs="*", type=Path, default=from_environment(), help="emopia.zip, pop909.zip, or their folders"
    )


def is_given(args: argparse.Namespace) -> bool:
    """Whether there is any; if not, say how to give it: `make bench` goes on without."""
    if not args.data:
        print("nothing measured: name emopia.zip and pop909.zip, or set EMOPIA and POP909", file=sys.stderr)
    return bool(args.data)
