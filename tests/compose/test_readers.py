"""The processes that read: what they are asked crosses over and back, and one that dies is begun again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import wait
from typing import TypeVar

import psutil
import pytest

from compose import pipeline, readers
from ml.errors import FrameError
from ml.sightings import UNKNOWN

T = TypeVar("T")

ENDS_S = 20.0
BEGUN_AND_LEFT = """
import os, signal
from compose import readers
readers.THREADS.submit(readers.own_reader).result()
print(readers.THREADS.submit(readers.here, os.getpid).result(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def ask(function: Callable[..., T], *args: object) -> T:
    return readers.THREADS.submit(readers.here, function, *args).result()


def test_a_frame_and_what_is_remembered_of_it_cross_over_and_back(portrait: bytes) -> None:
    reading, track = ask(pipeline.read_frame, portrait, UNKNOWN)
    assert reading.expression is not None and reading.expression.label == "happy"
    assert (track.n_followed, len(track.seen)) == (0, 1)
    _, track = ask(pipeline.read_frame, portrait, track)
    assert track.n_followed == 1  # followed, by whichever reader had the time


def test_errors_keep_their_names() -> None:
    with pytest.raises(FrameError) as refused:
        ask(pipeline.read_frame, b"no image", UNKNOWN)
    assert refused.value.code == "bad-image"
    with pytest.raises(ZeroDivisionError):
        ask(divmod, 1, 0)


def test_readers_step_back_behind_pages() -> None:
    assert ask(os.nice, 0) == os.nice(0) + readers.NICENESS


def test_a_reader_that_was_killed_is_begun_again() -> None:
    wait(readers.begin())
    killed = {reader.process.pid for reader in readers.WARM}
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert ask(divmod, 7, 2) == (3, 1)
    assert ask(os.getpid) not in killed
    assert readers.are_warm()


def test_what_kills_a_reader_twice_is_refused_and_the_next_thing_is_done() -> None:
    with pytest.raises(readers.ReadingError, match="what reads faces ended"):
        ask(os._exit, 1)
    assert ask(divmod, 7, 2) == (3, 1)


def test_a_reader_ends_with_the_process_whose_it_is() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEGUN_AND_LEFT], capture_output=True, text=True, cwd=readers.REPOSITORY
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    give_up = time.monotonic() + ENDS_S
    while psutil.pid_exists(int(done.stdout)):
        assert time.monotonic() < give_up
        time.sleep(0.1)
