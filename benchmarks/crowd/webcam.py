"""A webcam as the stage's page has it: a steady pace, one frame in flight, and back when the connection is lost."""

import asyncio
import json
import time
from collections.abc import Sequence

from benchmarks.cameras.camera_socket import CameraSocket, connect
from benchmarks.crowd.tally import Tally
from benchmarks.crowd.visitor import OUTAGES

PATH = "/ws/reading/"
CONNECT_S = 10.0
BACK_S = 0.5  # static/js/socket.js begins with that
BUSY_S, GIVE_UP_S = 1.5, 5.0  # static/js/frame_sender.js: when the server says that it is busy, or says nothing


class Webcam:
    """One camera.

    Args:
        packets: frames as `camera_socket.masked` made them, a loop.
        fps: frames a second; one that is due while another is in flight is not sent.
    """

    def __init__(self, url: str, packets: Sequence[bytes], fps: float, tally: Tally) -> None:
        self.url, self.packets, self.fps, self.tally = url, packets, fps, tally
        self.n_filmed = 0

    async def film(self, until_s: float) -> None:
        while time.perf_counter() < until_s:
            try:
                socket = await asyncio.wait_for(connect(self.url + PATH), CONNECT_S)
                await self.film_over(socket, until_s)
            except OUTAGES as error:
                self.tally.failed(f"webcam: {type(error).__name__}")
                await asyncio.sleep(BACK_S)

    async def film_over(self, socket: CameraSocket, until_s: float) -> None:
        """Film over one connection until it is lost or the time is up."""
        self.sent_s: list[float] = []
        self.in_flight = False
        self.quiet_until_s = 0.0
        hearing = asyncio.create_task(self.hear_on(socket))
        try:
            await self.send_on(socket, hearing, until_s)
        finally:
            hearing.cancel()
            socket.writer.transport.abort()
        if hearing.done() and not hearing.cancelled():
            hearing.result()  # raises what ended it

    async def send_on(self, socket: CameraSocket, hearing: "asyncio.Task[None]", until_s: float) -> None:
        due_s = time.perf_counter()
        while due_s < until_s and not hearing.done():
            await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
            due_s += 1 / self.fps
            if time.perf_counter() < self.quiet_until_s:
                continue
            self.tally.count("frames due")
            if self.in_flight and time.perf_counter() < self.sent_s[-1] + GIVE_UP_S:
                self.tally.count("frames left out")
                continue
            if self.in_flight:
                self.tally.failed("webcam: no answer")
            self.send(socket)

    def send(self, socket: CameraSocket) -> None:
        socket.send(self.packets[self.n_filmed % len(self.packets)])
        self.sent_s.append(time.perf_counter())
        self.n_filmed += 1
        self.in_flight = True

    async def hear_on(self, socket: CameraSocket) -> None:
        while True:
            message = json.loads(await socket.hear())
            self.in_flight = False
            if message["type"] == "reading":
                self.tally.took("reading", time.perf_counter() - self.sent_s[message["n"] - 1])
            elif message.get("code") == "busy":
                self.quiet_until_s = time.perf_counter() + BUSY_S
                self.tally.refused("frames")
            else:
                self.tally.failed(f"webcam: {message.get('code', message['type'])}")
