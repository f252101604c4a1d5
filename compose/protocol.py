"""Websocket messages in and out, as dataclasses; `encode` and `decode` are the only places that know JSON."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from compose import ownership, piece_words
from compose.live_models import LivePhrase
from compose.models import Composition
from compose.pipeline import Reading
from ml import emotion
from ml.conditions import Condition
from ml.domain import Expression
from ml.errors import SentiMozartError

LARGEST_TEXT = 4096  # characters of a message from a client
MOST_PHRASES = 10_000  # more than ten minutes can hold


class MessageError(SentiMozartError):
    """A text message that is not in the protocol."""


@dataclass(frozen=True)
class ComposeMessage:
    """Compose for the expression of the last second; `finer` takes its own valence and arousal."""

    finer: bool = False


@dataclass(frozen=True)
class FollowMessage:
    """Begin live music for the expression of the last second, or go on with music that had begun."""

    finer: bool = False
    live: UUID | None = None


@dataclass(frozen=True)
class AskPhraseMessage:
    """Compose the phrase that comes next for what the face shows now; to be sent again when no answer comes."""

    number: int
    finer: bool = False


@dataclass(frozen=True)
class StopMessage:
    """End the live music with a cadence: after the phrase `after`, so that none composed ahead need be heard."""

    after: int | None = None


Incoming = ComposeMessage | FollowMessage | AskPhraseMessage | StopMessage


@dataclass(frozen=True)
class ReadingMessage:
    """One frame's reading; boxes in pixels of that frame; `condition` names what makes it hard to read."""

    type: ClassVar[str] = "reading"
    n: int
    faces: list[dict[str, Any]]
    expression: str | None
    probabilities: dict[str, float] | None
    valence: float | None
    arousal: float | None
    server_ms: float
    condition: Condition | None = None

    @classmethod
    def of(cls, n: int, reading: Reading, smoothed: Expression | None, server_ms: float) -> "ReadingMessage":
        boxes = [{"box": [round(v, 1) for v in f.box], "confidence": round(f.confidence, 4)} for f in reading.faces]
        if smoothed is None:
            return cls(n, boxes, None, None, None, None, round(server_ms, 1), reading.condition)
        valence, arousal = emotion.valence_arousal(smoothed)
        probabilities = {label: round(p, 4) for label, p in smoothed.as_dict().items()}
        label, ms = emotion.display_label(smoothed), round(server_ms, 1)
        return cls(n, boxes, label, probabilities, round(valence, 4), round(arousal, 4), ms, reading.condition)


@dataclass(frozen=True)
class ErrorMessage:
    type: ClassVar[str] = "error"
    code: str
    detail: str


@dataclass(frozen=True)
class ComposingMessage:
    """A piece was asked for; its progress is told on /ws/pieces/<piece>/. `maker` is the key of whoever had it made."""

    type: ClassVar[str] = "composing"
    piece: str
    url: str
    maker: str

    @classmethod
    def of(cls, piece: Composition) -> "ComposingMessage":
        return cls(str(piece.id), piece.get_absolute_url(), ownership.key_of(piece))


@dataclass(frozen=True)
class ProgressMessage:
    """How far a piece is; `ahead` counts the pieces that are made before one that is still queued."""

    type: ClassVar[str] = "progress"
    state: str
    part: float = 0.0
    ahead: int = 0


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


@dataclass(frozen=True)
class FollowingMessage:
    """Live music has begun, or goes on; its phrases can be asked for."""

    type: ClassVar[str] = "following"
    live: str


@dataclass(frozen=True)
class PhraseMessage:
    """A phrase that can be fetched and played at `begin_s`; one that is `last` replaces all from there on."""

    type: ClassVar[str] = "phrase"
    number: int
    begin_s: float
    end_s: float
    url: str
    emotion: str
    notes: list[list[float]]
    last: bool

    @classmethod
    def of(cls, phrase: LivePhrase) -> "PhraseMessage":
        begin_s, end_s = phrase.begin_s or 0.0, phrase.end_s or 0.0
        return cls(phrase.number, begin_s, end_s, phrase.url, phrase.emotion, phrase.notes, phrase.is_last)


@dataclass(frozen=True)
class FollowedMessage:
    """The live music has ended; what was heard becomes a piece, if anything was."""

    type: ClassVar[str] = "followed"
    piece: str | None
    url: str | None
    maker: str | None

    @classmethod
    def of(cls, piece: Composition | None) -> "FollowedMessage":
        if piece is None:
            return cls(None, None, None)
        return cls(str(piece.id), piece.get_absolute_url(), ownership.key_of(piece))


@dataclass(frozen=True)
class LiveErrorMessage:
    """What was asked of live music could not be done; "error" answers everything else."""

    type: ClassVar[str] = "live-error"
    code: str
    detail: str


Outgoing = (
    ReadingMessage
    | ErrorMessage
    | ComposingMessage
    | ProgressMessage
    | OpeningMessage
    | ReadyMessage
    | FailedMessage
    | FollowingMessage
    | PhraseMessage
    | FollowedMessage
    | LiveErrorMessage
)


def encode(message: Outgoing) -> str:
    return json.dumps({"type": message.type, **vars(message)})  # asdict copies it all first: eight times the cost


def decode(text: str) -> Incoming:
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
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in READERS:
        raise MessageError("bad-message", f"unknown message {text[:40]!r}: expected type {', '.join(READERS)}")
    return READERS[kind](message)


def flag(message: dict[str, Any], name: str) -> bool:
    value = message.get(name, False)
    if not isinstance(value, bool):
        raise MessageError("bad-message", f"{name} is true or false, not {value!r}")
    return value


def number(message: dict[str, Any], name: str) -> int:
    value = message.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_PHRASES:
        raise MessageError("bad-message", f"{name} is a whole number up to {MOST_PHRASES}, not {str(value)[:40]!r}")
    return value


def key(message: dict[str, Any], name: str) -> UUID | None:
    value = message.get(name)
    try:
        return None if value is None else UUID(str(value))
    except ValueError as error:
        raise MessageError("bad-message", f"{name} is the key of live music, not {str(value)[:40]!r}") from error


READERS: dict[str, Callable[[dict[str, Any]], Incoming]] = {
    "compose": lambda message: ComposeMessage(flag(message, "finer")),
    "follow": lambda message: FollowMessage(flag(message, "finer"), key(message, "live")),
    "phrase": lambda message: AskPhraseMessage(number(message, "number"), flag(message, "finer")),
    "stop": lambda message: StopMessage(None if message.get("after") is None else number(message, "after")),
}


def state_of(composition: Composition) -> Outgoing:
    """Where a piece stands, as a message."""
    if composition.state == Composition.State.READY:
        return ReadyMessage(composition.describe())
    if composition.state == Composition.State.FAILED:
        return FailedMessage(composition.error_code, piece_words.failure_of(composition))
    return ProgressMessage(composition.state)


def opening_of(composition: Composition) -> OpeningMessage | None:
    """What can be heard of a piece before it is ready."""
    if composition.is_over or not composition.opening:
        return None
    return OpeningMessage(composition.describe_opening())
