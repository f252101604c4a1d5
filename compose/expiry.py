"""Pieces that have had their time, and files that no piece refers to."""

import uuid
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from compose.models import Composition

FOLDER = "pieces"
SETTLED = timedelta(hours=1)  # a file of a piece that is just being stored is no orphan


@receiver(post_delete, sender=Composition)
def drop_files(instance: Composition, **_: object) -> None:
    """Whoever deletes a piece's row deletes its files, once that is committed."""
    for file in (instance.midi, instance.audio, instance.opening):
        if file:
            transaction.on_commit(lambda storage=file.storage, name=file.name: storage.delete(name))  # type: ignore[misc]


def expire_pieces(before: datetime) -> int:
    """Delete pieces made before then, but for those on the wall and those of studies; how many there were."""
    old = Composition.objects.filter(created__lt=before, on_wall=False).exclude(source=Composition.Source.STUDY)
    n = 0
    for piece in old.iterator():
        piece.delete()
        n += 1
    return n


def remove_orphans(now: datetime) -> list[str]:
    """Delete files of pieces whose row is gone, as a process that was killed may leave them; which they were."""
    removed = []
    for folder in folders(FOLDER):
        used = files_of(folder)
        for name in default_storage.listdir(f"{FOLDER}/{folder}")[1]:
            path = f"{FOLDER}/{folder}/{name}"
            if path not in used and default_storage.get_modified_time(path) < now - SETTLED:
                default_storage.delete(path)
                removed.append(path)
    return removed


def folders(top: str) -> list[str]:
    try:
        return default_storage.listdir(top)[0]
    except FileNotFoundError:  # nothing was ever made
        return []


def files_of(folder: str) -> set[str]:
    """The files that a piece's row names; none when `folder` is not the key of a piece."""
    try:
        key = uuid.UUID(PurePosixPath(folder).name)
    except ValueError:
        return set()
    piece = Composition.objects.filter(pk=key).first()
    return {str(file.name) for file in (piece.midi, piece.audio, piece.opening) if file} if piece else set()
