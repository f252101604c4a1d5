"""Two web processes and two workers behind nginx: a piece reaches its page whoever makes it; one of each may die."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
import requests

from benchmarks.cameras import camera_socket
from benchmarks.cameras.camera_socket import TEXT, masked
from tests.sentimozart_site.several import Several, until

READY_S = 40.0
QUIET_S = 11.0


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Several]:
    with Several(tmp_path_factory.mktemp("several")) as running:
        yield running


def visitor(url: str) -> requests.Session:
    """A browser's cookies and headers, ready to send forms."""
    session = requests.Session()
    session.headers["Accept"] = "application/json"
    session.get(url, timeout=30)
    session.headers["X-CSRFToken"] = str(session.cookies["csrftoken"])
    return session


def ask(session: requests.Session, url: str) -> str:
    """Ask for a piece; its address."""
    answer = session.post(f"{url}/pieces/", {"emotion": "calm"}, timeout=30)
    assert answer.status_code == 201, answer.text
    address: str = answer.json()["url"]
    return address


def is_ready(url: str, address: str) -> bool:
    return requests.get(f"{url}{address}audio.mp3", timeout=30).status_code == 200


async def follow(url: str, address: str) -> list[str]:
    """What a piece's websocket tells until it ends, by kind."""
    told: list[str] = []
    socket = await camera_socket.connect(f"{url}/ws{address}")
    while "ready" not in told and "failed" not in told:
        told.append(json.loads(await asyncio.wait_for(socket.hear(), READY_S))["type"])
    await socket.close()
    return told


def test_a_piece_asked_of_one_web_process_reaches_its_page_at_another(several: Several) -> None:
    one, other = (f"http://127.0.0.1:{several.ports[name]}" for name in ("web-0", "web-1"))
    address = ask(visitor(one), one)
    told = asyncio.run(follow(other, address))
    assert told[-1] == "ready" and "progress" in told[:-1]
    page = requests.get(several.url + address, headers={"Accept-Language": "en"}, timeout=30)
    assert page.status_code == 200 and 'data-state="ready"' in page.text
    assert is_ready(several.url, address)
    keys = [each["Key"] for each in several.client.list_objects_v2(Bucket="pieces")["Contents"]]
    assert sorted(keys) == [f"site{address}piece.mid", f"site{address}piece.mp3"]


async def silence_then_a_word(url: str) -> dict[str, Any]:
    socket = await camera_socket.connect(f"{url}/ws/reading/")
    await asyncio.sleep(QUIET_S)
    socket.send(masked(b"{}", TEXT))
    answer: dict[str, Any] = json.loads(await asyncio.wait_for(socket.hear(), READY_S))
    await socket.close()
    return answer


def test_a_websocket_may_be_silent_for_longer_than_redis_waits(several: Several) -> None:
    assert asyncio.run(silence_then_a_word(f"http://127.0.0.1:{several.ports['web-0']}"))["code"] == "bad-message"


@contextmanager
def visits(url: str) -> Iterator[list[int]]:
    """Somebody who looks at a page all the time; the status of each answer."""
    statuses: list[int] = []
    stop = Event()

    def visit() -> None:
        while not stop.is_set():
            statuses.append(requests.get(f"{url}/privacy/", timeout=30).status_code)
            time.sleep(0.05)

    visiting = Thread(target=visit)
    visiting.start()
    try:
        yield statuses
    finally:
        stop.set()
        visiting.join()


def test_one_of_each_may_be_killed_and_the_other_stopped_in_its_turn(several: Several) -> None:
    session = visitor(several.url)
    with visits(several.url) as statuses:
        addresses = [ask(session, several.url) for _ in range(4)]
        several.stop("worker-0", signal.SIGKILL)
        several.stop("web-0", signal.SIGKILL)
        addresses += [ask(session, several.url) for _ in range(2)]
        several.start("worker-0")
        several.start("web-0")
        until(lambda: several.is_up("web-0", "readyz"), several.log("web-0"))
        addresses.append(ask(session, several.url))
        several.stop("worker-1")
        several.stop("web-1")
        addresses.append(ask(session, several.url))
        for address in addresses:
            until(lambda address=address: is_ready(several.url, address), f"{address} was never made", READY_S)  # type: ignore[misc]
    assert set(statuses) == {200}
