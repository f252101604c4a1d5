"""Several web processes and workers behind nginx, with PostgreSQL, Redis and an S3-style store of their own."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import boto3
import psycopg
from moto.server import ThreadedMotoServer

from tests.site import GENEROUS, ROOT, answers, free_port

START_S = 90.0
POSTGRES = ("/usr/lib/postgresql/*/bin", "postgresql")  # where the programs are, and Debian's package
NGINX, REDIS = ("/usr/sbin", "nginx-light"), ("/usr/bin", "redis-server")
DEPLOYED = ROOT / "docs" / "deploy" / "nginx.conf"
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}


def program(name: str, where: tuple[str, str]) -> str:
    """The path of one of Debian's programs."""
    pattern, package = where
    found = max((str(folder / name) for folder in Path("/").glob(pattern[1:])), default="")
    assert Path(found).is_file(), f"{name} is missing: apt-get install {package}"
    return found


def identity(user: str | None) -> dict[str, Any]:
    """Arguments for subprocess that make a program run as that user, and with no group of ours."""
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}


def until(true: Callable[[], bool], what: str, seconds: float = START_S) -> float:
    """Wait until something is so; for how many seconds it was not."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, what
        time.sleep(0.1)
    return time.monotonic() - began


class Several(AbstractContextManager["Several"]):
    """Everything, on ports of its own; processes by name (web-0, web-1, worker-0, worker-1), which may be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in ("postgres", "redis", "nginx", "web-0", "web-1")}
        self.url = f"http://127.0.0.1:{self.ports['nginx']}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.stack = ExitStack()

    def __enter__(self) -> "Several":
        try:
            self.start_stores()
            for name in ("web-0", "web-1", "worker-0", "worker-1"):
                self.start(name)
            self.start_nginx()
            for name in ("web-0", "web-1"):
                until(lambda name=name: self.is_up(name, "readyz"), f"{name} is not ready: {self.log(name)}")  # type: ignore[misc]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in self.processes.values():
            process.wait(30)
        self.stack.close()

    def start_stores(self) -> None:
        moto = ThreadedMotoServer(port=0)
        moto.start()
        self.stack.callback(moto.stop)
        host, port = moto.get_host_and_port()
        self.environment = os.environ | KEYS | {
            "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}", "MEDIA_STORE": "s3://pieces/site", "SECRET_KEY": "s" * 50,
            "DATABASE_URL": f"postgresql://several@127.0.0.1:{self.ports['postgres']}/postgres", "LIMITS": GENEROUS,
            "REDIS_URL": f"redis://127.0.0.1:{self.ports['redis']}/0", "DATA_DIR": str(self.folder / "data"),
            "DJANGO_SETTINGS_MODULE": "sentimozart_site.settings", "PROXIES": "1", "OMP_NUM_THREADS": "1",
        }  # fmt: skip
        self.client = boto3.client(
            "s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1",
            aws_access_key_id="key", aws_secret_access_key="secret",
        )  # fmt: skip
        self.client.create_bucket(Bucket="pieces")
        self.run(
            "redis",
            program("redis-server", REDIS),
            "--port",
            str(self.ports["redis"]),
            "--save",
            "",
            "--bind",
            "127.0.0.1",
        )
        self.start_postgres()

    def start_postgres(self) -> None:
        cluster = self.folder / "postgres"
        cluster.mkdir()
        user = None
        if os.geteuid() == 0:
            user = "postgres"
            shutil.chown(cluster, user)
            for above in (self.folder, *self.folder.parents):
                above.chmod(above.stat().st_mode | 0o001)
        initdb = [program("initdb", POSTGRES), "-D", str(cluster), "-U", "several", "-A", "trust", "-E", "UTF8", "-N"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=cluster, **identity(user))
        port = str(self.ports["postgres"])
        server = (program("postgres", POSTGRES), "-D", str(cluster), "-p", port, "-k", str(cluster), "-c", "fsync=off")
        self.run("postgres", *server, user=user)
        until(self.database_answers, "PostgreSQL does not answer")

    def database_answers(self) -> bool:
        try:
            psycopg.connect(self.environment["DATABASE_URL"]).close()
        except psycopg.OperationalError:
            return False
        return True

    def start_nginx(self) -> None:
        """The deployed configuration, on our ports and without a certificate."""
        site = DEPLOYED.read_text().rpartition("server {\n    listen 80;")[0]
        for old, new in (
            ("8001", self.ports["web-0"]),
            ("8002", self.ports["web-1"]),
            ("443 ssl", self.ports["nginx"]),
        ):
            assert str(old) in site
            site = site.replace(str(old), str(new))
        site = "\n".join(line for line in site.splitlines() if "ssl_certificate" not in line)
        own = f"pid {self.folder}/nginx.pid; daemon off; error_log {self.folder}/nginx.log; events {{}}"
        bodies = " ".join(
            f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        configuration = self.folder / "nginx.conf"
        configuration.write_text(f"{own}\nhttp {{\n{bodies}\n{site}\n}}\n")
        self.run("nginx", program("nginx", NGINX), "-c", str(configuration), "-p", str(self.folder))

    def run(self, name: str, *command: str, user: str | None = None) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT if user is None else self.folder, env=self.environment, stdout=log, stderr=log,
                **identity(user),
            )  # fmt: skip

    def start(self, name: str) -> None:
        if name.startswith("web"):
            port = str(self.ports[name])
            self.run(
                name,
                sys.executable,
                "-m",
                "daphne",
                "-v",
                "0",
                "-b",
                "127.0.0.1",
                "-p",
                port,
                "sentimozart_site.asgi:application",
            )
        else:
            self.run(name, sys.executable, "manage.py", "work")

    def stop(self, name: str, how: signal.Signals = signal.SIGTERM) -> None:
        self.processes[name].send_signal(how)
        self.processes[name].wait(30)

    def is_up(self, name: str, page: str = "healthz") -> bool:
        return answers(f"http://127.0.0.1:{self.ports[name]}/{page}")

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()[-2000:]

    def ask_json(self, path: str, data: bytes | None = None, web: str | None = None) -> dict[str, object]:
        """Through nginx, or straight from one web process."""
        base = f"http://127.0.0.1:{self.ports[web]}" if web else self.url
        request = urllib.request.Request(base + path, data, {"Accept": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, object] = json.load(answer)
        return found
