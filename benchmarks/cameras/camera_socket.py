"""A camera's websocket for a load generator: just enough of RFC 6455, so that little but the server is timed."""

import asyncio
import base64
import os
import struct
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np

# RFC 6455, section 5.2.
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
FINAL, MASKED = 0x80, 0x80
LENGTH_16, LENGTH_64 = 126, 127


@dataclass(frozen=True)
class CameraSocket:
    """An open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, packet: bytes) -> None:
        """Send what `masked` made, without waiting: a camera does not."""
        self.writer.write(packet)

    async def hear(self) -> bytes:
        """The next text message.

        Raises:
            ConnectionError: the server closed the connection.
        """
        while True:
            opcode, payload = await self.next_frame()
            if opcode == TEXT:
                return payload
            if opcode == PING:
                self.send(masked(payload, PONG))
            elif opcode == CLOSE:
                raise ConnectionError(f"the server closed the websocket: {payload!r}")

    async def next_frame(self) -> tuple[int, bytes]:
        """Opcode and payload; the server sends its messages whole and never masked."""
        first, second = await self.reader.readexactly(2)
        length = second
        if length == LENGTH_16:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == LENGTH_64:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return first & 0x0F, await self.reader.readexactly(length)

    async def close(self) -> None:
        self.send(masked(b"", CLOSE))
        self.writer.close()
        await self.writer.wait_closed()


async def connect(url: str) -> CameraSocket:
    """Open a websocket.

    Args:
        url: http://host:port/path, as the page's own address begins.

    Raises:
        ConnectionError: the server does not speak websocket there.
    """
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(
        f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nOrigin: http://{parts.netloc}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n".encode()
    )
    answer = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in answer.splitlines()[0]:
        raise ConnectionError(f"{url}: {answer.splitlines()[0].decode(errors='replace')}")
    return CameraSocket(reader, writer)


def masked(payload: bytes, opcode: int = BINARY) -> bytes:
    """A whole message as a browser sends it, masked; made before the clock runs."""
    key = os.urandom(4)
    if len(payload) < LENGTH_16:
        length = struct.pack("!B", MASKED | len(payload))
    elif len(payload) < 2**16:
        length = struct.pack("!BH", MASKED | LENGTH_16, len(payload))
    else:
        length = struct.pack("!BQ", MASKED | LENGTH_64, len(payload))
    mask = np.resize(np.frombuffer(key, dtype=np.uint8), len(payload))
    body = np.frombuffer(payload, dtype=np.uint8) ^ mask
    return bytes([FINAL | opcode]) + length + key + body.tobytes()
