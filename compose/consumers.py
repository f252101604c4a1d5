"""Websocket consumers: decode, delegate, reply."""

import asyncio
import contextlib
import logging
import math
import time
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from autobahn.exception import Disconnected
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import translation

from compose import admission, metrics, pipeline, protocol, readers
from compose.jobs import group_of
from compose.languages import language_of
from compose.live_line import LiveLine
from compose.models import Composition
from compose.queue import n_ahead
from ml.domain import EmotionTarget, Expression
from ml.errors import SentiMozartError
from ml.expression.smoothing import SmoothedExpression
from ml.sightings import UNKNOWN
from sentimozart_site.operations import limits
from sentimozart_site.operations.limits import TooMany

logger = logging.getLogger(__name__)

# A frame that found no reader for so long is not read but answered "busy", and its camera pauses. Whoever is being read
# goes on being read: a newcomer has to find a reader sooner.
LONGEST_WAIT_S, NEWCOMERS_WAIT_S = 0.2, 0.1
PRESENT_S = 1.0  # read so lately: no newcomer
BUSY = "As many cameras are being read as this server can read. Please wait for a moment."

COUNT_EVERY_S = 2.0  # how often somebody in the queue is told how long it still is
NO_SUCH_PIECE = 4404  # websocket close code, after HTTP's 404


@dataclass(frozen=True)
class Frame:
    """One frame as it came; `n` counts the frames of its socket from 1, `arrived_s` is a monotonic clock."""

    n: int
    jpeg: bytes
    arrived_s: float


class LatestFrame:
    """One slot: a newer frame replaces an older one that nobody has taken yet. Filled on the event loop only."""

    def __init__(self) -> None:
        self.slot: deque[Frame] = deque(maxlen=1)  # which threads may share
        self.n_received = 0
        self.arrived = asyncio.Event()

    def put(self, data: bytes) -> None:
        self.n_received += 1
        if self.slot:
            metrics.FRAMES.labels("stale").inc()
        self.slot.append(Frame(self.n_received, data, time.monotonic()))
        self.arrived.set()

    async def wait(self) -> None:
        """Until a frame has arrived since the last wait."""
        await self.arrived.wait()
        self.arrived.clear()

    def take(self) -> Frame | None:
        """Empty the slot, from any thread; none when it was taken already."""
        try:
            return self.slot.pop()
        except IndexError:
            return None


class Messenger(AsyncWebsocketConsumer):
    """A consumer that speaks `compose.protocol`."""

    async def tell(self, message: protocol.Outgoing) -> None:
        """Send it; whoever has just left hears nothing, and "disconnect" is called next."""
        with contextlib.suppress(Disconnected):
            await self.send(text_data=protocol.encode(message))


