"""The folder in the media store that a piece's files lie in."""

from django.core.files.storage import default_storage

TOP = "pieces"


def empty(piece_id: object) -> None:
    """Delete whatever lies in it, named by a row or not."""
    folder = f"{TOP}/{piece_id}"
    try:
        names = default_storage.listdir(folder)[1]
    except FileNotFoundError:  # nothing was ever stored
        return
    for name in names:
        default_storage.delete(f"{folder}/{name}")
