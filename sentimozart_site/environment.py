"""Reads settings from environment variables; a value that makes no sense is refused by name."""

import os
import re
import secrets
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

FLAGS = {"": False, "0": False, "false": False, "no": False, "1": True, "true": True, "yes": True}
HOST = re.compile(r"\*|\.?[a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\]", re.IGNORECASE)
LIMIT = re.compile(r"(?P<thing>[a-z]+)=(?P<times>\d+)/(?P<seconds>[1-9]\d*)")
BUCKET = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/(?P<folder>[\w./-]*?))?/?")
SECRET_LENGTH = 50  # characters; the shortest key that `manage.py check --deploy` accepts


def text(name: str) -> str:
    """The variable `name`, or "" where it is not set."""
    return os.environ.get(name, "").strip()


def flag(name: str) -> bool:
    try:
        return FLAGS[text(name).lower()]
    except KeyError:
        raise ImproperlyConfigured(f"{name}={text(name)!r}: must be 1 or 0") from None


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    value = text(name).upper() or default
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={text(name)!r}: must be one of {', '.join(allowed)}")
    return value


def number(name: str, default: int) -> int:
    """A whole number from 0."""
    value = text(name) or str(default)
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name}={value!r}: must be a whole number from 0")
    return int(value)


def limits(name: str, defaults: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """How often (times, seconds) each thing may be done: the defaults, but for "thing=times/seconds …"."""
    changed = dict(defaults)
    for part in text(name).split():
        match = LIMIT.fullmatch(part)
        if match is None or match["thing"] not in defaults:
            raise ImproperlyConfigured(
                f"{name}: {part!r} is not thing=times/seconds, a thing being {', '.join(defaults)}"
            )
        changed[match["thing"]] = int(match["times"]), int(match["seconds"])
    return changed


def media_store(name: str) -> dict[str, Any]:
    """Django's storage for media: "s3://bucket/folder" (keys, region and endpoint as boto3 reads them: AWS_…), else the
    local MEDIA_ROOT."""
    address = text(name)
    if not address:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"allow_overwrite": True}}
    match = BUCKET.fullmatch(address)
    if match is None:
        raise ImproperlyConfigured(f"{name}={address!r}: must be s3://bucket or s3://bucket/folder")
    options = {"bucket_name": match["bucket"], "location": match["folder"] or "", "file_overwrite": True}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def folder(name: str, default: Path) -> Path:
    """An absolute path; it need not exist yet."""
    path = Path(text(name) or default).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise ImproperlyConfigured(f"{name}={text(name)!r}: {path} is not a folder")
    return path


def hosts(name: str, default: list[str]) -> list[str]:
    """Host names, separated by commas, as Django's ALLOWED_HOSTS takes them."""
    values = [value.strip() for value in text(name).split(",") if value.strip()]
    for value in values:
        if not HOST.fullmatch(value):
            raise ImproperlyConfigured(f"{name}: {value!r} is not a host name (no scheme, no port)")
    return values or default


def address(name: str, schemes: tuple[str, ...]) -> str:
    value = text(name)
    if value and value.partition("://")[0] not in schemes:
        # The rest may hold a password.
        raise ImproperlyConfigured(f"{name}: {value.partition(':')[0]!r} is not one of {', '.join(schemes)}")
    return value


def port(name: str, default: int) -> int:
    value = text(name) or str(default)
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        raise ImproperlyConfigured(f"{name}={value!r}: must be a port number, 1 to 65535")
    return int(value)


def secret(name: str, kept_in: Path) -> str:
    """A secret key: the variable, or one made once and kept in a file that only its owner can read."""
    value = text(name)
    if value and len(value) < SECRET_LENGTH:
        raise ImproperlyConfigured(f"{name} has {len(value)} characters: at least {SECRET_LENGTH} are needed")
    try:
        return value or read_or_make(kept_in)
    except OSError as error:
        raise ImproperlyConfigured(f"{kept_in}: the secret key cannot be kept there ({error.strerror})") from error


def read_or_make(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(SECRET_LENGTH))
        try:
            path.hardlink_to(partial)  # whole or not at all; where two make it at once, the first one wins
        except FileExistsError:
            pass
        partial.unlink()
    value = path.read_text().strip()
    if len(value) < SECRET_LENGTH:
        raise ImproperlyConfigured(f"{path}: holds {len(value)} characters, not a secret key; remove it")
    return value


def websocket_sources(allowed_hosts: list[str]) -> list[str]:
    """Where pages may open websockets to, for browsers whose 'self' does not cover them (Safari before 15.4)."""
    if "*" in allowed_hosts:
        return ["ws:", "wss:"]
    names = [f"*{host}" if host.startswith(".") else host for host in allowed_hosts if not host.startswith("[")]
    return [f"{scheme}://{name}:*" for name in names for scheme in ("ws", "wss")]
