"""What the benches share: asked figures beside measured ones, what a process used, stores."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.programs import Place
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer
from wa_desktop.app import Program
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ContractState

SQLITE = "sqlite"
SHARED = "postgresql+redis"

PEAK_MB = 200
"""The most memory a worker may ever take, in MB."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One figure and its bound: at least or at most ``bound``, in ``unit``."""

    name: str
    found: float
    bound: float
    unit: str = ""
    least: bool = False

    @property
    def met(self) -> bool:
        """Whether the figure keeps to what is asked."""
        return self.found >= self.bound if self.least else self.found <= self.bound

    @property
    def bounds(self) -> str:
        """The bound in words."""
        sign = "≥ " if self.least else "≤ " if self.bound else ""
        return f"{sign}{self.bound:g}{self.unit} {self.name}".rstrip()

    def __str__(self) -> str:
        return f"{self.bounds}: {'ok' if self.met else f'MISSED ({self.found:.4g})'}"


class Verdict:
    """What a whole run met and missed; its ``finish`` is the program's exit code."""

    def __init__(self) -> None:
        self._met = 0
        self._missed: list[str] = []

    def on(self, where: str, *asked: Asked) -> str:
        """Note the figures of one line of a table; returns what stands beside them there."""
        missed = [one for one in asked if not one.met]
        self._met += len(asked) - len(missed)
        self._missed.extend(f"{where}: {one}" for one in missed)
        return ", ".join(str(one) for one in missed or asked)

    def broken(self, where: str, why: object) -> str:
        """Note a line that could not be measured."""
        self._missed.append(f"{where}: {why}")
        return f"NOT MEASURED: {why}"

    def finish(self) -> int:
        """Print the sum of it. 0: everything asked was met, 1: something was missed."""
        say(f"{self._met} asked figures met, {len(self._missed)} missed")
        for one in self._missed:
            say(f"  missed {one}")
        return 1 if self._missed else 0


def is_over(program: Program, contract: Contract) -> bool:
    """Whether all was worked through; ``RuntimeError`` when the campaign was stopped instead."""
    found = program.services.ledger.contracts.get(contract.id)
    if found.state in (ContractState.PAUSED, ContractState.CANCELLED):
        raise RuntimeError(f"the campaign is {found.state.value}: {found.state_reason}")
    return found.state is ContractState.COMPLETED


def say(line: str) -> None:
    """Print a line at once, also into a file or a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def peak_mb(pid: int) -> float:
    """The most memory a living process ever took, in MB (``VmHWM``)."""
    status = Path(f"/proc/{pid}/status").read_text()
    [kilobytes] = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(kilobytes) / 1024


def cpu_seconds(pid: int) -> float:
    """The processor time that a living process has used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def stores(kind: str) -> Iterator[Place]:
    """A place on the given stores, empty, for as long as the block lasts."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        if kind == SQLITE:
            yield Place(home, f"sqlite:///{home / 'ledger.db'}", None)
            return
        postgres = stack.enter_context(PostgresServer(durable=True))
        postgres.season()
        redis = stack.enter_context(RedisServer())
        yield Place(home, postgres.url(postgres.create_database()), redis.url)
