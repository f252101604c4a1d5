"""Django's PostgreSQL backend, whose pool gets over a restart of the database at once.

After a restart every idle connection is dead. psycopg_pool (3.3) finds that out one by one, and waits 1, 2, 4 … seconds
in between, so that with four of them a request gives up; with the check done here the dead ones go one after another.
"""

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    """To be used with a pool and with CONN_HEALTH_CHECKS off, which would be the pool's own check."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        """One that answers.

        Raises:
            OperationalError: there is none to be had.
        """
        connection: psycopg.Connection = super().get_new_connection(conn_params)
        while self.pool and not answers(connection):
            self.pool.putconn(connection)  # which makes a new one instead
            connection = super().get_new_connection(conn_params)
        return connection


def answers(connection: psycopg.Connection) -> bool:
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.OperationalError:
        return False
    return True
