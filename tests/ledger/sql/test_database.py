"""The database under the ledger: locks, errors in plain words, two writers, cheap queries."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import peewee
import pytest

from tests.ledgers import add_account, add_contract, check_counts, outcome, running, turn
from tests.opened import open_ledger
from tests.services.postgres import PostgresServer
from tests.waiting import wait_until
from wa_desktop.errors import LedgerDamaged, LedgerError, LedgerFull, LedgerUnavailable, MoveRefused
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.sql import connecting
from wa_desktop.ledger.sql import database as database_module
from wa_desktop.ledger.sql.asked import WrongGuess
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.driver_errors import translated_errors
from wa_desktop.ledger.sql.fair_gate import FairGate
from wa_desktop.ledger.states import ContractState, MessageState

WRITER = """
import sys
from tests.opened import open_ledger
from tests.services.postgres import PostgresServer
from wa_desktop.ledger.contracts import NewContract
ledger = open_ledger(sys.argv[1])
for number in range(60):
    ledger.contracts.add(NewContract("acc", f"c{number}", "text"))
ledger.close()
"""


def test_a_gate_is_passed_in_the_order_of_asking() -> None:
    gate, order, waiting = FairGate(), [], []

    def pass_through(number: int) -> None:
        with gate:
            order.append(number)

    with gate, gate:
        for number in range(5):
            thread = threading.Thread(target=pass_through, args=(number,))
            thread.start()
            waiting.append(thread)
            while len(gate._waiters) <= number:
                pass
    for thread in waiting:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_a_gate_left_by_an_error_is_open_again() -> None:
    gate = FairGate()
    with suppress(ValueError), gate:
        raise ValueError
    with gate:
        assert gate._depth == 1


def test_what_an_error_leaves_behind_is_undone(ledger: Ledger) -> None:
    add_account(ledger)

    def break_off() -> None:
        with ledger._database.write():
            ledger._database.run("DELETE FROM accounts")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert [one.id for one in ledger.accounts.list()] == ["acc"]


def _put(database: Database, name: str) -> None:
    database.run("INSERT INTO ledger_info (name, value) VALUES (?, '1')", (name,))


def _names(database: Database) -> set[str]:
    with database.read():
        return {row[0] for row in database.rows("SELECT name FROM ledger_info")}


def _put_piped(database: Database, name: str) -> None:
    with database.write(piped=True):
        _put(database, name)


def test_a_piped_transaction_answers_in_order_and_is_kept(ledger: Ledger) -> None:
    database = ledger._database
    with database.write(piped=True):
        first = database.ask("SELECT COUNT(*) FROM ledger_info WHERE name = 'x'")
        _put(database, "x")
        second = database.ask("SELECT COUNT(*) FROM ledger_info WHERE name = 'x'")
        assert second.rows() == [(1,)]
        assert first.rows() == [(0,)]
    assert "x" in _names(database)


@pytest.mark.parametrize("read", [True, False])
def test_a_statement_that_fails_undoes_its_piped_transaction_and_no_later_one(
    ledger: Ledger, read: bool
) -> None:
    database = ledger._database

    def fail() -> None:
        with database.write(piped=True):
            _put(database, "x")
            wrong = database.ask("SELECT nothing FROM ledger_info")
            if read:
                wrong.rows()

    with pytest.raises((peewee.ProgrammingError, LedgerError)):
        fail()
    with database.write(piped=True):
        _put(database, "y")
    assert "y" in _names(database)
    assert "x" not in _names(database)


def test_what_fails_at_the_commit_of_a_piped_transaction_is_told_and_undone(
    ledger: Ledger,
) -> None:
    database = ledger._database

    def put_twice() -> None:
        with database.write(piped=True):
            _put(database, "x")
            database.run_later("INSERT INTO ledger_info (name, value) VALUES ('x', '2')")

    with pytest.raises(peewee.IntegrityError):
        put_twice()
    with database.write():
        _put(database, "y")
    assert "x" not in _names(database)


def test_values_of_every_kind_come_through_a_pipe_as_they_are(ledger: Ledger) -> None:
    database = ledger._database
    texts = ["", "NULL", 'a "quoted" \\ one', "{1,2}", "Привет, 你好 🙂", "two\nlines", None]
    with database.write(piped=True):
        table, params = database.table(
            ("bigint", "text"), [(2**62 + place, one) for place, one in enumerate(texts)]
        )
        rows = database.rows(f"SELECT column1, column2 FROM {table} ORDER BY column1", params)
        which, chosen = database.one_of("name", ["uid", 'no "such" name'])
        assert database.scalar(f"SELECT COUNT(*) FROM ledger_info WHERE {which}", chosen) == 1
        assert database.row("SELECT value FROM ledger_info WHERE name = ?", ("none",)) is None
    assert [text for _, text in rows] == texts
    assert [number - 2**62 for number, _ in rows] == list(range(len(texts)))


_PUT = "INSERT INTO ledger_info (name, value) VALUES (?, '1') RETURNING name"


def test_a_statement_sent_ahead_is_carried_out_once(ledger: Ledger) -> None:
    database = ledger._database
    with database.write(piped=True):
        names = database.ask("SELECT COUNT(*) FROM ledger_info WHERE name = 'x'")
        database.guess(_PUT, ["x"])
        assert names.rows() == [(0,)]
        assert database.rows(_PUT, ["x"]) == [("x",)]
        _put(database, "y")
    assert _names(database) >= {"x", "y"}


@pytest.mark.parametrize("follows", ["another", "other values", "nothing"])
def test_a_wrong_guess_undoes_its_transaction_and_the_connection_goes_on(
    postgres_url: str, follows: str
) -> None:
    ledger = open_ledger(postgres_url)
    database = ledger._database
    session = "SELECT pg_backend_pid()"

    def err() -> None:
        with database.write(piped=True):
            sessions.append(database.scalar(session))
            _put(database, "before")
            database.run_later("SELECT 1 / 0")
            database.guess(_PUT, ["x"])
            if follows == "another":
                database.scalar("SELECT 1")
            elif follows == "other values":
                database.rows(_PUT, ["y"])

    sessions: list[int] = []
    with pytest.raises(WrongGuess):
        err()
    with database.write(piped=True):
        sessions.append(database.scalar(session))
        _put(database, "after")
    assert _names(database) & {"before", "x", "y", "after"} == {"after"}
    assert sessions[0] == sessions[1]
    ledger.close()


def test_a_pipe_goes_on_after_other_statements_of_its_connection_failed(ledger: Ledger) -> None:
    database = ledger._database
    for number in range(8):
        _put_piped(database, f"a{number}")
        with pytest.raises(peewee.IntegrityError), database.write():
            _put(database, f"a{number}")
    assert {f"a{number}" for number in range(8)} <= _names(database)


@pytest.fixture
def threads_in_quick_turns() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("threads_in_quick_turns")
def test_threads_that_send_their_first_statements_at_once_all_succeed(postgres_url: str) -> None:
    barrier = threading.Barrier(2)

    def work(database: Database) -> None:
        with database.read():
            barrier.wait(10)
        for _ in range(2):
            with database.write(piped=True):
                assert database.scalar("SELECT 1") == 1

    with ThreadPoolExecutor(2) as pool:
        for _ in range(100):
            with closing(Database(postgres_url)) as database:
                for ended in [pool.submit(work, database) for _ in range(2)]:
                    ended.result()


def test_a_server_that_goes_away_beneath_a_pipe_is_told_and_the_next_goes_on(
    postgres_server: PostgresServer,
) -> None:
    postgres_server.start()
    ledger = open_ledger(postgres_server.url(postgres_server.create_database()))
    database = ledger._database
    _put_piped(database, "x")

    def lose() -> None:
        with database.write(piped=True):
            _put(database, "y")
            postgres_server.kill()
            database.scalar("SELECT 1")

    with pytest.raises(LedgerUnavailable):
        lose()
    postgres_server.start()
    _put_piped(database, "z")
    assert _names(database) >= {"x", "z"}
    assert "y" not in _names(database)
    ledger.close()


def test_two_processes_write_to_one_sqlite_file_without_a_failure(
    sqlite_ledger: Ledger, sqlite_url: str
) -> None:
    add_account(sqlite_ledger)
    command = [sys.executable, "-c", WRITER, sqlite_url]
    project = Path(__file__).parents[2]
    others = [
        subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for number in range(60):
        add_contract(sqlite_ledger, 3, name=str(number))
    for other in others:
        assert other.communicate(timeout=60)[1] == ""
        assert other.returncode == 0
    assert len(sqlite_ledger.contracts.page(limit=1_000).items) == 180


def test_a_writer_waits_longer_for_another_program_than_a_slice_takes(
    sqlite_ledger: Ledger,
) -> None:
    database = sqlite_ledger._database
    with database.read():
        assert database.scalar("PRAGMA busy_timeout") == 15_000


class Crowd:
    """Works repeated on threads until told to stop; ``faults`` is what any of them raised."""

    def __init__(self, *works: Callable[[], object]) -> None:
        self.faults: list[BaseException] = []
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=(work,), daemon=True) for work in works
        ]

    def work(self, seconds: float) -> None:
        """Work for so long, or until the first fault."""
        for thread in self._threads:
            thread.start()
        self._ended.wait(seconds)
        self._ended.set()
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive()

    def _repeat(self, work: Callable[[], object]) -> None:
        try:
            while not self._ended.is_set():
                work()
        except BaseException as error:
            self.faults.append(error)
            self._ended.set()


def test_those_who_pause_claim_prepare_and_complete_at_once_never_wait_in_a_ring(
    ledger: Ledger,
) -> None:
    for name in ("a", "b"):
        add_account(ledger, name, concurrency=50)
    contracts = [
        add_contract(ledger, 300, account=name, name=str(number)).id
        for number, name in enumerate("aabb")
    ]

    def stop_and_go(contract_id: str) -> bool:
        for target in (ContractState.QUEUED, ContractState.PAUSED):
            with suppress(MoveRefused):
                ledger.contracts.move(contract_id, target)
            ledger.work.prepare_slice(contract_id)
            ledger.work.release_claims(contract_id)
        return True

    def complete() -> None:
        for contract_id in contracts:
            ledger.contracts.complete_if_done(ledger.contracts.number(contract_id))

    crowd = Crowd(
        sending(ledger, "ab"),
        sending(ledger, "ba"),
        lambda: stop_and_go(contracts[0]),
        lambda: all(map(stop_and_go, reversed(contracts))),
        complete,
    )
    crowd.work(seconds=2)
    assert crowd.faults == []
    check_counts(ledger, *contracts[:2], account="a")
    check_counts(ledger, *contracts[2:], account="b")


def sending(ledger: Ledger, names: str) -> Callable[[], None]:
    """What a worker does again and again for some accounts; now and then it is buried."""
    workers = [ledger.workers.register()]

    def work() -> None:
        for name in names:
            granted = turn(ledger, workers[0], free=5, account=name).granted
            turn(ledger, workers[0], outcomes=[outcome(one) for one in granted[1:]])
        ledger.workers.bury(workers[0])
        workers[0] = ledger.workers.register()

    return work


@pytest.mark.parametrize("name", ["ledger.db", "folder/ledger.db"])
def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"This is a letter and not a database at all. " * 100)
    with pytest.raises(LedgerError, match=r"damaged.*backup"):
        open_ledger(f"sqlite:///{path}")


def test_a_damaged_ledger_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = open_ledger(f"sqlite:///{path}")
    add_account(ledger)
    add_contract(ledger, 2_000)
    ledger.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[4_096:] = b"\xa5" * (len(content) - 4_096)
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"damaged.*backup"):
        open_ledger(f"sqlite:///{path}").accounts.list()


def test_a_damaged_index_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(open_ledger(f"sqlite:///{path}")) as ledger:
        add_account(ledger)
        add_contract(ledger, 5)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE stray (x)")
        connection.execute("CREATE INDEX stray_index ON stray (x)")
        connection.execute("PRAGMA writable_schema = 1")
        connection.execute(
            "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master "
            "WHERE name = 'stray_index') WHERE name = 'message_recipient'"
        )
    damaged = pytest.raises(LedgerDamaged, match=r"damaged.*backup")
    with closing(Database(f"sqlite:///{path}")) as database, damaged, database.write():
        database.run("DELETE FROM messages")


def test_a_ledger_moved_away_beneath_a_program_is_said_so_and_not_made_anew(
    sqlite_ledger: Ledger, tmp_path: Path
) -> None:
    add_account(sqlite_ledger)
    with ThreadPoolExecutor(1) as pool, sqlite_ledger._database.read():
        # Held open, so that the pool has no other connection left to hand out.
        sqlite_ledger._database.scalar("SELECT 1")
        moved = [one.rename(tmp_path / f"moved{one.suffix}") for one in tmp_path.glob("ledger.db*")]
        with pytest.raises(LedgerUnavailable, match="was moved away or removed"):
            pool.submit(sqlite_ledger.accounts.list).result()
        assert moved
        assert not list(tmp_path.glob("ledger.db*"))


def test_a_folder_in_the_ledgers_place_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").mkdir()
    with pytest.raises(LedgerError, match=r"is no file.*choose another place"):
        open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")


def test_a_file_in_the_folders_place_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match=r"folder .*cannot be made.*Choose"):
        open_ledger(f"sqlite:///{tmp_path / 'file' / 'ledger.db'}")


def test_a_read_only_ledger_is_said_to_be_read_only(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    open_ledger(f"sqlite:///{path}").close()
    database: Any = peewee.SqliteDatabase(f"file:{path}?mode=ro", uri=True)
    with closing(database), pytest.raises(LedgerError, match="read-only"), translated_errors():
        database.execute_sql("DELETE FROM contracts")


def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    small = str(tmp_path / "small.db")
    database: Any = peewee.SqliteDatabase(small, pragmas={"max_page_count": 3})
    database.execute_sql("CREATE TABLE t (x)")
    full = pytest.raises(LedgerFull, match=r"full.*Nothing was lost")
    with closing(database), full, translated_errors():
        database.execute_sql("INSERT INTO t VALUES (zeroblob(100000))")


def test_a_ledger_that_another_holds_locked_is_out_of_reach_for_now(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    open_ledger(f"sqlite:///{path}").close()
    database: Any = peewee.SqliteDatabase(str(path), timeout=0)
    with closing(sqlite3.connect(path)) as other, closing(database):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable, match="locked"), translated_errors():
            database.execute_sql("DELETE FROM contracts")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finds a SQLite ledger locked gives up after half a second."""
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.5)
    monkeypatch.setitem(connecting._SQLITE_PRAGMAS, "busy_timeout", 500)


