"""A folder for one process' temporary files; what a process that was killed left behind is removed by the next one."""

import atexit
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "sentimozart-scratch-"
HELD: list[int] = []  # descriptors of the folders that are locked; the kernel lets go of them however a process ends


def take(top: Path) -> Path:
    """Let temporary files of this process be made in a folder of its own under `top`, until it ends."""
    top.mkdir(parents=True, exist_ok=True)
    with_lock = os.open(top, os.O_RDONLY)
    try:
        fcntl.flock(with_lock, fcntl.LOCK_EX)  # or another process might take our folder for a dead one's
        sweep(top)
        own = Path(tempfile.mkdtemp(prefix=PREFIX, dir=top))
        HELD.append(os.open(own, os.O_RDONLY))
        fcntl.flock(HELD[-1], fcntl.LOCK_EX)
    finally:
        os.close(with_lock)
    tempfile.tempdir = str(own)
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return own


def sweep(top: Path) -> None:
    """Remove the folders whose process is gone."""
    for folder in top.glob(f"{PREFIX}*"):
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except OSError:  # another user's, or gone meanwhile
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:  # its process lives
            pass
        finally:
            os.close(descriptor)
