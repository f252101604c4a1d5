"""Connections that ask for nothing or never finish asking: the site must go on answering everybody else."""

import asyncio
import time
from contextlib import suppress
from urllib.parse import urlsplit

from benchmarks.cameras import camera_socket
from benchmarks.hostile.watch import Memory, Row
from tests.site import Server

N_IDLE, N_SLOW, N_OVERSIZE = 1000, 100, 20
OVERSIZE_BYTES = 8 * 2**20
LOOKS, BETWEEN_S = 20, 0.25
ANSWER_S = 30.0


async def page_seconds(server: Server) -> float:
    """How long a page takes for somebody who behaves."""
    parts = urlsplit(server.url)
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET /healthz HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), ANSWER_S)
    writer.close()
    assert b" 200 " in answer.split(b"\r\n", 1)[0]
    return time.perf_counter() - began


async def look(server: Server, row: Row, memory: Memory) -> None:
    """Behave for a while, and note how that went."""
    for _ in range(LOOKS):
        row.seconds.append(await page_seconds(server))
        row.answers["page served"] += 1
        row.peak_mb = max(row.peak_mb, memory.grown())
        await asyncio.sleep(BETWEEN_S)


async def idle_sockets(server: Server, memory: Memory) -> Row:
    """A thousand websockets that are opened and then say nothing."""
    row = Row(f"pages beside {N_IDLE:,} idle websockets")
    memory.base = memory.now()
    sockets = [await camera_socket.connect(f"{server.url}/ws/reading/") for _ in range(N_IDLE)]
    await look(server, row, memory)
    for socket in sockets:
        with suppress(ConnectionError):
            await socket.close()
    return row


async def slow_senders(server: Server, memory: Memory) -> Row:
    """Requests whose headers, or whose body, never come to an end."""
    row = Row(f"pages beside {N_SLOW} slow senders")
    memory.base = memory.now()
    parts = urlsplit(server.url)
    writers = []
    for i in range(N_SLOW):
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        body = i % 2 == 1
        head = "POST /listen/ HTTP/1.1\r\nContent-Length: 1000000\r\n" if body else "GET / HTTP/1.1\r\n"
        writer.write(f"{head}Host: {parts.netloc}\r\n".encode() + (b"\r\nx" if body else b"X-Slow: "))
        writers.append(writer)
    await look(server, row, memory)
    for writer in writers:
        writer.close()
    return row


async def oversize(server: Server, memory: Memory) -> Row:
    """Websocket messages far over what a frame may have: each is answered, or its connection closed."""
    row = Row(f"websocket messages of {OVERSIZE_BYTES // 2**20} MB")
    memory.base = memory.now()
    for _ in range(N_OVERSIZE):
        socket = await camera_socket.connect(f"{server.url}/ws/reading/")
        began = time.perf_counter()
        try:
            socket.send(camera_socket.masked(bytes(OVERSIZE_BYTES)))
            await asyncio.wait_for(socket.hear(), ANSWER_S)
            row.answers["answered"] += 1
        except (ConnectionError, asyncio.IncompleteReadError):
            row.answers["closed"] += 1
        row.seconds.append(time.perf_counter() - began)
        row.peak_mb = max(row.peak_mb, memory.grown())
        with suppress(ConnectionError):
            socket.writer.close()
    return row
