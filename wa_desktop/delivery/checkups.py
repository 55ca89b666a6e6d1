"""Looks at how an account fares at the provider while it sends: its quality, its templates.

A look begins with a send, then at most once in the set time over all workers; nothing waits
for it. What it finds stops things when it turns bad, not while it stays so: whoever resumed an
account that is rated RED knows it, and is stopped again only after a look has seen it better.
The ledger keeps what was seen (``ledger/vitals.py``), so that holds over restarts too.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from wa_desktop.clock import SECOND, from_seconds
from wa_desktop.delivery.breakers import trip_for_quality, trip_for_template
from wa_desktop.delivery.halting import Halting
from wa_desktop.delivery.lanes import Lanes
from wa_desktop.delivery.reactions import Halt
from wa_desktop.delivery.store import Store
from wa_desktop.delivery.wire import HaltRequest
from wa_desktop.error_table import reaction_for
from wa_desktop.errors import LedgerError, NotFound, TokenUnusable
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import Account, AccountState
from wa_desktop.ledger.sql.ledger_clock import LedgerClock
from wa_desktop.ledger.vitals import Memory, TemplateAtWork
from wa_desktop.senders.cloud_api import CloudApiSender
from wa_desktop.senders.settings import CloudApiSettings
from wa_desktop.senders.vitals import TOKEN_CODES, LookFailed, NumberSigns, Onlooker

log = logging.getLogger(__name__)

LOOK_EVERY = 600.0
"""Seconds between two looks at an account."""

_MOST_TEMPLATES = 20
"""Asked about in one look, those asked longest ago first: with the number itself and a look
each ten minutes that is 126 of the 200 calls an hour that the provider grants."""

_RATED_OVER = 7 * 86_400 * SECOND
"""A rating is of the last seven days: RED seen longer ago was for what is past."""

_AGAIN = 30.0
"""Seconds until the next try where the ledger did not let us look."""


@dataclass(slots=True)
class Seen:
    """What one look saw. ``states`` by template and language; ``failed`` ended the look."""

    signs: NumberSigns | None = None
    states: dict[tuple[str, str], str] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    failed: LookFailed | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What has to stop because of a look, and what is to be remembered once it has."""

    account_id: str
    looked_with: CloudApiSettings
    halts: tuple[HaltRequest, ...]
    memory: Memory
    not_before: int


