"""The folder in the media store that a piece's files lie in."""

from collections.abc import Set

from django.core.files.storage import default_storage

TOP = "pieces"


def empty(piece_id: object, kept: Set[str] = frozenset()) -> None:
    """Delete whatever lies in it, named by a row or not, but for the files `kept`, by their names in the store."""
    folder = f"{TOP}/{piece_id}"
    try:
        names = default_storage.listdir(folder)[1]
    except FileNotFoundError:  # nothing was ever stored
        return
    for path in {f"{folder}/{name}" for name in names} - kept:
        default_storage.delete(path)