@pytest.mark.usefixtures("impatient")
def test_ten_who_want_to_write_to_a_locked_ledger_wait_no_longer_than_one(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with closing(open_ledger(f"sqlite:///{file}")) as ledger:
        database = ledger._database

        def refused_after(_: int) -> float:
            began = time.monotonic()
            locked = pytest.raises(LedgerUnavailable, match="Another program holds the ledger")
            with locked, database.write():
                pass
            return time.monotonic() - began

        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with ThreadPoolExecutor(10) as threads:
                waited = list(threads.map(refused_after, range(10)))
            assert min(waited) > 0.4  # nobody gives up early
            assert max(waited) < 3.0  # ten in turn took five seconds
            assert refused_after(0) > 0.4  # nor who comes later
            other.execute("ROLLBACK")
        with database.write(), database.write():
            assert database.scalar("PRAGMA busy_timeout") == 500


@pytest.mark.usefixtures("impatient")
def test_who_waits_in_the_gate_gets_the_lock_when_it_becomes_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ledger.db"
    with closing(open_ledger(f"sqlite:///{file}")) as ledger:
        database = ledger._database

        def write(_: int) -> None:
            with database.write():
                database.run("INSERT INTO events (at, kind) VALUES (1, 'probe')")

        with ThreadPoolExecutor(10) as threads:
            with closing(sqlite3.connect(file, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                with pytest.raises(LedgerUnavailable):
                    write(0)
                monkeypatch.setattr(database_module, "BUSY_SECONDS", 30)
                written = [threads.submit(write, number) for number in range(10)]
                wait_until(lambda: len(database._gate._waiters) == 9, "all to ask")
                other.execute("ROLLBACK")
            for one in written:
                one.result()
        with database.read():
            assert database.scalar("SELECT COUNT(1) FROM events WHERE kind = 'probe'") == 10


def test_a_postgresql_that_is_away_is_named_with_what_to_do() -> None:
    with pytest.raises(LedgerUnavailable, match=r"127\.0\.0\.1:9 cannot be used.*Start it"):
        open_ledger("postgresql://nobody@127.0.0.1:9/nothing")


def test_lists_of_any_length_go_into_one_condition(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 1_500)
    ids = list(ledger.messages.ids(contract.id))
    assert len(ledger.messages.of_ids(ids)) == 1_500


@pytest.mark.parametrize(
    ("chosen", "index"),
    [
        (MessageFilter(), "message_place"),
        (MessageFilter(states=(MessageState.FAILED,)), "message_page"),
    ],
)
def test_a_page_is_read_through_an_index_without_sorting(
    sqlite_ledger: Ledger, chosen: MessageFilter, index: str
) -> None:
    add_account(sqlite_ledger)
    contract = add_contract(sqlite_ledger, 100)
    plan = plans(sqlite_ledger, lambda: sqlite_ledger.messages.page(contract.id, chosen))
    assert f"USING INDEX {index}" in plan or f"USING COVERING INDEX {index}" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


def test_a_claim_is_read_through_its_index_without_sorting_a_contract(
    sqlite_ledger: Ledger,
) -> None:
    add_account(sqlite_ledger)
    running(sqlite_ledger, 100)
    worker = sqlite_ledger.workers.register()
    plan = plans(sqlite_ledger, lambda: turn(sqlite_ledger, worker, free=5), "picked")
    assert "message_queue" in plan
    assert "SCAN messages" not in plan
    assert "TEMP B-TREE" not in plan


def test_what_a_worker_holds_is_found_through_an_index(sqlite_ledger: Ledger) -> None:
    plan = plans(sqlite_ledger, lambda: sqlite_ledger.workers.bury(1), "claimed_by")
    assert "message_held" in plan
    assert "SCAN m" not in plan


def plans(ledger: Ledger, work: Callable[[], object], part: str = "ORDER BY m.") -> str:
    """How SQLite carries out the statements of some work that hold a certain part."""
    database: Database = ledger._database
    told: list[tuple[str, list[object]]] = []
    execute = database._execute

    def listen(sql: str, params: list[object]) -> object:
        told.append((sql, params))
        return execute(sql, params)

    database._execute = listen  # type: ignore[method-assign, assignment]
    work()
    database._execute = execute  # type: ignore[method-assign]
    steps = []
    with database.read():
        for sql, params in told:
            if part in sql:
                steps += [row[3] for row in database.rows(f"EXPLAIN QUERY PLAN {sql}", params)]
    assert steps
    return "\n".join(steps)


def test_a_ledger_closed_beneath_a_reader_waits_for_it_and_takes_no_more(
    ledger_url: str,
) -> None:
    database = Database(ledger_url)
    reading, may_end = threading.Event(), threading.Event()
    found: list[object] = []

    def read() -> None:
        with database.read():
            reading.set()
            may_end.wait(10)
            found.append(database.scalar("SELECT 1"))

    reader = threading.Thread(target=read)
    reader.start()
    reading.wait(10)
    closer = threading.Thread(target=database.close)
    closer.start()
    may_end.set()
    reader.join(10)
    closer.join(10)
    assert found == [1]
    with pytest.raises(LedgerUnavailable, match="closed"), database.read():
        pass
