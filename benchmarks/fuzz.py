"""Ten thousand broken inputs against a running site: python -m benchmarks.fuzz [--n 10000] [--seed 0] [--write].

Frames and messages go over real websockets, photos and music over HTTP, ratings through the reader of the command that
imports them. Nothing may crash, hang for over two seconds or need 200 MB more; everything must be answered.
`--write` puts the table into docs/fuzz.md.
"""

import argparse
import asyncio
import json
import tempfile
from pathlib import Path

import numpy as np
import requests

from benchmarks.cameras import camera_socket
from benchmarks.cameras.camera_socket import BINARY, TEXT, CameraSocket
from benchmarks.hostile import seeds
from benchmarks.hostile.lingering import idle_sockets, oversize, slow_senders
from benchmarks.hostile.mutate import Random, mutated
from benchmarks.hostile.watch import HEAD, Memory, Row
from evaluation.report.rows import BadRow, read_rows
from tests.site import Server, running_site

# Of all inputs; sounds are few, since each is measured for a quarter of a second where it survives.
SHARES = {"frames": 0.4, "messages": 0.25, "photos": 0.1, "MIDI files": 0.1, "sound files": 0.02, "ratings": 0.13}
ANSWER_S = 30.0  # after this it counts as unanswered
DOCUMENT = Path("docs/fuzz.md")
WARM_UP = 20  # of each kind before memory is looked at: what is loaded once is no spike


class Visitor:
    """A browser's cookies, and the forms it fills in."""

    def __init__(self, url: str) -> None:
        self.url, self.session = url, requests.Session()
        self.session.get(url, timeout=ANSWER_S)
        self.session.headers.update({"Accept": "application/json", "Referer": url})

    def upload(self, path: str, field: str, data: bytes) -> str:
        """The answer's code: an error's, or the status."""
        token = {"csrfmiddlewaretoken": self.session.cookies["csrftoken"]}
        files = {field: ("broken.bin", data)}
        answer = self.session.post(f"{self.url}{path}", data=token, files=files, timeout=ANSWER_S)
        try:
            return str(answer.json().get("code", answer.status_code))
        except ValueError:
            return str(answer.status_code)


async def over_websocket(server: Server, row: Row, inputs: list[bytes], opcode: int, memory: Memory) -> None:
    """One after the other on one socket, which must stay open all the while."""
    socket = await camera_socket.connect(f"{server.url}/ws/reading/")
    for i, data in enumerate(inputs):
        if i == WARM_UP:
            memory.base = memory.now()
        try:
            with row.timed():
                row.answers[await answer_to(socket, data, opcode)] += 1
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError) as error:
            row.n_unanswered += 1
            row.answers[type(error).__name__] += 1
            socket = await camera_socket.connect(f"{server.url}/ws/reading/")
        row.peak_mb = max(row.peak_mb, memory.grown())
    await socket.close()


async def answer_to(socket: CameraSocket, data: bytes, opcode: int) -> str:
    socket.send(camera_socket.masked(data, opcode))
    answer = json.loads(await asyncio.wait_for(socket.hear(), ANSWER_S))
    return str(answer.get("code", answer["type"]))


def over_http(visitor: Visitor, row: Row, path: str, field: str, inputs: list[bytes], memory: Memory) -> None:
    for i, data in enumerate(inputs):
        if i == WARM_UP:
            memory.base = memory.now()
        try:
            with row.timed():
                row.answers[visitor.upload(path, field, data)] += 1
        except requests.RequestException as error:
            row.n_unanswered += 1
            row.answers[type(error).__name__] += 1
        row.peak_mb = max(row.peak_mb, memory.grown())


def through_reader(row: Row, inputs: list[bytes]) -> None:
    for data in inputs:
        with row.timed():
            try:
                read_rows(data)
                row.answers["read"] += 1
            except BadRow:
                row.answers["refused by line"] += 1


def broken(originals: list[bytes], n: int, random: Random) -> list[bytes]:
    return [mutated(originals[i % len(originals)], random) for i in range(n)]


def attack(server: Server, n: int, random: Random) -> list[Row]:
    """All kinds, one after the other."""
    rows = {kind: Row(kind) for kind in SHARES}
    count = {kind: max(round(n * share), 1) for kind, share in SHARES.items()}
    web = server.find("daphne")
    memory, visitor = Memory(web), Visitor(server.url)
    frames = [*broken(seeds.pictures(), count["frames"] - 1, random), seeds.bomb()[:250_000]]
    asyncio.run(over_websocket(server, rows["frames"], frames, BINARY, memory))
    texts = [utf8(each) for each in seeds.messages(count["messages"], random)]
    asyncio.run(over_websocket(server, rows["messages"], texts, TEXT, memory))
    photos = [*broken(seeds.pictures(), count["photos"] - 1, random), seeds.bomb()]
    over_http(visitor, rows["photos"], "/pieces/", "photo", photos, memory)
    over_http(
        visitor, rows["MIDI files"], "/listen/", "music", broken([seeds.midi()], count["MIDI files"], random), memory
    )
    over_http(
        visitor, rows["sound files"], "/listen/", "music", broken(seeds.sounds(), count["sound files"], random), memory
    )
    through_reader(rows["ratings"], broken([seeds.ratings()], count["ratings"], random))
    lingering = [asyncio.run(each(server, memory)) for each in (oversize, slow_senders, idle_sockets)]
    assert web.is_running() and web.pid == server.find("daphne").pid, "the web process has crashed"
    return [*rows.values(), *lingering]


def utf8(data: bytes) -> bytes:
    """Browsers send text only; a websocket that sends other bytes as text is closed, as RFC 6455 says."""
    return data.decode("utf-8", "replace").encode()


def report(rows: list[Row], seed: int) -> str:
    total = sum(row.n for row in rows)
    failed = sum(row.n_unanswered + row.n_hangs for row in rows)
    return "\n".join(
        [
            "# Hostile input",
            "",
            f"Written by `python -m benchmarks.fuzz --write` (seed {seed}): real files and messages, each broken in",
            "one to three ways, sent to a running site. Memory is what the web process grew beyond where it stood",
            f"after the first {WARM_UP} of each kind. {total:,} inputs, no crash, {failed} unanswered or over 2 s.",
            "",
            HEAD,
            *(row.line() for row in rows),
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder)) as server:
        text = report(attack(server, options.n, np.random.default_rng(options.seed)), options.seed)
    print(text)
    if options.write:
        DOCUMENT.write_text(text)


if __name__ == "__main__":
    main()
