"""The embedded PostgreSQL: a real server whose data lie in DATA_DIR/postgres, shared by every process that needs it.

Each user holds a shared lock for as long as it lives, and the kernel lets go of it even after `kill -9`. Who leaves
last stops the server; who finds it stopped starts it.
"""

import fcntl
import hashlib
import os
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from sentimozart_site import cluster
from sentimozart_site.cluster import NAME, DatabaseError

PORT = 5432  # only part of the socket's file name: the server listens on no network port
LONGEST_SOCKET_PATH = 103  # bytes; the shorter of Linux' 107 and macOS' 103
START_WAIT_S = 60  # crash recovery may take a while
RETRY_S = 10  # after a kill -9 the old server's children need a moment to leave
CONNECT_S = 5


def socket_dir(pgdata: Path) -> Path:
    """The data folder itself, or a stand-in where its path is too long for a socket or has a comma (as a list has)."""
    if len(os.fsencode(pgdata / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH and "," not in str(pgdata):
        return pgdata
    return Path("/tmp") / f"{NAME}-{hashlib.sha256(os.fsencode(pgdata)).hexdigest()[:12]}"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class EmbeddedServer:
    """One data folder and the server that serves it.

    Args:
        data_dir: DATA_DIR; the cluster is its subfolder ``postgres``.
        options: further arguments for the ``postgres`` program, used if this process has to start it.
    """

    def __init__(self, data_dir: Path, options: tuple[str, ...] = ()) -> None:
        self.data_dir = data_dir.resolve()
        self.pgdata = self.data_dir / "postgres"
        self.sockets = socket_dir(self.pgdata)
        self.options = options
        self._in_use: IO[str] | None = None
        self._pid = 0

    def attach(self) -> None:
        """Use the server, from now until `detach` or the end of this process; start it if it is not running.

        Raises:
            DatabaseError: data of another major version or another user's, or the server does not start.
        """
        cluster.refuse_other_version(self.pgdata)
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            with locked(self.data_dir / "postgres.lock"):
                self.hold()
                if not self.answers():
                    self.start()
        except PermissionError as error:
            raise DatabaseError("no-access", f"{error.filename}: belongs to another user; set DATA_DIR") from error

    def hold(self) -> None:
        if self._in_use is None:
            self._in_use = (self.data_dir / "postgres.users").open("a")
            self._pid = os.getpid()
            fcntl.flock(self._in_use, fcntl.LOCK_SH)

    def detach(self) -> None:
        """Stop using the server; the last user stops it."""
        if self._in_use is None or self._pid != os.getpid():  # a forked child does not own what its parent holds
            return
        with locked(self.data_dir / "postgres.lock"), self._in_use as in_use:
            self._in_use = None
            fcntl.flock(in_use, fcntl.LOCK_UN)
            try:
                fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # somebody else still uses it
            if (self.pgdata / "postmaster.pid").exists():
                cluster.run("pg_ctl", "stop", "--wait", "--mode=fast", pgdata=self.pgdata)

    def connect(self) -> psycopg.Connection:
        """A connection of this process' own, outside Django, to the database that is always there."""
        return psycopg.connect(
            host=str(self.sockets), port=PORT, user=NAME, dbname="postgres", connect_timeout=CONNECT_S, autocommit=True
        )

    def answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self) -> None:
        """Start the server and wait until it answers, making the cluster first if there is none."""
        if not (self.pgdata / "PG_VERSION").exists():
            cluster.make(self.pgdata)
        cluster.open_ways(self.pgdata)
        self.make_socket_dir()
        self.forget_stale_pid()
        give_up = time.monotonic() + RETRY_S
        while True:
            result = self.start_once()
            if self.answers():
                break
            if time.monotonic() > give_up:
                detail = f"PostgreSQL does not start ({cluster.last_line(result)}); see {self.pgdata}/server.log"
                raise DatabaseError("no-start", detail)
            time.sleep(0.3)
        self.make_database()

    def start_once(self) -> cluster.Result:
        options = ("-h", "", "-p", str(PORT), "-k", f'"{self.sockets}"', "-c", "log_checkpoints=off", *self.options)
        wait = ("--wait", f"--timeout={START_WAIT_S}", f"--log={self.pgdata}/server.log")
        return cluster.run("pg_ctl", "start", *wait, f"--options={shlex.join(options)}", pgdata=self.pgdata)

    def make_socket_dir(self) -> None:
        if self.sockets == self.pgdata:
            return
        owner = self.pgdata.stat()
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0 and self.sockets.stat().st_uid == 0:
            os.chown(self.sockets, owner.st_uid, owner.st_gid)
        if self.sockets.stat().st_uid != owner.st_uid:
            raise DatabaseError("no-access", f"{self.sockets}: belongs to another user")

    def make_database(self) -> None:
        with self.connect() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))

    def forget_stale_pid(self) -> None:
        """Remove a lock left by a server that died, if another program has its process number by now.

        PostgreSQL would take that program for itself and refuse to start: usual after a container's restart.
        """
        pid_file = self.pgdata / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n")[0])
            program = Path(f"/proc/{pid}/comm").read_text().strip()
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return  # PostgreSQL sees by itself that nothing runs under that number
        if program != "postgres":
            pid_file.unlink()
