"""A PostgreSQL whose clock can be set, for the sessions of one database."""

import psycopg


class ShiftedClock:
    """Puts a ``clock_timestamp()`` of its own before PostgreSQL's, for sessions that begin later.

    The shift is kept in the database: it outlives a restart of the server.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA shifted")
            connection.execute("CREATE TABLE shifted.shift AS SELECT 0.0::float8 AS seconds")
            connection.execute(
                "CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql "
                "VOLATILE AS 'SELECT pg_catalog.clock_timestamp() + make_interval(secs => seconds)"
                " FROM shifted.shift'"
            )
            name = connection.info.dbname
            connection.execute(
                f'ALTER DATABASE "{name}" SET search_path = public, shifted, pg_catalog'
            )

    def set(self, seconds: float) -> None:
        """Set the server's clock off by so much."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("UPDATE shifted.shift SET seconds = %s", (seconds,))
