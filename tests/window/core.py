"""A small real core for the window: a ledger in a file, services, and a worker driven by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from wa_desktop.clock import now
from wa_desktop.contracts.accounts import AccountService
from wa_desktop.contracts.advance import advance
from wa_desktop.contracts.again import Again
from wa_desktop.contracts.confirmation import Confirmation
from wa_desktop.contracts.doubts import Doubts
from wa_desktop.contracts.outlooks import Outlooks
from wa_desktop.contracts.places import Places
from wa_desktop.contracts.queue_switch import QueueSwitch
from wa_desktop.contracts.service import ContractService
from wa_desktop.contracts.services import Services
from wa_desktop.contracts.suppressions import Suppressions
from wa_desktop.events import EventBus
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.imports import NewMessage
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import Account, AccountKind, Contract
from wa_desktop.ledger.turns.limits import Throttle
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind
from wa_desktop.ledger.turns.turn import Beat, Turn, Want
from wa_desktop.ledger.vault import Vault
from wa_desktop.recipients.rows import RecipientRow

UNLIMITED = "unlimited"
_PLACES = 500


@dataclass
class Bell:
    """Does a contract's work at once, on the ringer's thread; notes the accounts."""

    accounts: list[str] = field(default_factory=list)
    on_contract: Callable[[str], None] = lambda _: None

    def contract(self, contract_id: str) -> None:
        """Carry the contract on."""
        self.on_contract(contract_id)

    def account(self, account_id: str) -> None:
        """Note that messages are due."""
        self.accounts.append(account_id)


class HandDrivenCore:
    """Everything but an engine; ``send`` does what one would."""

    def __init__(self, folder: Path) -> None:
        self.ledger = Ledger.open(
            f"sqlite:///{(folder / 'ledger.db').as_posix()}", Vault.from_file(folder / "key")
        )
        self.events = EventBus()
        self.bell = Bell()
        self.bell.on_contract = lambda one: advance(self.ledger, self.bell, self.events, one)
        self.services = Services(
            ledger=self.ledger,
            contracts=ContractService(self.ledger, self.bell, self.events),
            accounts=AccountService(self.ledger, self.bell, self.events),
            again=Again(self.ledger, self.bell, self.events),
            doubts=Doubts(self.ledger, self.bell, self.events),
            queues=QueueSwitch(self.ledger, self.bell, self.events),
            outlooks=Outlooks(self.ledger),
            suppressions=Suppressions(self.ledger),
            places=Places(self.ledger, self.bell, self.events),
            confirmation=Confirmation(self.ledger, self.bell, self.events),
            events=self.events,
            queue_backend="sqlite",
        )
        self.services.accounts.ensure_sandbox()
        self.services.accounts.add(
            Account(
                id=UNLIMITED,
                name="Unlimited",
                kind=AccountKind.SANDBOX,
                rate_limit=None,
                concurrency=_PLACES,
            )
        )
        self._worker = self.ledger.workers.register()

    def make(self, name: str, recipients: int, *, text: str = "Hello") -> Contract:
        """A draft with that many recipients."""
        rows = [RecipientRow(line, f"7999{line:07}") for line in range(1, recipients + 1)]
        contract, _ = self.services.contracts.create_filled(
            NewContract(UNLIMITED, name, message=text), rows
        )
        return contract

    def make_long(self, name: str, recipients: int) -> Contract:
        """A draft with very many recipients, made without the checks of an import."""
        contract = self.ledger.contracts.add(NewContract(UNLIMITED, name, message="Hello"))
        number = self.ledger.imports.begin(contract.id)
        for first in range(0, recipients, 5_000):
            last = min(first + 5_000, recipients)
            rows = [NewMessage(f"7{9_000_000_000 + place}") for place in range(first, last)]
            self.ledger.imports.add(number, rows)
        self.ledger.imports.finish(number, recipients, own_contents=False)
        return self.ledger.contracts.get(contract.id)

    def start(self, name: str, recipients: int) -> Contract:
        """A campaign at work, of which nothing is sent yet."""
        return self.services.contracts.start(self.make(name, recipients).id)

    def send(
        self,
        amount: int,
        kinds: Sequence[OutcomeKind] = (OutcomeKind.SENT,),
        *,
        at: int | None = None,
        text: str | None = None,
    ) -> int:
        """Send up to that many due messages, ending as ``kinds`` in turn; returns how many."""
        done = 0
        ends = cycle(kinds)
        while done < amount:
            granted = self.claim(min(_PLACES, amount - done))
            outcomes = [_outcome(one.message_id, next(ends), at or now(), text) for one in granted]
            result = self.ledger.cycle.run(Turn(self._worker, now(), outcomes=outcomes))
            for number in result.drained:
                self.ledger.contracts.complete_if_done(number)
            done += len(granted)
            if not granted:
                break
        return done

    def claim(self, amount: int) -> Sequence:  # type: ignore[type-arg]
        """Take messages as a worker does: they are ``sending`` then."""
        want = Want(UNLIMITED, amount)
        return self.ledger.cycle.run(
            Turn(self._worker, now(), wants=[want], beat=Beat(now(), now()))
        ).granted

    def throttle(self, wait: int) -> None:
        """WhatsApp asks the account to wait so many microseconds."""
        asked = Throttle(UNLIMITED, wait, 10.0)
        self.ledger.cycle.run(Turn(self._worker, now(), throttles=[asked]))

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()


def _outcome(message: int, kind: OutcomeKind, at: int, text: str | None) -> Outcome:
    failed = kind is OutcomeKind.FAILED
    trouble = kind in (OutcomeKind.FAILED, OutcomeKind.RETRY, OutcomeKind.IN_DOUBT)
    return Outcome(
        message_id=message,
        account_id=UNLIMITED,
        kind=kind,
        at=at,
        provider_id=f"wamid.{message}" if kind is OutcomeKind.SENT else None,
        error_code=131026 if failed else None,
        error_text=text if trouble else None,
        due_at=at + 60_000_000 if kind is OutcomeKind.RETRY else None,
    )
