"""Real programs for tests: the settings they share, and workers as processes of their own."""

import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import (
    Account,
    AccountKind,
    AccountSecrets,
    Contract,
    Counts,
    RateLimit,
)
from wa_desktop.ledger.states import ContractState
from wa_desktop.recipients.rows import RecipientRow
from wa_desktop.settings import Settings, load_settings

TOKEN = AccountSecrets(access_token="a-token-of-the-tests")
"""What every account of ``cloud_account`` sends with."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program keeps its things: a data folder, a ledger, a Redis or none."""

    home: Path
    ledger_url: str
    redis_url: str | None

    def settings(self) -> Settings:
        """The settings of a program in this test's own process."""
        return load_settings(
            None, home=str(self.home), database_url=self.ledger_url, redis_url=self.redis_url
        )

    def environment(self) -> dict[str, str]:
        """The environment of a program that is a process of its own."""
        own = {"WA_DESKTOP_HOME": str(self.home), "DATABASE_URL": self.ledger_url}
        if self.redis_url is not None:
            own["REDIS_URL"] = self.redis_url
        return os.environ | own


class Worker:
    """``wa-desktop worker`` as a process; killed at the end if it still runs.

    ``program``: what Python runs with the command, a script of a bench's own for instance.
    """

    def __init__(
        self,
        place: Place,
        command: str = "worker",
        *,
        log: Path | None = None,
        program: Sequence[str] = ("-m", "wa_desktop"),
    ) -> None:
        self._place = place
        self._program = program
        self._command = command
        self._log = log or place.home / "worker.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the process; returns at once."""
        self._place.home.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._program, self._command],
                env=self._place.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._place.home,
            )
        return self

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.send(signal.SIGKILL)
        self.wait()

    def says(self, words: str, seconds: float = 20) -> None:
        """Wait until its output holds the words; that of workers before it in the place counts."""
        wait_until(
            lambda: words in self._log.read_text(errors="replace"),
            f"the worker to say: {words}",
            seconds,
        )

    def send(self, signum: signal.Signals) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(signum)

    def wait(self, timeout: float = 30) -> int:
        """Wait for its end and return the exit code."""
        assert self._process is not None
        return self._process.wait(timeout)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self.running:
            self.kill()


def cloud_account(
    program: Program,
    cloud: StandIn,
    *,
    rate: RateLimit | None = None,
    concurrency: int = 20,
    name: str = "acc",
    waba_id: str | None = None,
) -> Account:
    """An account of the Cloud API kind that sends to the stand-in."""
    return program.services.accounts.add(
        Account(
            id=name,
            name=name,
            kind=AccountKind.CLOUD_API,
            phone_number_id=str(1_055 + zlib.crc32(name.encode())),
            waba_id=waba_id,
            api_base_url=cloud.base_url,
            rate_limit=rate,
            concurrency=concurrency,
        ),
        TOKEN,
    )


def phone(number: int) -> str:
    """A phone number of its own for each number from 0 to 9,999,999."""
    return str(79_990_000_000 + number)


def text(number: int) -> str:
    """A text of its own, with letters beyond Latin and an emoji."""
    return f"Здравствуйте, клиент № {number} 🎉"


SHARED_TEXT = "Здравствуйте, дорогой клиент! 🎉"
"""What all get in a contract whose recipients have no texts of their own."""


def filled_contract(
    program: Program, account: Account, amount: int, *, own_texts: bool = True, first: int = 0
) -> Contract:
    """A draft of that many recipients, from the phone number ``first`` on.

    Each has a text of its own, or all share one, which a million are filled with quickly.
    """
    rows = (
        RecipientRow(number, phone(number), text(number) if own_texts else None)
        for number in range(first, first + amount)
    )
    contract, report = program.services.contracts.create_filled(
        NewContract(account.id, f"Рассылка {amount}", message=None if own_texts else SHARED_TEXT),
        rows,
    )
    assert report.accepted == amount
    return contract


def counts(program: Program, contract: Contract) -> Counts:
    """The contract's counts now."""
    return program.services.ledger.contracts.get(contract.id).counts


def is_completed(program: Program, contract: Contract) -> bool:
    """Whether the contract has been worked through."""
    found = program.services.ledger.contracts.get(contract.id)
    return found.state is ContractState.COMPLETED