class Checkups:
    """Lives on the engine's loop; its ledger work has a thread of its own. ``every`` is in
    seconds, 0: never."""

    def __init__(
        self,
        ledger: Ledger,
        lanes: Lanes,
        halting: Halting,
        every: float,
        changed: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._lanes = lanes
        self._halting = halting
        self._every = every
        self._changed = changed
        self._store = Store("checkups")
        self._next: dict[str, float] = {}
        self._looks: dict[str, asyncio.Task[None]] = {}
        self._findings: deque[Finding] = deque()
        self._failures: dict[str, str] = {}

    def sends(self, accounts: Iterable[str]) -> None:
        """These accounts send now: look at those whose last look is long enough ago."""
        if not self._every:
            return
        at = time.monotonic()
        for account_id in accounts:
            if at >= self._next.get(account_id, 0.0) and account_id not in self._looks:
                self._begin(account_id, at)

    async def conclude(self) -> None:
        """Stop what looks have found, then remember it: in this order, so that a crash in
        between stops once more rather than never. After a ``LedgerError`` call it again."""
        while self._findings:
            found = self._findings.popleft()
            try:
                if await self._still_holds(found):
                    await self._halting.act_on(found.halts)
                    await self._remember(found)
            except LedgerError:
                self._findings.appendleft(found)
                raise

    async def close(self) -> None:
        """Give up what is under way."""
        looks = list(self._looks.values())
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
        self._store.close()

    def _begin(self, account_id: str, at: float) -> None:
        lane = self._lanes[account_id]
        if not isinstance(lane.sender, CloudApiSender):
            self._next[account_id] = at + self._every
            return
        look = self._look(lane.account, lane.sender)
        task = asyncio.get_running_loop().create_task(look)
        self._looks[account_id] = task
        task.add_done_callback(lambda _: self._looks.pop(account_id, None))

    async def _look(self, account: Account, sender: CloudApiSender) -> None:
        wait = _AGAIN
        try:
            wait = await self._examine(account, sender)
        except LedgerError as error:
            log.info("the account %s is looked at later: %s", account.id, error)
        except Exception:
            log.exception("a look at an account failed in an unforeseen way")
        finally:
            self._next[account.id] = time.monotonic() + wait

    async def _examine(self, account: Account, sender: CloudApiSender) -> float:
        """Look if it is our turn; returns how many seconds to wait until the next."""
        vitals, run = self._ledger.vitals, self._store.run
        number, every = sender.settings.phone_number_id, from_seconds(self._every)
        wait = await run(vitals.begin, account.id, number, self._ledger.clock.now(), every)
        if wait:
            return wait / SECOND
        memory = await run(vitals.memory, account.id, number)
        at_work = await run(vitals.at_work, account.id) if account.waba_id else ()
        seen = await _ask(Onlooker(sender), account.waba_id, at_work, memory, self._ledger.clock)
        pause = max(self._every, self._told_to_wait(account.id, seen.failed))
        at = self._ledger.clock.now()
        found = Finding(
            account.id,
            sender.settings,
            tuple(judge(account, seen, memory, at_work, at=at)),
            remembered(seen, memory, at_work, at=at),
            at + from_seconds(pause) if pause > self._every else 0,
        )
        if found.halts:
            self._findings.append(found)
            self._changed()
        else:
            await self._remember(found)
        return pause

    def _told_to_wait(self, account_id: str, failed: LookFailed | None) -> float:
        """Log a failure, once while it stays the same; returns the seconds asked to wait."""
        if failed is None:
            self._failures.pop(account_id, None)
            return 0.0
        if self._failures.get(account_id) != failed.reason:
            self._failures[account_id] = failed.reason
            log.warning("the account %s could not be looked at: %s", account_id, failed.reason)
        return failed.retry_after or 0.0

    async def _still_holds(self, found: Finding) -> bool:
        """Whether the account is as it was looked at: sending, by the same number and token."""
        try:
            present = await self._store.run(self._ledger.accounts.for_sending, found.account_id)
        except (NotFound, TokenUnusable):
            return False
        return (
            present.account.state is AccountState.ACTIVE
            and present.account.phone_number_id == found.looked_with.phone_number_id
            and present.secrets.access_token == found.looked_with.access_token
        )

    async def _remember(self, found: Finding) -> None:
        await self._store.run(
            self._ledger.vitals.remember,
            found.account_id,
            found.looked_with.phone_number_id,
            found.memory,
            not_before=found.not_before,
        )


async def _ask(
    onlooker: Onlooker,
    waba_id: str | None,
    at_work: Iterable[TemplateAtWork],
    memory: Memory,
    clock: LedgerClock,
) -> Seen:
    """One look; the first call that fails ends it, and what was seen before counts."""
    seen = Seen()
    number = await onlooker.number()
    if isinstance(number, LookFailed):
        seen.failed = number
        return seen
    seen.signs = number
    names = {one.template for one in at_work} if waba_id else set()
    for name in sorted(names, key=lambda one: (memory.asked.get(one, 0), one))[:_MOST_TEMPLATES]:
        states = await onlooker.template(waba_id or "", name)
        if isinstance(states, LookFailed):
            seen.failed = states
            return seen
        seen.asked[name] = clock.now()
        seen.states |= {(name, language): state for language, state in states.items()}
    return seen


def judge(
    account: Account, seen: Seen, memory: Memory, at_work: Iterable[TemplateAtWork], *, at: int
) -> Iterable[HaltRequest]:
    """What must stop: for what is bad now and was not when it was last seen.

    Of errors only a refused token counts, as the error table has it: others may be the look's
    own, such as a token that may send and not ask.
    """
    code = seen.failed.code if seen.failed else None
    if code is not None and code in TOKEN_CODES:
        subcode = seen.failed.subcode if seen.failed else None
        said = reaction_for(code, subcode).said
        yield HaltRequest(Halt.ACCOUNT, account.id, account.name, said)
    quality = seen.signs.quality if seen.signs else None
    trip = trip_for_quality(account.id, quality)
    if trip is not None and not trip_for_quality(account.id, _known_quality(memory, at)):
        yield HaltRequest(trip.halt, trip.target, account.name, trip.reason)
    for one, state in _states(seen, at_work):
        trip = trip_for_template(one.contract_id, one.template, state)
        if trip is not None and state != memory.templates.get(one.contract_id):
            yield HaltRequest(trip.halt, trip.target, one.contract_name, trip.reason)


def remembered(seen: Seen, memory: Memory, at_work: Iterable[TemplateAtWork], *, at: int) -> Memory:
    """The memory after a look; what it did not see stays as it was."""
    quality = seen.signs.quality if seen.signs else None
    templates = dict(memory.templates)
    for one, state in _states(seen, at_work):
        if trip_for_template(one.contract_id, one.template, state) is None:
            templates.pop(one.contract_id, None)
        else:
            templates[one.contract_id] = state
    asked = {**memory.asked, **seen.asked}
    if quality is None or quality == "UNKNOWN":
        return replace(memory, templates=templates, asked=asked)
    return Memory(quality, at, templates, asked)


def _known_quality(memory: Memory, at: int) -> str | None:
    """The quality last seen, unless that was so long ago that a new RED is another one."""
    return memory.quality if at - memory.quality_at < _RATED_OVER else None


def _states(seen: Seen, at_work: Iterable[TemplateAtWork]) -> Iterable[tuple[TemplateAtWork, str]]:
    """The running contracts whose template the look has seen, with its state."""
    for one in at_work:
        state = seen.states.get((one.template, one.language))
        if state is not None:
            yield one, state
