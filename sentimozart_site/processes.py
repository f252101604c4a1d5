"""The two things `make run` owns and starts again when they die: supervisord and the embedded database."""

import os
import select
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from sentimozart_site.cluster import DatabaseError
from sentimozart_site.postgres import EmbeddedServer

REPOSITORY = Path(__file__).resolve().parent.parent
CONFIGURATION = Path(__file__).with_name("supervisor.conf")
STOP_S = 30  # supervisord gives each of its processes 10 s
PAUSE_S = 1  # before starting something again, so that a broken one does not spin
AT_ONCE_S = 10  # supervisord ended so soon after its start: it is broken


def with_parent(signal: str = "TERM") -> list[str]:
    """A prefix for commands that must not outlive this process, even where it is killed; nothing off Linux."""
    return ["setpriv", "--pdeathsig", signal] if shutil.which("setpriv") else ["env"]


def say(sentence: str) -> None:
    """Tell whoever started this; where it is written to a full disk, it is lost, and everything runs on."""
    with suppress(OSError):
        print(sentence.replace("\n", " "), file=sys.stderr, flush=True)


class Supervisor:
    """supervisord, which runs what supervisor.conf lists."""

    def __init__(self, data_dir: Path, bind: str, port: int) -> None:
        (data_dir / "logs").mkdir(parents=True, exist_ok=True)
        self.environment = os.environ | {
            "BIND": bind,
            "PORT": str(port),
            "DATA_DIR": str(data_dir),
            "PYTHON": sys.executable,
            "PYTHONUNBUFFERED": "1",
            "WITH_PARENT": " ".join(with_parent()),
            "KILLED_WITH_PARENT": " ".join(with_parent("KILL")),
        }
        self.start()

    def start(self) -> None:
        command = [*with_parent(), sys.executable, "-m", "supervisor.supervisord", "-c", str(CONFIGURATION)]
        if os.geteuid() == 0:
            command += ["-u", "root"]  # said aloud, or it warns
        # A session of its own: Ctrl-C and a closing terminal reach this process only, which then stops supervisord.
        self.started_s = time.monotonic()
        # It has a log; what cannot be written there it would write here instead, and end where that fails too.
        self.process = subprocess.Popen(
            command, cwd=REPOSITORY, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def keep(self) -> None:
        if self.process.poll() is not None:
            say(f"supervisord ended ({self.process.returncode}); starting it again")
            if time.monotonic() < self.started_s + AT_ONCE_S:
                time.sleep(PAUSE_S)
            self.start()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()  # what it runs ends with it
            self.process.wait()


class DatabaseWatch:
    """Starts the embedded server again when it dies, which an open connection notices at once."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server
        self.connection = server.connect()

    def keep(self) -> None:
        if not self.connection.closed:
            readable, _, _ = select.select([self.connection.fileno()], [], [], 0)
            if not readable:
                return  # nobody writes to this connection: it only becomes readable when it breaks
            self.connection.close()
            say("PostgreSQL ended; starting it again")
        try:
            self.server.attach()
            self.connection = self.server.connect()
        except (DatabaseError, psycopg.OperationalError) as error:  # a full disk, say: it may be mended while we run
            say(f"error: {error}; trying again")
            time.sleep(PAUSE_S)

    def stop(self) -> None:
        self.connection.close()
