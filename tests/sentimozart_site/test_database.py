"""Which database is used, and what is refused: nonsense, another version's data, a server that does not answer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from sentimozart_site import cluster, database, postgres
from sentimozart_site.postgres import EmbeddedServer
from tests.conftest import IN_A_HURRY

REPOSITORY = Path(__file__).resolve().parents[2]


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py as a person would, in an environment of its own."""
    environment = {"PATH": os.environ["PATH"], **variables}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


def test_a_url_names_every_part(tmp_path: Path) -> None:
    url = "postgresql://ann:s%40crt@db.example:6543/music?sslmode=require"
    assert database.django_database(url, tmp_path) == {
        "ENGINE": "sentimozart_site.postgresql",
        "NAME": "music",
        "USER": "ann",
        "PASSWORD": "s@crt",
        "HOST": "db.example",
        "PORT": "6543",
        "OPTIONS": {"connect_timeout": postgres.CONNECT_S, "sslmode": "require", "pool": database.POOL},
    }


def test_without_a_url_it_is_the_embedded_server(tmp_path: Path) -> None:
    assert database.django_database("", tmp_path)["HOST"].startswith(("/tmp/sentimozart-", str(tmp_path)))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mysql://ann:secret@db.example/music", "'mysql://db.example/music'"),
        ("ann:secret@db.example/music", "'db.example/music'"),
        ("postgresql://ann:secret@db.example", "'postgresql://db.example'"),
        ("postgresql://db.example/music?colour=red&password=secret", "'postgresql://db.example/music'"),
        ("postgresql://[half/music", "'postgresql://[half/music'"),
    ],
)
def test_a_url_that_makes_no_sense_is_named_without_its_password(tmp_path: Path, url: str, shown: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        database.django_database(url, tmp_path)
    assert shown in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_a_server_that_does_not_answer_is_one_line_and_status_2(tmp_path: Path) -> None:
    result = manage("migrate", DATA_DIR=str(tmp_path), DATABASE_URL="postgresql://ann:secret@127.0.0.1:1/music")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "no PostgreSQL reachable at postgresql://127.0.0.1:1/music" in result.stderr
    assert "secret" not in result.stderr


def test_a_bad_setting_is_one_line_and_status_2(tmp_path: Path) -> None:
    result = manage("check", DATA_DIR=str(tmp_path), DEBUG="maybe")
    assert (result.returncode, result.stderr) == (2, "error: DEBUG='maybe': must be 1 or 0\n")


def test_data_of_another_major_version_is_refused_and_not_touched(tmp_path: Path) -> None:
    pgdata = tmp_path / "postgres"
    pgdata.mkdir()
    (pgdata / "PG_VERSION").write_text("16\n")
    before = pgdata.stat()
    with pytest.raises(cluster.DatabaseError) as refusal:
        EmbeddedServer(tmp_path).attach()
    assert f"{pgdata} holds data of PostgreSQL '16'" in refusal.value.detail
    assert "manage.py restore" in refusal.value.detail
    assert [path.name for path in tmp_path.rglob("*")] == ["postgres", "PG_VERSION"]
    assert (pgdata.stat().st_mode, pgdata.stat().st_uid) == (before.st_mode, before.st_uid)


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "holiday.jpg").touch()
    with pytest.raises(cluster.DatabaseError, match="not empty, and not PostgreSQL's data"):
        EmbeddedServer(tmp_path).attach()


def test_a_path_too_long_for_a_socket_gets_a_short_one(tmp_path: Path) -> None:
    assert postgres.socket_dir(Path("/srv/data/postgres")) == Path("/srv/data/postgres")
    stand_in = postgres.socket_dir(tmp_path / ("x" * 100))
    assert len(str(stand_in)) < 40
    assert stand_in == postgres.socket_dir(tmp_path / ("x" * 100))


def postmaster(server: EmbeddedServer) -> int:
    return int((server.pgdata / "postmaster.pid").read_text().split("\n")[0])


def test_the_last_user_stops_the_server_and_a_killed_one_comes_back(tmp_path: Path) -> None:
    one, other = EmbeddedServer(tmp_path, IN_A_HURRY), EmbeddedServer(tmp_path, IN_A_HURRY)
    one.attach()
    try:
        other.attach()
        os.kill(postmaster(one), 9)
        one.attach()
        one.detach()
        assert other.answers()
        other.detach()
        assert not other.answers()
        assert not (one.pgdata / "postmaster.pid").exists()
    finally:
        one.detach()
        other.detach()


def test_a_lock_whose_number_another_program_has_by_now_is_forgotten(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    server.pgdata.mkdir()
    lock = server.pgdata / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n")
    server.forget_stale_pid()
    assert not lock.exists()
