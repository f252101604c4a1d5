"""Websocket messages in and out, as dataclasses; `encode` and `decode` are the only places that know JSON."""

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar

from compose.models import Composition
from ml import emotion
from ml.domain import Expression, Face
from ml.errors import SentiMozartError

LARGEST_TEXT = 4096  # characters of a message from a client


class MessageError(SentiMozartError):
    """A text message that is not in the protocol."""


@dataclass(frozen=True)
class ComposeMessage:
    """Compose for the expression of the last second; `finer` takes its own valence and arousal."""

    finer: bool = False


@dataclass(frozen=True)
class ReadingMessage:
    """One frame's reading; boxes in pixels of that frame."""

    type: ClassVar[str] = "reading"
    n: int
    faces: list[dict[str, Any]]
    expression: str | None
    probabilities: dict[str, float] | None
    valence: float | None
    arousal: float | None
    server_ms: float

    @classmethod
    def of(cls, n: int, faces: tuple[Face, ...], smoothed: Expression | None, server_ms: float) -> "ReadingMessage":
        boxes = [{"box": [round(v, 1) for v in f.box], "confidence": round(f.confidence, 4)} for f in faces]
        if smoothed is None:
            return cls(n, boxes, None, None, None, None, round(server_ms, 1))
        valence, arousal = emotion.valence_arousal(smoothed)
        probabilities = {label: round(p, 4) for label, p in smoothed.as_dict().items()}
        label = emotion.display_label(smoothed)
        return cls(n, boxes, label, probabilities, round(valence, 4), round(arousal, 4), round(server_ms, 1))


@dataclass(frozen=True)
class ErrorMessage:
    type: ClassVar[str] = "error"
    code: str
    detail: str


@dataclass(frozen=True)
class ComposingMessage:
    """A piece was asked for; its progress is told on /ws/pieces/<piece>/."""

    type: ClassVar[str] = "composing"
    piece: str
    url: str


@dataclass(frozen=True)
class ProgressMessage:
    type: ClassVar[str] = "progress"
    state: str
    part: float = 0.0


@dataclass(frozen=True)
class OpeningMessage:
    """The piece's first seconds can be heard while the rest is composed."""

    type: ClassVar[str] = "opening"
    opening: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadyMessage:
    type: ClassVar[str] = "ready"
    piece: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FailedMessage:
    type: ClassVar[str] = "failed"
    code: str
    detail: str


Outgoing = (
    ReadingMessage | ErrorMessage | ComposingMessage | ProgressMessage | OpeningMessage | ReadyMessage | FailedMessage
)


def encode(message: Outgoing) -> str:
    return json.dumps({"type": message.type, **vars(message)})  # asdict copies it all first: eight times the cost


def decode(text: str) -> ComposeMessage:
    """The message a client sent.

    Raises:
        MessageError: not JSON, or no message of ours.
    """
    if len(text) > LARGEST_TEXT:
        raise MessageError("bad-message", f"a message has at most {LARGEST_TEXT} characters, not {len(text)}")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MessageError("bad-message", f"not JSON: {text[:40]!r}") from error
    if not isinstance(message, dict) or message.get("type") != "compose":
        raise MessageError("bad-message", f"unknown message {text[:40]!r}: expected type compose")
    finer = message.get("finer", False)
    if not isinstance(finer, bool):
        raise MessageError("bad-message", f"finer is true or false, not {finer!r}")
    return ComposeMessage(finer)


def state_of(composition: Composition) -> Outgoing:
    """Where a piece stands, as a message."""
    if composition.state == Composition.State.READY:
        return ReadyMessage(composition.describe())
    if composition.state == Composition.State.FAILED:
        return FailedMessage(composition.error_code, composition.error_detail)
    return ProgressMessage(composition.state)


def opening_of(composition: Composition) -> OpeningMessage | None:
    """What can be heard of a piece before it is ready."""
    if composition.is_over or not composition.opening:
        return None
    return OpeningMessage(composition.describe_opening())
