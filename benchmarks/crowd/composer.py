"""Somebody who asks for a piece from time to time, listens to its opening, and waits for the whole."""

import asyncio
import json
import time
from dataclasses import dataclass, field

from benchmarks.cameras.camera_socket import CameraSocket, connect
from benchmarks.crowd.tally import Tally
from benchmarks.crowd.visitor import OUTAGES, Answer, Visitor
from benchmarks.crowd.webcam import BACK_S, CONNECT_S

EMOTIONS = ("happy", "sad", "tense", "calm", "neutral")
REFUSED = (429, 503)
ENDS = ("ready", "failed")


@dataclass
class Composer:
    """One visitor.

    Args:
        every_s: a piece is asked for so often, or when the one before has ended, whichever comes later.
        patience_s: after this a piece that has not ended counts as an error.
        asked: id → time.perf_counter(), of the pieces that the server said it would make.
        worked_s: time.perf_counter() when a page last heard of a worker's progress.
        ended: id → "ready" or the code of what went wrong, as the page was told.
    """

    url: str
    tally: Tally
    every_s: float = 60.0
    patience_s: float = 180.0
    first: int = 0
    asked: dict[str, float] = field(default_factory=dict)
    worked_s: float = 0.0
    ended: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.visitor = Visitor(self.url)

    async def compose(self, until_s: float) -> None:
        """Ask for one piece after the other; wait for the last."""
        n = self.first
        while (began_s := time.perf_counter()) < until_s:
            try:
                await self.have_made(EMOTIONS[n % len(EMOTIONS)])
                n += 1
            except OUTAGES as error:
                self.tally.failed(f"piece: {type(error).__name__}")
                await asyncio.sleep(BACK_S)
                continue
            await asyncio.sleep(max(0.0, min(began_s + self.every_s, until_s) - time.perf_counter()))

    async def have_made(self, emotion: str) -> None:
        """Ask once, and follow what is made."""
        answer = None if self.visitor.cookie("csrftoken") else await self.visitor.get("/")
        began_s = time.perf_counter()
        if answer is None or answer.status not in REFUSED:
            answer = await self.visitor.post_form("/pieces/", emotion=emotion)
        if answer.status in REFUSED:
            self.tally.refused("pieces")
            return await asyncio.sleep(answer.retry_after_s)
        if answer.status != 201:
            self.tally.failed(f"piece: {answer.status}")
            return await asyncio.sleep(BACK_S)
        self.tally.took("piece accepted", time.perf_counter() - began_s)
        await self.follow(self.note(answer), began_s)

    def note(self, answer: Answer) -> str:
        piece: str = answer.json()["piece"]
        self.asked[piece] = time.perf_counter()
        return piece

    async def follow(self, piece: str, began_s: float) -> None:
        """Over as many connections as it takes, as the page does."""
        deadline_s = began_s + self.patience_s
        while piece not in self.ended and time.perf_counter() < deadline_s:
            try:
                socket = await asyncio.wait_for(connect(f"{self.url}/ws/pieces/{piece}/"), CONNECT_S)
                async with asyncio.timeout(deadline_s - time.perf_counter()):
                    await self.hear(socket, piece, began_s)
            except OUTAGES as error:
                self.tally.failed(f"piece's socket: {type(error).__name__}")
                await asyncio.sleep(BACK_S)
        if piece not in self.ended:
            self.tally.failed("piece: no end")

    async def hear(self, socket: CameraSocket, piece: str, began_s: float) -> None:
        has_opened = False
        try:
            while piece not in self.ended:
                message = json.loads(await socket.hear())
                if message.get("part"):  # from the worker itself, not from the row
                    self.worked_s = time.perf_counter()
                if message["type"] == "opening" and not has_opened:
                    has_opened = True
                    self.tally.took("piece asked → opening", time.perf_counter() - began_s)
                    await self.listen(message["opening"]["audio_url"])
                elif message["type"] in ENDS:
                    await self.end(piece, message, began_s)
        finally:
            socket.writer.transport.abort()

    async def end(self, piece: str, message: dict[str, object], began_s: float) -> None:
        if message["type"] == "failed":
            self.ended[piece] = str(message["code"])
            return self.tally.failed(f"piece: {message['code']}")
        self.ended[piece] = "ready"
        self.tally.took("piece asked → ready", time.perf_counter() - began_s)
        await self.listen(f"/pieces/{piece}/audio.mp3")

    async def listen(self, path: str) -> None:
        """Fetch a sound; an opening may have given way to the whole piece by then."""
        answer = await self.visitor.get(path)
        gone = answer.status == 404 and path.endswith("opening.mp3")
        if answer.status in REFUSED:
            self.tally.refused("sounds")
        elif answer.status != 200 and not gone:
            self.tally.failed(f"sound: {answer.status}")
