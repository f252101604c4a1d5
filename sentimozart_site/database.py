"""Which PostgreSQL holds the data: the one DATABASE_URL names, or the embedded one; and getting it ready for use."""

import atexit
import functools
import sys
from pathlib import Path
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from sentimozart_site import postgres
from sentimozart_site.cluster import NAME, DatabaseError
from sentimozart_site.postgres import EmbeddedServer

# Each request has a thread of its own under ASGI, so that without a pool each would connect anew.
POOL = {"min_size": 1, "max_size": 16, "timeout": 10.0}
SCHEMES = ("postgres", "postgresql")
DJANGO_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
# manage.py commands that work without a database, and those that need it as it is, not migrated first.
NEED_NO_DATABASE = {"check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "help", "makemessages"}
MIGRATE_THEMSELVES = {"makemigrations", "migrate", "restore", "showmigrations", "sqlmigrate", "squashmigrations"}
MIGRATION_LOCK = 0x5E4713  # any number that no other program on the same server is likely to pick


def django_database(url: str, data_dir: Path) -> dict[str, Any]:
    """Django's settings for one database.

    Args:
        url: DATABASE_URL, e.g. ``postgresql://user:password@host:5432/name?sslmode=require``; empty: embedded.
        data_dir: where the embedded server keeps its data.

    Raises:
        ImproperlyConfigured: the URL is not one of a PostgreSQL database.
    """
    engine = {"ENGINE": "sentimozart_site.postgresql"}
    if url:
        address = from_url(url)
    else:
        sockets = embedded_server(data_dir).sockets
        address = {"NAME": NAME, "USER": NAME, "HOST": str(sockets), "PORT": str(postgres.PORT)}
    return engine | address | {"OPTIONS": address.get("OPTIONS", {}) | {"pool": POOL}}


def from_url(url: str) -> dict[str, Any]:
    scheme, separator, _ = url.partition("://")
    if scheme not in SCHEMES or not separator:
        raise ImproperlyConfigured(f"DATABASE_URL={hidden(url)!r}: must begin with postgresql://")
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL={hidden(url)!r}: not the address of a PostgreSQL database") from error
    if not parts.get("dbname"):
        raise ImproperlyConfigured(f"DATABASE_URL={hidden(url)!r}: names no database (postgresql://host/name)")
    settings = {name: str(parts.pop(key)) for key, name in DJANGO_NAMES.items() if key in parts}
    return settings | {"OPTIONS": {"connect_timeout": postgres.CONNECT_S} | parts}


def hidden(url: str) -> str:
    """`url` for a message: without user, password and options, any of which may be secret."""
    scheme, separator, rest = url.partition("://")
    prefix, rest = (scheme + separator, rest) if separator else ("", url)
    return prefix + rest.rpartition("@")[2].partition("?")[0]


@functools.cache
def embedded_server(data_dir: Path) -> EmbeddedServer:
    """This process' one handle on the server in `data_dir`."""
    return EmbeddedServer(data_dir)


def is_embedded() -> bool:
    from django.conf import settings

    return not settings.DATABASE_URL


def attach() -> None:
    """Start or attach the embedded server, or see that the named one answers.

    Raises:
        DatabaseError: there is none.
    """
    from django.conf import settings
    from django.db import connection

    if is_embedded():
        server = embedded_server(settings.DATA_DIR)
        server.attach()
        atexit.register(server.detach)
    try:
        psycopg.connect(**connection.get_connection_params()).close()  # not the pool's, which tries again and again
    except psycopg.OperationalError as error:
        where = hidden(settings.DATABASE_URL) or settings.DATA_DIR
        reason = " ".join(str(error).split())
        raise DatabaseError("no-database", f"no PostgreSQL reachable at {where}: {reason}") from error


def migrate() -> None:
    """Bring the tables up to date, if they are not; one process at a time."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                print("bringing the database up to date", file=sys.stderr)
                call_command("migrate", interactive=False, verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def prepare(arguments: list[str]) -> None:
    """Give a manage.py command the database it needs.

    Args:
        arguments: as in sys.argv: program, command, options.
    """
    import django

    command = arguments[1] if len(arguments) > 1 else "help"
    if command in NEED_NO_DATABASE or command.startswith("-") or {"-h", "--help"} & set(arguments[2:]):
        return
    django.setup()
    attach()
    if command not in MIGRATE_THEMSELVES:
        migrate()
