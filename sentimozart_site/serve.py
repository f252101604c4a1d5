"""What `make run` runs: the database, and under supervisor the web server and the worker, until Ctrl-C.

This process owns the embedded database and supervisord, and starts either again when it dies; supervisord does the
same for the web server and the worker. Each of them ends with its parent, so that nothing is left behind even where
the parent was killed.
"""

import errno
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ml.errors import SentiMozartError
from sentimozart_site import database, environment
from sentimozart_site.processes import DatabaseWatch, Supervisor

DEFAULT_PORT = 8000
FIRST_PAGE_S = 120  # loading the networks on a slow machine, the first time
PAGE_S = 10
POLL_S = 0.2
LOG_LINES = 15
EVERYWHERE = ("0.0.0.0", "::")
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ServeError(SentiMozartError):
    """The site cannot be served."""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sentimozart_site.settings")
    for number in STOPPING:
        signal.signal(number, interrupt)
    try:
        bind, port = environment.text("BIND") or "127.0.0.1", environment.port("PORT", DEFAULT_PORT)
        refuse_taken(bind, port)
        database.attach()
        serve(bind, port)
    except KeyboardInterrupt:
        pass
    except (SentiMozartError, ImproperlyConfigured) as error:
        print(f"error: {error}".replace("\n", " "), file=sys.stderr)
        sys.exit(2)


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Leave once; a second Ctrl-C while everything is being stopped changes nothing."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def refuse_taken(bind: str, port: int) -> None:
    """Check that the port can be served.

    Raises:
        ServeError: somebody else listens there, or it is not ours to take.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(bind, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Daphne: a connection that lingers is fine
            probe.bind(address)
    except OSError as error:
        detail = f"port {port} on {bind} cannot be served ({error.strerror})"
        if error.errno == errno.EADDRINUSE:
            detail += f"; stop what listens there, or choose another port: PORT={port % 65535 + 1} make run"
        raise ServeError("port", detail) from error


def serve(bind: str, port: int) -> None:
    """Keep everything running until interrupted; say where the page is once it answers."""
    kept: list[Supervisor | DatabaseWatch] = []
    with ExitStack() as stack:
        if database.is_embedded():
            kept.append(DatabaseWatch(database.embedded_server(settings.DATA_DIR)))
        kept.append(Supervisor(settings.DATA_DIR, bind, port))
        for each in kept:
            stack.callback(each.stop)
        for _ in waits(bind, port):
            for each in kept:
                each.keep()
        announce(bind, port)
        while True:
            for each in kept:
                each.keep()
            time.sleep(POLL_S)


def waits(bind: str, port: int) -> Iterator[None]:
    """Yield again and again until the first page answers.

    Raises:
        ServeError: it does not.
    """
    give_up = time.monotonic() + FIRST_PAGE_S
    while not page_answers(bind, port):
        if time.monotonic() > give_up:
            log = Path(settings.DATA_DIR) / "logs" / f"web-{port}.log"
            print(*log.read_text(errors="replace").splitlines()[-LOG_LINES:], sep="\n", file=sys.stderr)
            raise ServeError("no-page", f"no page within {FIRST_PAGE_S} s; see {log}")
        yield
        time.sleep(POLL_S)


def page_answers(bind: str, port: int) -> bool:
    host = next((name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")
    connection = HTTPConnection("127.0.0.1" if bind in EVERYWHERE else bind, port, timeout=PAGE_S)
    try:
        headers = {"Host": host, "X-Forwarded-Proto": "https"}  # else a site behind HTTPS would send us there
        connection.request("GET", "/", headers=headers)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def announce(bind: str, port: int) -> None:
    address = f"http://{'127.0.0.1' if bind in EVERYWHERE else bind}:{port}"
    print(f"SentiMozart is at {address}   (Ctrl-C stops it; logs in {settings.DATA_DIR}/logs)")
    sys.stdout.flush()
    django.setup()  # only now: the web server sets up its own at the same time, and the first page must not wait
    from sentimozart_site import staff

    link = staff.make_link()
    if link:
        print(f"Create the staff account, once: {address}{link}", flush=True)


if __name__ == "__main__":
    main()
