"""Where does the time of a frame go? Each stage between the JPEG that comes in and the JSON that goes out.

CPU time of the one thread that reads a frame: wall-clock time on a busy machine says little.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.cameras import scenes
from benchmarks.cameras.peers import Peer
from compose import pipeline, protocol
from ml.conditions import condition_of
from ml.domain import Face, Pixels
from ml.expression.read import ExpressionReader
from ml.expression.smoothing import SmoothedExpression
from ml.faces import FaceFinder
from ml.frames import decode_frame
from ml.sightings import Sightings
from ml.tracking import FaceTracker

STAGES = ("decode", "find", "cut out", "read", "answer")
HEADER = (
    f"| CPU ms a frame, median (p95) | frames | {' | '.join(STAGES)} | in all |\n|---|---{'|---' * len(STAGES)}|---|"
)
WARM_UP_FRAMES = 3


@dataclass
class Clock:
    """Milliseconds of this thread's CPU time since the last look at it."""

    at_s: float = field(default_factory=time.thread_time)

    def lap_ms(self) -> float:
        before_s, self.at_s = self.at_s, time.thread_time()
        return (self.at_s - before_s) * 1000


class TimedFinder(FaceFinder):
    """Notes whether a frame was searched, and how long cutting out took."""

    def __init__(self) -> None:
        super().__init__()
        self.searched, self.cut_ms = False, 0.0

    def detect(self, frame: Pixels) -> Sightings:
        self.searched = True
        return super().detect(frame)

    def faces_at(self, frame: Pixels, seen: Sightings) -> list[Face]:
        clock = Clock()
        faces = super().faces_at(frame, seen)
        self.cut_ms = clock.lap_ms()
        return faces


@dataclass(frozen=True)
class TimedFrame:
    """One frame's milliseconds, by stage."""

    searched: bool
    stages_ms: tuple[float, ...]
    n_faces: int


class Camera:
    """One camera's frames, read as the server reads them, in one thread."""

    def __init__(self, finder: TimedFinder, reader: ExpressionReader) -> None:
        self.finder, self.reader = finder, reader
        self.tracker, self.smoothed = FaceTracker(finder), SmoothedExpression()
        self.n = 0

    def read(self, jpeg: bytes) -> TimedFrame:
        self.finder.searched = False
        clock = Clock()
        frame = decode_frame(jpeg)
        decode_ms = clock.lap_ms()
        faces = tuple(self.tracker.find(frame))
        find_ms = clock.lap_ms() - self.finder.cut_ms
        expression = self.reader.read(faces[0]) if faces else None
        read_ms = clock.lap_ms()
        self.n += 1
        reading = pipeline.Reading(faces, expression, condition_of(frame, faces))
        smoothed = self.smoothed.add(expression, self.n / scenes.CAMERA_FPS) if expression else None
        protocol.encode(protocol.ReadingMessage.of(self.n, reading, smoothed, 0.0))
        stages_ms = (decode_ms, find_ms, self.finder.cut_ms, read_ms, clock.lap_ms())
        return TimedFrame(self.finder.searched, stages_ms, len(faces))


def timed(film: Sequence[bytes], seconds: float, reader: ExpressionReader) -> list[TimedFrame]:
    """Read the film round and round for some seconds, at least once."""
    camera = Camera(TimedFinder(), reader)
    for jpeg in film[:WARM_UP_FRAMES]:
        camera.read(jpeg)
    frames: list[TimedFrame] = []
    until_s = time.perf_counter() + seconds
    while time.perf_counter() < until_s or len(frames) < len(film):
        frames.append(camera.read(film[len(frames) % len(film)]))
    return frames


def rows(scene: str, frames: Sequence[TimedFrame]) -> Iterator[str]:
    """Frames that were followed and frames that were searched apart, then the mean over both, which is what lasts."""
    for what, searched in (("followed", False), ("searched", True)):
        ms = np.array([frame.stages_ms for frame in frames if frame.searched == searched])
        if len(ms):
            all_ms = np.concatenate([ms, ms.sum(axis=1, keepdims=True)], axis=1)
            pairs = zip(*np.percentile(all_ms, (50, 95), axis=0), strict=True)
            cells = " | ".join(f"{median:.2f} ({p95:.2f})" for median, p95 in pairs)
            yield f"| {scene}, {what} | {len(ms)} | {cells} |"
    means = np.mean([frame.stages_ms for frame in frames], axis=0)
    cells = " | ".join(f"{ms:.2f}" for ms in (*means, means.sum()))
    yield f"| {scene}, mean of all | {len(frames)} | {cells} |"


def followed_ms(frames: Sequence[TimedFrame]) -> float:
    """Median of all stages together over the followed frames."""
    return float(np.median([sum(frame.stages_ms) for frame in frames if not frame.searched]))


def as_peer(frames: Sequence[TimedFrame]) -> Peer:
    """Our own row of the table of peers."""
    part_found = np.mean([frame.n_faces > 0 for frame in frames])
    return Peer("ours, JPEG to JSON", [sum(frame.stages_ms) for frame in frames], float(part_found))
