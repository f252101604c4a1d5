"""A running site of the tests' own: started as `make run` starts it, on a port and in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
START_S = 120.0
SHELL_S = 120.0
GENEROUS = "compose=1000/60 upload=1000/60 follow=1000/60 enter=1000/60"  # all browsers come from one address


@dataclass(frozen=True)
class Server:
    """A running site."""

    url: str
    data_dir: Path
    process: subprocess.Popen[str]

    def find(self, *words: str) -> psutil.Process:
        """The one process of this site whose command line holds all `words`."""
        return self.find_all(*words)[-1]

    def find_all(self, *words: str) -> list[psutil.Process]:
        children = psutil.Process(self.process.pid).children(recursive=True)
        found = [p for p in children if all(word in " ".join(p.cmdline()) for word in words)]
        assert found, f"no process with {words}"
        return found

    def manage(self, *arguments: str) -> str:
        """Run a manage.py command on this site; what it prints."""
        environment = os.environ | {
            "DATA_DIR": str(self.data_dir),
            "DJANGO_SETTINGS_MODULE": "sentimozart_site.settings",
        }
        environment.pop("DATABASE_URL", None)
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SHELL_S,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, code: str) -> str:
        """Run Python among this site's models; the last line that it prints."""
        return self.manage("shell", "--no-imports", "-c", code).strip().splitlines()[-1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def running_site(data_dir: Path) -> Iterator[Server]:
    """Started in `data_dir`, stopped as Ctrl-C would."""
    port = free_port()
    environment = os.environ | {"DATA_DIR": str(data_dir), "PORT": str(port), "LIMITS": GENEROUS}
    environment.pop("DATABASE_URL", None)
    log = (data_dir / "serve.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "sentimozart_site.serve"], cwd=ROOT, env=environment, text=True,
        stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_S
    while not answers(url):
        assert process.poll() is None and time.monotonic() < deadline, (data_dir / "serve.log").read_text()
        time.sleep(0.2)
    try:
        yield Server(url, data_dir, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
