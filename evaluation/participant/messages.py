"""What the rating page sends, checked: one rating, or how the sound check went."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from evaluation.design import HIGHEST, LOWEST
from evaluation.errors import StudyError

LARGEST_BYTES = 4096  # a rating has about 150
MOST = 2**15 - 1  # the database's small counters; more than this is as good as this
MOST_MS = 2**31 - 1  # 25 days

STATUS_OF = {
    "bad-message": HTTPStatus.BAD_REQUEST,
    "bad-score": HTTPStatus.BAD_REQUEST,
    "not-heard": HTTPStatus.BAD_REQUEST,
    "too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


@dataclass(frozen=True)
class RatingMessage:
    """A score for an item, and the circumstances: `response_ms` from showing to rating, the rest counted."""

    item: UUID
    score: float
    response_ms: int | None
    plays: int
    stalls: int
    tab_changes: int

    @property
    def circumstances(self) -> dict[str, int | None]:
        names = ("response_ms", "plays", "stalls", "tab_changes")
        return {name: getattr(self, name) for name in names}


def read_rating(request: HttpRequest) -> RatingMessage:
    """The rating in a request's body.

    Raises:
        StudyError: "too-large", "bad-message" or "bad-score".
    """
    fields = read_object(request)
    return RatingMessage(
        item=read_id(fields.get("item")),
        score=read_score(fields.get("score")),
        response_ms=read_count(fields, "response_ms", MOST_MS),
        plays=read_count(fields, "plays") or 0,
        stalls=read_count(fields, "stalls") or 0,
        tab_changes=read_count(fields, "tab_changes") or 0,
    )


def read_tries(request: HttpRequest) -> int:
    """How many clips the sound check took; raises StudyError as `read_rating` does."""
    tries = read_count(read_object(request), "tries")
    if not tries:
        raise StudyError("bad-message", "“tries” must be a whole number from 1.")
    return tries


def read_object(request: HttpRequest) -> dict[str, Any]:
    # The length first: a body that is too large is not read at all.
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BYTES or len(request.body) > LARGEST_BYTES:
        raise StudyError("too-large", f"A message has at most {LARGEST_BYTES} bytes.")
    try:
        fields = json.loads(request.body)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise StudyError("bad-message", "The message is not JSON.") from error
    if not isinstance(fields, dict):
        raise StudyError("bad-message", "The message must be a JSON object.")
    return fields


def read_id(value: object) -> UUID:
    try:
        return UUID(value if isinstance(value, str) else "")
    except ValueError as error:
        raise StudyError("bad-message", f"“item” must be an item's id, not {shown(value)}.") from error


def read_score(value: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not LOWEST <= value <= HIGHEST:  # type: ignore[operator]  # a NaN compares false
        raise StudyError("bad-score", f"A score is a number from {LOWEST:g} to {HIGHEST:g}, not {shown(value)}.")
    return float(value)  # type: ignore[arg-type]


def read_count(fields: dict[str, Any], name: str, most: int = MOST) -> int | None:
    """A whole number from 0, cut at `most`; None where it is missing."""
    value = fields.get(name)
    if value is None:
        return None
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or value < 0:
        raise StudyError("bad-message", f"“{name}” must be a whole number from 0, not {shown(value)}.")
    return min(int(value), most)


def shown(value: object) -> str:
    """A bad value as JSON, short enough for a sentence."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:60]}…"
