"""How many cameras does the server keep up with? Websockets that send frames at their own pace, and what comes back."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import psutil

from benchmarks.cameras.camera_socket import CameraSocket, connect, masked
from benchmarks.cameras.tally import Load, Record, tally

ARRIVAL_S = 4.0  # people come one after another, each at a random moment of these seconds
WARM_UP_S = 6.0  # then all of them have been seen for a while
START_S = 120.0
LAST_ANSWERS_S = 2.0  # waited for after the last frame was sent
PATH = "/ws/reading/"


@dataclass
class Camera:
    """One camera, and what became of its frames."""

    socket: CameraSocket
    packets: Sequence[bytes]
    record: Record = field(default_factory=Record)

    def send(self) -> None:
        packet = self.packets[len(self.record.sent_s) % len(self.packets)]
        self.record.sent_s.append(time.perf_counter())
        self.socket.send(packet)

    async def hear(self) -> None:
        """Take in one answer.

        Raises:
            ConnectionError: the server closed the websocket, or answered anything but a reading.
        """
        message = json.loads(await self.socket.hear())
        if message.get("code") == "busy":  # it is not answered, then
            return
        if message["type"] != "reading":
            raise ConnectionError(f"the server answered {message}")
        self.record.answered_s[message["n"]] = time.perf_counter()

    async def hear_on(self) -> None:
        while True:
            await self.hear()

    async def film(self, fps: float | None, wait_s: float, until_s: float) -> None:
        """Begin after `wait_s`; without `fps`, each frame follows the answer to the last."""
        await asyncio.sleep(wait_s)
        await (self.film_steadily(fps, until_s) if fps else self.film_flat_out(until_s))

    async def film_steadily(self, fps: float, until_s: float) -> None:
        """Send at a steady pace, whatever is answered."""
        hearing = asyncio.create_task(self.hear_on())
        started_s = time.perf_counter()
        while (due_s := started_s + len(self.record.sent_s) / fps) < until_s:
            await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
            self.send()
        await asyncio.wait([hearing], timeout=LAST_ANSWERS_S)
        if hearing.done():
            hearing.result()  # raises what ended it
        hearing.cancel()

    async def film_flat_out(self, until_s: float) -> None:
        """Send the next frame when the last is answered."""
        while time.perf_counter() < until_s:
            self.send()
            await self.hear()


async def measure(
    url: str, frames: Sequence[bytes], n_cameras: int, fps: float | None, seconds: float, web_pid: int
) -> Load:
    """Let `n_cameras` film for `seconds` after warming up.

    Args:
        url: the site's address.
        frames: JPEGs, a loop; each camera begins elsewhere in it.
        fps: frames a second of each camera; None sends as fast as answers come.
        web_pid: whose CPU time is counted.

    Raises:
        ConnectionError: the server closed a websocket.
    """
    packets = [masked(frame) for frame in frames]
    cameras = []
    for i in range(n_cameras):
        at = i * len(packets) // n_cameras
        cameras.append(Camera(await connect(url + PATH), packets[at:] + packets[:at]))
    begin_s = time.perf_counter() + WARM_UP_S
    end_s = begin_s + seconds
    waits_s = np.random.default_rng(0).uniform(0.0, ARRIVAL_S, n_cameras).tolist()
    filming = [camera.film(fps, wait_s, end_s) for camera, wait_s in zip(cameras, waits_s, strict=True)]
    watching = asyncio.create_task(busy_cores(web_pid, begin_s, end_s))
    await asyncio.gather(*filming)
    cores = await watching
    for camera in cameras:
        await camera.socket.close()
    return tally([camera.record for camera in cameras], fps, begin_s, end_s, cores)


async def first_answer(url: str, frame: bytes) -> None:
    """Wait until the site has loaded its networks."""
    socket = await connect(url + PATH)
    socket.send(masked(frame))
    await asyncio.wait_for(socket.hear(), START_S)
    await socket.close()


async def busy_cores(web_pid: int, begin_s: float, end_s: float) -> tuple[float, float, float]:
    """How many cores the web process, its readers and this process kept busy between two moments."""
    web = psutil.Process(web_pid)
    readers = web.children(recursive=True)

    def used_s(processes: Sequence[psutil.Process]) -> float:
        times = [process.cpu_times() for process in processes]
        return float(sum(each.user + each.system for each in times))

    def all_used_s() -> tuple[float, float, float]:
        return used_s([web]), used_s(readers), time.process_time()

    await asyncio.sleep(begin_s - time.perf_counter())
    before = all_used_s()
    await asyncio.sleep(end_s - time.perf_counter())
    of_web, of_readers, own = (after - earlier for after, earlier in zip(all_used_s(), before, strict=True))
    seconds = end_s - begin_s
    return of_web / seconds, of_readers / seconds, own / seconds
