"""Settings from the environment: what makes no sense is refused, and the message carries the bad value."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from sentimozart_site import environment

NONSENSE: list[tuple[str, Callable[[], Any], str]] = [
    ("maybe", lambda: environment.flag("X"), "X='maybe'"),
    ("LOUD", lambda: environment.choice("X", ("INFO", "ERROR"), "INFO"), "X='LOUD'"),
    ("99999", lambda: environment.port("X", 8000), "X='99999'"),
    ("0", lambda: environment.port("X", 8000), "X='0'"),
    ("eighty", lambda: environment.port("X", 8000), "X='eighty'"),
    ("good.example,http://bad.example", lambda: environment.hosts("X", []), "'http://bad.example'"),
    ("memcached://cache", lambda: environment.address("X", ("redis",)), "'memcached'"),
    (__file__, lambda: environment.folder("X", Path()), "is not a folder"),
    ("short", lambda: environment.secret("X", Path("unused")), "5 characters"),
]


@pytest.mark.parametrize(("value", "read", "message"), NONSENSE)
def test_nonsense_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, value: str, read: Callable[[], Any], message: str
) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured) as refusal:
        read()
    assert message in str(refusal.value)
    assert str(refusal.value).startswith("X")


def test_what_is_not_set_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("X", raising=False)
    assert environment.flag("X") is False
    assert environment.port("X", 8000) == 8000
    assert environment.hosts("X", ["localhost"]) == ["localhost"]
    assert environment.address("X", ("redis",)) == ""


def test_a_secret_key_is_made_once_and_only_its_owner_reads_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("X", raising=False)
    kept_in = tmp_path / "new" / "secret-key"
    key = environment.secret("X", kept_in)
    assert len(key) >= environment.SECRET_LENGTH
    assert stat.S_IMODE(kept_in.stat().st_mode) == 0o600
    assert environment.secret("X", kept_in) == key
    assert [path.name for path in kept_in.parent.iterdir()] == ["secret-key"]


def test_a_broken_secret_key_file_is_named(tmp_path: Path) -> None:
    kept_in = tmp_path / "secret-key"
    kept_in.write_text("")
    with pytest.raises(ImproperlyConfigured, match="secret-key: holds 0 characters"):
        environment.secret("NOT_SET", kept_in)


def test_pages_may_open_websockets_to_the_allowed_hosts() -> None:
    assert environment.websocket_sources(["localhost", ".example.org", "[::1]"]) == [
        "ws://localhost:*", "wss://localhost:*", "ws://*.example.org:*", "wss://*.example.org:*",
    ]  # fmt: skip
    assert environment.websocket_sources(["*"]) == ["ws:", "wss:"]
