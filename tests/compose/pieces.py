"""Pieces that are ready, made as a worker makes them."""

from typing import Any

import pytest
from django.test import Client

from compose import family, jobs, ownership
from compose.models import Composition
from ml import emotion
from ml.domain import Expression


@pytest.fixture(autouse=True)
def unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody follows the pieces of these tests."""
    monkeypatch.setattr(jobs, "tell", lambda composition_id, event: None)


def made(composition: Composition) -> Composition:
    """The same piece once a worker has made it."""
    jobs.compose_piece(composition_id=str(composition.id))
    composition.refresh_from_db()
    assert composition.state == Composition.State.READY, composition.error_detail
    return composition


def own(client: Client, piece: Composition) -> Composition:
    """Let this browser be the one that had the piece made."""
    client.cookies[ownership.COOKIE] = ownership.key_of(piece)
    return piece


def piece(
    name: str = "happy",
    source: str = "emotion",
    expression: Expression | None = None,
    seconds: float = 12.0,
    **more: Any,
) -> Composition:
    """A short ready piece of an emotion."""
    asked = Composition.objects.ask(emotion.target(name), source, expression, seed=5)
    Composition.objects.filter(pk=asked.pk).update(seconds=seconds, **more)
    return made(asked)


def child(parent: Composition, way: str, at_s: float | None = None, seed: int = 7) -> Composition:
    return made(Composition.objects.ask_from(parent, family.plan(parent, way, at_s), seed))
