"""Which attempt at a piece may write: the newest one, and only until the piece is over.

A worker that stood still for a while, on a machine that swaps or is moved, goes on with a piece that another worker has
taken up meanwhile; and a piece may be erased while it is being made.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import transaction

if TYPE_CHECKING:
    from compose.models import Composition


class SupersededError(Exception):
    """Another attempt has begun since, or the piece is over or erased: there is nothing left to write."""


@contextmanager
def held(composition: "Composition") -> Iterator[None]:
    """Write in one transaction, during which no other attempt begins or ends.

    Raises:
        SupersededError: before anything is written.
    """
    rows = type(composition).objects.select_for_update()
    with transaction.atomic():
        row = rows.filter(pk=composition.pk, attempts=composition.attempts).first()
        if row is None or row.is_over:
            raise SupersededError(f"attempt {composition.attempts} at piece {composition.pk} is overtaken")
        yield
