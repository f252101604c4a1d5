"""Everything that the site knows in one file, and back again: the database's dump, the media, the secret key.

The dump is PostgreSQL's own (pg_dump, custom format), which any later major version reads; so a backup is also the way
across major versions, from the embedded server to another one, and from one media store to another.
"""

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from psycopg.conninfo import make_conninfo

from ml.errors import SentiMozartError
from sentimozart_site import cluster

MANIFEST, DUMP, SECRET, MEDIA = "manifest.json", "database.dump", "secret-key", "media"
FORMAT = 1
OURS = ("dbname", "user", "host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout")


class BackupError(SentiMozartError):
    """A backup cannot be made or put back."""


def backup(target: Path) -> dict[str, Any]:
    """Write everything into one tar file, whole or not at all; the manifest that stands in it.

    The dump comes first: a piece that is made meanwhile has files that no row refers to, never the other way round.

    Raises:
        BackupError: pg_dump failed, or the file cannot be written.
    """
    partial = target.with_name(target.name + ".partial")
    try:
        with tempfile.TemporaryDirectory(prefix="backup-", dir=target.parent) as folder:
            dump = Path(folder, DUMP)
            run("pg_dump", "--format=custom", f"--file={dump}", "--no-owner", "--no-privileges")
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                manifest = write(file, dump)
        partial.replace(target)
    except OSError as error:
        raise BackupError("no-backup", f"{target}: cannot be written ({error.strerror})") from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def write(file: IO[bytes], dump: Path) -> dict[str, Any]:
    names = list(stored_files())
    manifest = {"format": FORMAT, "made": timezone.now().isoformat(timespec="seconds"), "n_files": len(names)}
    with tarfile.open(fileobj=file, mode="w") as tar:
        add(tar, MANIFEST, json.dumps(manifest).encode())
        secret = Path(settings.DATA_DIR, SECRET)
        if secret.is_file():
            add(tar, SECRET, secret.read_bytes())
        tar.add(dump, DUMP)
        for name in names:
            add_media(tar, name)
    return manifest


def add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o600
    tar.addfile(info, io.BytesIO(data))


def add_media(tar: tarfile.TarFile, name: str) -> None:
    try:
        with default_storage.open(name) as file:
            add(tar, f"{MEDIA}/{name}", file.read())
    except FileNotFoundError:  # its piece was deleted meanwhile
        pass


def stored_files(folder: str = "") -> Iterator[str]:
    """The names of all files in the media store."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored
        return
    yield from (str(PurePosixPath(folder, name)) for name in files)
    for name in folders:
        yield from stored_files(str(PurePosixPath(folder, name)))


def restore(source: Path) -> dict[str, Any]:
    """Put a backup into an empty database and media store; the backup's manifest.

    Files come first and the database in one transaction, so that no row ever lacks its file; what fails is taken back.

    Raises:
        BackupError: there is something already, or the file is no whole backup.
    """
    refuse_unless_empty()
    saved: list[str] = []
    try:
        with tarfile.open(source) as tar, tempfile.TemporaryDirectory(prefix="restore-") as folder:
            manifest = manifest_of(tar, source)
            for member in tar:
                keep(tar, member, Path(folder), saved)
            if not Path(folder, DUMP).is_file() or len(saved) > manifest["n_files"]:
                raise BackupError("bad-backup", f"{source}: not a whole backup")
            run("pg_restore", "--no-owner", "--no-privileges", "--single-transaction", str(Path(folder, DUMP)))
            if Path(folder, SECRET).is_file():
                shutil.move(Path(folder, SECRET), Path(settings.DATA_DIR, SECRET))
    except (OSError, tarfile.TarError, SentiMozartError) as error:
        for name in saved:
            default_storage.delete(name)
        if isinstance(error, SentiMozartError):
            raise
        raise BackupError("bad-backup", f"{source}: cannot be read as a backup ({error})") from error
    return manifest


def refuse_unless_empty() -> None:
    tables = connection.introspection.table_names()
    if tables:
        raise BackupError(
            "not-empty",
            f"the database already holds {len(tables)} tables: restore into a fresh DATA_DIR, or an empty database",
        )
    if name := next(stored_files(), None):
        raise BackupError("not-empty", f"the media store already holds files ({name}): restore into an empty one")


def manifest_of(tar: tarfile.TarFile, source: Path) -> dict[str, Any]:
    first = tar.next()
    file = tar.extractfile(first) if first and first.name == MANIFEST else None
    manifest: dict[str, Any] = json.load(file) if file else {}
    if manifest.get("format") != FORMAT:
        raise BackupError("bad-backup", f"{source}: not a backup of SentiMozart in format {FORMAT}")
    return manifest


def keep(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, saved: list[str]) -> None:
    """Store one member: media where they belong, the rest in `folder`."""
    file = tar.extractfile(member)
    if file is None:
        return
    top, _, name = member.name.partition("/")
    if top == MEDIA:
        saved.append(default_storage.save(name, File(file)))
    elif member.name in (DUMP, SECRET):
        path = folder / member.name
        with path.open("wb") as out:
            shutil.copyfileobj(file, out)
        path.chmod(0o600)


def run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the site's database; the password goes through the environment."""
    parameters = connection.get_connection_params()
    address = make_conninfo("", **{name: parameters[name] for name in OURS if name in parameters})
    environment = os.environ | {"PGPASSWORD": str(parameters.get("password") or ""), "LC_ALL": "C"}
    command = [str(cluster.programs() / program), f"--dbname={address}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError("no-dump", f"{program} failed: {cluster.last_line(done)}")
