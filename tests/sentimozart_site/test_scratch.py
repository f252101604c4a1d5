"""Temporary files end with their process, even with one that was killed."""

import subprocess
import sys
from pathlib import Path

from sentimozart_site import scratch

MAKE = """
import os, signal, sys, tempfile
from pathlib import Path
from sentimozart_site import scratch
scratch.take(Path(sys.argv[1]))
(Path(tempfile.mkdtemp(prefix="piece-")) / "piece.wav").write_bytes(b"...")
print("made", flush=True)
if sys.argv[2] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "waits":
    sys.stdin.read()
"""


def start(top: Path, how: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", MAKE, str(top), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "made\n"
    return process


def files(top: Path) -> int:
    return len(list(top.rglob("piece.wav")))


def test_what_a_process_made_goes_with_it(tmp_path: Path) -> None:
    start(tmp_path, "ends").communicate()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next_and_nobody_elses(tmp_path: Path) -> None:
    living, killed = start(tmp_path, "waits"), start(tmp_path, "killed")
    killed.communicate()
    (tmp_path / "somebody-elses").mkdir()
    assert files(tmp_path) == 2
    scratch.sweep(tmp_path)
    assert files(tmp_path) == 1
    living.communicate("")
    assert [path.name for path in tmp_path.iterdir()] == ["somebody-elses"]
