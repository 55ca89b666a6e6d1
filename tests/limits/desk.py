"""A ledger with an account and contracts, and turns at moments that the test chooses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from wa_desktop.clock import SECOND
from wa_desktop.content import MessageTemplate
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.imports import NewMessage
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import NO_SECRETS, Account, AccountKind, Contract
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.limits import Throttle
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind
from wa_desktop.ledger.turns.turn import CycleResult, Turn, Want
from wa_desktop.ledger.vault import Vault

NOON = round(datetime(2030, 6, 5, 12, tzinfo=UTC).timestamp()) * SECOND
"""A Wednesday, 12:00 UTC: the moment at which these tests begin."""

HOUR = 3_600 * SECOND
DAY = 24 * HOUR


@dataclass
class Desk:
    """Claims and settles as an engine does, with time as an argument."""

    ledger: Ledger
    worker: int
    at: int = NOON
    sent: list[Granted] = field(default_factory=list)

    def account(self, name: str = "acc", **given: object) -> Account:
        """An account without a rate limit, with whatever else is given."""
        columns: dict[str, object] = {"rate_limit": None, "concurrency": 500} | given
        kind = columns.pop("kind", AccountKind.SANDBOX)
        account = Account(name, name, kind, **columns)  # type: ignore[arg-type]
        return self.ledger.accounts.add(account, NO_SECRETS)

    def running(
        self,
        account: Account,
        phones: Sequence[str],
        *,
        priority: int = 0,
        quiet: QuietHours | None = None,
        zone: str | None = None,
        expires_at: int | None = None,
        template: MessageTemplate | None = None,
    ) -> Contract:
        """A contract to these numbers, prepared and running."""
        contract = self.ledger.contracts.add(
            NewContract(
                account.id,
                "Рассылка",
                message="hi",
                template=template,
                priority=priority,
                quiet_hours=quiet,
                zone=zone,
                expires_at=expires_at,
            )
        )
        number = self.ledger.imports.begin(contract.id)
        added = self.ledger.imports.add(number, [NewMessage(phone) for phone in phones])
        self.ledger.imports.finish(number, added, own_contents=False)
        self.ledger.contracts.move(contract.id, ContractState.QUEUED)
        while self.ledger.work.prepare_slice(contract.id):
            pass
        # The ledger stamps a start with the real time, which is not the desk's.
        return self.ledger.contracts.change(contract.id, turn=self.at)

    def turn(
        self,
        account: Account,
        *,
        free: int = 500,
        outcomes: Sequence[Outcome] = (),
        throttles: Sequence[Throttle] = (),
    ) -> CycleResult:
        """One turn of the engine at the desk's present moment."""
        return self.ledger.cycle.run(
            Turn(
                self.worker,
                self.at,
                outcomes=outcomes,
                wants=[Want(account.id, free)],
                throttles=throttles,
            )
        )

    def send(self, account: Account, *, free: int = 500) -> list[str]:
        """Claim what may go now and settle it as sent; returns the numbers written to."""
        granted = self.turn(account, free=free).granted
        outcomes = [
            Outcome(one.message_id, account.id, OutcomeKind.SENT, self.at, provider_id="w")
            for one in granted
        ]
        self.ledger.cycle.run(Turn(self.worker, self.at, outcomes=outcomes))
        self.sent.extend(granted)
        return [one.phone for one in granted]

    def claim_unsent(
        self, account: Account, kind: OutcomeKind = OutcomeKind.RETRY, *, free: int = 500
    ) -> list[str]:
        """Claim what may go now; none of it is sent, and it is due again after a second."""
        granted = self.turn(account, free=free).granted
        due = self.at + SECOND if kind is OutcomeKind.RETRY else None
        outcomes = [
            Outcome(one.message_id, account.id, kind, self.at, due_at=due, costs_attempt=False)
            for one in granted
        ]
        self.ledger.cycle.run(Turn(self.worker, self.at, outcomes=outcomes))
        self.at += SECOND
        return [one.phone for one in granted]

    def get(self, contract: Contract) -> Contract:
        """The contract as it stands now."""
        return self.ledger.contracts.get(contract.id)


def open_desk(url: str, folder: Path) -> Desk:
    """A desk on a fresh ledger."""
    ledger = Ledger.open(url, Vault.from_file(folder / "secret.key"))
    return Desk(ledger, ledger.workers.register())


def phones(amount: int, start: int = 0) -> list[str]:
    """Numbers of their own (Moscow mobiles)."""
    return [str(79_991_000_000 + number) for number in range(start, start + amount)]
