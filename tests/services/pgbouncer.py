"""A PgBouncer before a PostgreSQL of the tests."""

import shutil
import signal
import tempfile
from pathlib import Path
from typing import Self

import psycopg

from tests.services.postgres import USER, unprivileged_user
from tests.services.process import ServiceProcess, find_program, free_port

_SETTINGS = """[databases]
* = host=127.0.0.1 port={server} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = {mode}
default_pool_size = {size}
server_round_robin = {turns}
"""


class PgBouncer:
    """Pools in a mode (session, transaction, statement); ``turns``: takes sessions in turn."""

    def __init__(self, server: int, mode: str, *, size: int = 20, turns: bool = False) -> None:
        self.port = free_port()
        self._owner = unprivileged_user()
        self._program = find_program("pgbouncer", "pgbouncer", [Path("/usr/sbin")])
        self._folder = Path(tempfile.mkdtemp(prefix="wa-pgbouncer-"))
        self._file = self._folder / "pgbouncer.ini"
        self._file.write_text(
            _SETTINGS.format(
                server=server,
                user=USER,
                port=self.port,
                folder=self._folder,
                mode=mode,
                size=size,
                turns=int(turns),
            )
        )
        users = self._folder / "users.txt"
        users.write_text(f'"{USER}" ""\n')
        self._process = ServiceProcess("pgbouncer", self._folder / "pgbouncer.log")
        if self._owner is not None:
            for one in (self._folder, self._file, users):
                shutil.chown(one, self._owner)

    def __enter__(self) -> Self:
        command: list[str | Path] = [self._program, "-q", self._file]
        self._process.launch(command, self._answers, cwd=self._folder, user=self._owner)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.end(signal.SIGINT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        """The address of a database through it."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url(), connect_timeout=5, autocommit=True) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True
