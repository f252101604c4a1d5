"""A network that can be cut: a TCP proxy in front of the site."""

import asyncio
from contextlib import suppress

CHUNK_BYTES = 2**16


class Proxy:
    """Passes bytes on between its port and the site's, until it is cut.

    Args:
        port: the site's, on this machine.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.is_cut = False
        self.writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> str:
        """The address that stands for the site's."""
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        self.server.close()
        self.drop()

    async def cut(self, seconds: float) -> None:
        """Drop every connection wherever it stands, in the middle of a message too, and let none in for a while."""
        self.is_cut = True
        self.drop()
        await asyncio.sleep(seconds)
        self.is_cut = False

    def drop(self) -> None:
        for writer in self.writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            return writer.transport.abort()
        try:
            site_reader, site_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:  # nobody listens there just now
            return writer.transport.abort()
        both = {writer, site_writer}
        self.writers |= both
        with suppress(asyncio.CancelledError):  # the run is over; asyncio would print a traceback for each
            await asyncio.gather(passed_on(reader, site_writer), passed_on(site_reader, writer))
        self.writers -= both


async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until either side ends; then the other is ended too."""
    with suppress(OSError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    writer.close()
