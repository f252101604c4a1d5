"""The processes that read faces (READERS, else one a core), so that a page need not wait for networks to finish.

Python runs one thread of a process at a time: beside networks, whatever a page asks would wait for its turn over and
over. And what a camera sends next is worth less than what somebody rates now, so these processes are the ones to wait.

A reader that dies is begun again with the next thing it is given. One ends when the process ends whose reader it is.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar, cast

from compose import pipeline
from ml.errors import SentiMozartError
from sentimozart_site import environment

logger = logging.getLogger(__name__)

T = TypeVar("T")

REPOSITORY = Path(__file__).resolve().parent.parent
N_READERS = environment.number("READERS", os.cpu_count() or 1) or 1
NICENESS = 19  # how far readers step back behind pages
N_ATTEMPTS = 2  # at the same thing: a reader may have died while it had nothing to do
END_S = 5.0


class ReadingError(SentiMozartError):
    """What was to be read could not be, through no fault of its own."""


class Reader:
    """A process that does one thing after another, and this end of the line to it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "compose.readers", str(theirs.fileno())]
            self.process = subprocess.Popen(
                command, cwd=REPOSITORY, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )
        self.line = Connection(ours.detach())

    def wait(self) -> None:
        """Until it is warm.

        Raises:
            EOFError, OSError: the process has died; here as below.
        """
        self.line.recv()

    def ask(self, function: Callable[..., object], *args: object) -> tuple[bool, Any]:
        """Whether `function(*args)` went there, and what it gave or raised."""
        self.line.send((function, args))
        return cast(tuple[bool, Any], self.line.recv())

    def end(self) -> None:
        self.line.close()
        try:
            self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


# One thread for each reader. What is asked of them all waits here, and each does the next thing when it has the time.
THREADS = ThreadPoolExecutor(N_READERS, thread_name_prefix="reader")
OWN = threading.local()  # `reader`: the thread's
WARM: set[Reader] = set()


def begin() -> list[Future[Reader]]:
    """Start all readers; nobody need wait for them."""
    return [THREADS.submit(own_reader) for _ in range(N_READERS)]


def are_warm() -> bool:
    """Whether a frame is read at once."""
    return bool(WARM)


def own_reader() -> Reader:
    """The reader of this thread, which is one of THREADS."""
    reader: Reader | None = getattr(OWN, "reader", None)
    if reader is None:
        reader = OWN.reader = Reader()
        reader.wait()
        WARM.add(reader)
    return reader


def here(function: Callable[..., T], *args: object) -> T:
    """Let this thread's reader do something.

    Args:
        function: of a module, as pickle wants it; so with its arguments, and what it gives or raises.

    Raises:
        ReadingError: the reader died of it.
    """
    for _ in range(N_ATTEMPTS):
        try:
            done, outcome = own_reader().ask(function, *args)
        except (EOFError, OSError):
            lose_own_reader()
        else:
            break
    else:
        raise ReadingError("reading-failed", "This could not be read: what reads faces ended. Please try again.")
    if not done:
        raise outcome
    return cast(T, outcome)


def lose_own_reader() -> None:
    reader: Reader | None = getattr(OWN, "reader", None)
    if reader is not None:
        OWN.reader = None
        WARM.discard(reader)
        reader.end()
        logger.warning("a reader ended (%s); another one begins", reader.process.returncode)


def read_photo(data: bytes) -> pipeline.Reading:
    """`pipeline.read_photo` when a reader is free; for other threads than theirs."""
    return THREADS.submit(here, pipeline.read_photo, data).result()


def serve(line: Connection) -> None:
    """The other end: do what is asked until the line is cut."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever holds the other end
    try:
        pipeline.warm_up_reading()
    except SentiMozartError as error:  # weights are missing: whatever needs them will say so
        print(f"error: {error.detail}", file=sys.stderr)
    os.nice(NICENESS)
    try:
        line.send("warm")
        while True:
            function, args = line.recv()
            line.send(outcome_of(function, *args))
    except (EOFError, OSError):
        pass


def outcome_of(function: Callable[..., object], *args: object) -> tuple[bool, Any]:
    """Whether it went, and what came of it: a value or the exception."""
    try:
        return True, function(*args)
    except Exception as error:
        return False, error


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