class ReadingConsumer(Messenger):
    """Reads the frames of one webcam; nothing of them is kept but the last second's expressions."""

    async def connect(self) -> None:
        self.latest_frame = LatestFrame()
        self.smoothed = SmoothedExpression()
        self.track = UNKNOWN
        self.read_s = -math.inf  # when a frame was read last
        self.live = LiveLine(self)
        await self.accept()
        metrics.SOCKETS.labels("reading").inc()
        self.reading = asyncio.create_task(self.read_frames())

    async def disconnect(self, code: int) -> None:
        metrics.SOCKETS.labels("reading").dec()
        self.reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.reading
        await self.live.leave()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Without Channels' look at old database connections, a thread's work, for each frame.

        `answer` alone asks the database, through `database_sync_to_async`, which looks at them itself.
        """
        if message["type"] == "websocket.receive":
            await self.websocket_receive(message)
        else:
            await super().dispatch(message)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if bytes_data is not None:
            self.latest_frame.put(bytes_data)
        elif text_data is not None:
            await self.guarded(self.answer(text_data))

    async def read_frames(self) -> None:
        """One frame at a time, for as long as the socket is open."""
        while True:
            await self.latest_frame.wait()
            if not await self.guarded(self.read()):
                metrics.FRAMES.labels("refused").inc()

    async def guarded(self, work: Awaitable[None]) -> bool:
        """Do one thing for the client; whatever goes wrong is answered, and the socket stays open. Whether it went."""
        try:
            await work
            return True
        except SentiMozartError as error:
            await self.tell(protocol.ErrorMessage(error.code, error.detail))
        except Exception:  # a fault of ours: logged, answered, and the socket stays open for the next frame
            logger.exception("a websocket message could not be answered")
            await self.tell(protocol.ErrorMessage("internal", "Something went wrong here. The next frame may work."))
        return False

    async def read(self) -> None:
        """Read the newest frame when a reader is free: sockets take turns, and nothing older is read meanwhile."""
        looked = await asyncio.get_running_loop().run_in_executor(readers.THREADS, self.look)
        if looked is None:
            return
        frame, reading = looked
        now_s = self.read_s = time.monotonic()
        smoothed = self.smoothed.add(reading.expression, now_s) if reading.expression else None
        server_ms = (now_s - frame.arrived_s) * 1000
        metrics.FRAMES.labels("read").inc()
        metrics.READING_SECONDS.observe(server_ms / 1000)
        await self.tell(protocol.ReadingMessage.of(frame.n, reading, smoothed, server_ms))

    def look(self) -> tuple[Frame, pipeline.Reading] | None:
        """On a reader's thread; none when the frame has been read already."""
        frame = self.latest_frame.take()
        if frame is None:
            return None
        self.refuse_late(frame)
        reading, self.track = readers.here(pipeline.read_frame, frame.jpeg, self.track)
        return frame, reading

    def refuse_late(self, frame: Frame) -> None:
        """Check that a frame did not wait for long: where more is sent than can be read, what is read is read soon.

        Raises:
            MessageError: "busy".
        """
        now_s = time.monotonic()
        longest_s = LONGEST_WAIT_S if now_s < self.read_s + PRESENT_S else NEWCOMERS_WAIT_S
        if now_s > frame.arrived_s + longest_s:
            metrics.FRAMES.labels("busy").inc()
            raise protocol.MessageError("busy", BUSY)

    async def answer(self, text: str) -> None:
        message = protocol.decode(text)
        smoothed = self.smoothed.at(time.monotonic())
        if not isinstance(message, protocol.ComposeMessage):
            return await self.live.answer(message, smoothed)
        if smoothed is None:
            raise protocol.MessageError(
                "no-face", "No face was seen in the last second. Look into the camera and try again."
            )
        target = pipeline.target_of(smoothed, message.finer)
        composition = await database_sync_to_async(self.ask)(target, smoothed)
        await self.tell(protocol.ComposingMessage.of(composition))

    def ask(self, target: EmotionTarget, smoothed: Expression) -> Composition:
        """Ask for a piece, if this client may and the workers can.

        Raises:
            MessageError: "too-often" or "queue-full".
        """
        with translation.override(language_of(self.scope)):
            try:
                admission.admit(limits.client_of_socket(self.scope))
            except TooMany as error:  # "busy" is the answer to a frame
                code = "queue-full" if error.code == "busy" else error.code
                raise protocol.MessageError(code, error.detail) from error
        return Composition.objects.ask(target, Composition.Source.CAMERA, smoothed)

    async def live_phrase(self, event: dict[str, Any]) -> None:
        await self.guarded(self.live.phrase_made(event))

    async def live_failed(self, event: dict[str, Any]) -> None:
        await self.tell(protocol.LiveErrorMessage(event["code"], event["detail"]))

    async def live_over(self, event: dict[str, Any]) -> None:
        await self.guarded(self.live.ended(event))


class PieceConsumer(Messenger):
    """Tells how one piece is coming along, from where it stands to where it ends."""

    async def dispatch(self, message: dict[str, Any]) -> None:
        """In the visitor's language: what is told of a piece holds its title."""
        with translation.override(language_of(self.scope)):
            await super().dispatch(message)

    async def connect(self) -> None:
        self.piece_id = str(self.scope["url_route"]["kwargs"]["piece_id"])
        await self.accept()
        # Join before looking: what changes in between is then told twice rather than never.
        await self.channel_layer.group_add(group_of(self.piece_id), self.channel_name)
        await self.piece_changed({})
        self.queuing = asyncio.create_task(self.count_down())

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "queuing"):
            self.queuing.cancel()
        await self.channel_layer.group_discard(group_of(self.piece_id), self.channel_name)

    async def count_down(self) -> None:
        """Tell how many pieces come first, whenever that has changed, until it is this one's turn."""
        told = 0
        while (composition := await self.look()) and composition.state == Composition.State.QUEUED:
            ahead = await database_sync_to_async(n_ahead)(self.piece_id)
            if ahead != told:
                await self.tell(protocol.ProgressMessage(composition.state, ahead=ahead))
                told = ahead
            await asyncio.sleep(COUNT_EVERY_S)

    async def piece_progress(self, event: dict[str, Any]) -> None:
        await self.tell(protocol.ProgressMessage(event["state"], event["part"]))

    async def piece_opening(self, event: dict[str, Any]) -> None:
        composition = await self.look()
        opening = composition and protocol.opening_of(composition)
        if opening:
            await self.tell(opening)

    async def piece_changed(self, event: dict[str, Any]) -> None:
        composition = await self.look()
        if composition is None:
            await self.tell(protocol.FailedMessage("no-piece", f"There is no piece {self.piece_id}."))
            await self.close(NO_SUCH_PIECE)
            return
        await self.tell(protocol.state_of(composition))
        await self.piece_opening(event)
        if composition.is_over:
            await self.close()

    async def look(self) -> Composition | None:
        composition: Composition | None = await database_sync_to_async(
            Composition.objects.filter(pk=self.piece_id).first
        )()
        return composition
