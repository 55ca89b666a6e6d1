"""One account as an engine sees it: its sender, its places in flight, when to ask again."""

from collections import deque
from dataclasses import dataclass, field

from wa_desktop.clock import MILLISECOND, SECOND, from_seconds
from wa_desktop.delivery.punctuality import Punctuality
from wa_desktop.ledger.accounts import SendingAccount
from wa_desktop.ledger.records import Account, AccountKind, AccountState
from wa_desktop.ledger.turns.turn import AccountOutlook
from wa_desktop.senders.factory import build_sender
from wa_desktop.senders.protocol import Sender
from wa_desktop.senders.settings import CloudApiSettings, SandboxSettings, SenderSettings

_CROWDED = 50 * MILLISECOND
"""How long to wait for places that other workers hold: nobody rings when they are freed."""

_CUTS_ARE_SEEN = 50 * MILLISECOND
"""How long to wait after a connection was cut. When a network goes, its connections are cut one
after another; a message sent on one whose loss does not show yet would be in doubt, too."""


@dataclass(slots=True)
class Lane:
    """Lives on the engine's loop. Times are microseconds since the epoch.

    ``rung`` notes a ring that came while a turn was under way, whose outlook is then stale.
    ``crowded_until``: other workers held all of the account's places when last asked.
    ``cut_until``: a connection was cut, and other connections may be cut without showing it yet.
    ``unreachable``: why no connection can be made now.
    ``throttles``: how often in a row the provider asked to slow down, the last time until
    ``throttled_until``.
    ``clock_set``: the clock was set since a turn last claimed for the account.
    """

    account: Account
    sender: Sender
    in_flight: set[int] = field(default_factory=set)
    next_try_at: int | None = 0
    rung: bool = False
    crowded_until: int = 0
    held_until: int = 0
    cut_until: int = 0
    network_failures: int = 0
    clock_set: bool = False
    unreachable: str | None = None
    throttles: int = 0
    throttled_until: int = 0
    _punctuality: Punctuality = field(default_factory=Punctuality)
    _sends: deque[int] = field(default_factory=lambda: deque(maxlen=2_000))

    def too_late(self, slot_at: int, at: int) -> bool:
        """Whether a message that goes out now for that slot should get another one."""
        limit = self.account.rate_limit
        return limit is not None and self._punctuality.gives_back(at - slot_at, limit.interval)

    @property
    def free(self) -> int:
        """Places in flight that this engine may fill.

        While no connection can be made one message at a time tries the way.
        """
        places = self.account.concurrency if not self.network_failures else 1
        return places - len(self.in_flight)

    def asks_at(self) -> int | None:
        """When this lane wants to claim; ``None``: only when rung for, or a place is freed."""
        if self.free <= 0 or self.next_try_at is None:
            return None
        return max(self.next_try_at, self.held_until, self.cut_until, self.crowded_until)

    def ring(self) -> None:
        """There may be something due now, if the account may send at all."""
        if self.account.state is AccountState.ACTIVE:
            self.next_try_at = 0
            self.rung = True

    def learn(self, outlook: AccountOutlook | None, at: int) -> None:
        """Take up what a turn said; ``None``: the account is gone or may not send."""
        self.next_try_at = outlook.next_try_at if outlook else None
        if outlook is not None and outlook.crowded:
            self.crowded_until = at + _CROWDED
        if self.rung:
            self.ring()

    def freed(self, message_id: int) -> None:
        """A place in flight is free again."""
        self.in_flight.discard(message_id)
        self.crowded_until = 0

    def hold(self, at: int, seconds: float, reason: str | None = None) -> None:
        """Claim nothing for that long, since no connection could be made.

        Failures of requests that were on their way together count as one.
        """
        self.unreachable = reason
        if at >= self.held_until:
            self.network_failures += 1
        self.held_until = max(self.held_until, at + from_seconds(seconds))

    def cut(self, at: int) -> None:
        """A connection was cut before the answer came: claim nothing for a moment."""
        self.cut_until = at + _CUTS_ARE_SEEN

    def forget_times(self) -> None:
        """The clock was set: moments noted before say nothing now."""
        self.clock_set = True
        self.crowded_until = self.held_until = self.cut_until = self.throttled_until = 0
        self._sends.clear()
        self.ring()

    def reached(self, at: int, *, throttled: bool = False) -> None:
        """An answer came: the way is open, and if it was not to slow down, that is over too.

        What comes in while the account waits was on its way before.
        """
        self.network_failures = 0
        self.unreachable = None
        if not throttled and at >= self.throttled_until:
            self.throttles = 0

    def throttles_at(self, at: int) -> int:
        """How often in a row the account was asked to slow down, if it is asked now.

        Refusals of requests that were on their way together count as one.
        """
        return self.throttles if at < self.throttled_until else self.throttles + 1

    def note_throttle(self, at: int, wait: int) -> None:
        """The provider asked to slow down and to wait so many microseconds."""
        self.throttles = self.throttles_at(at)
        self.throttled_until = max(self.throttled_until, at + wait)

    def note_send(self, at: int) -> None:
        """A message goes on the wire now."""
        self._sends.append(at)

    def measured(self, at: int) -> float:
        """Messages a second that this engine put on the wire in the last second."""
        while self._sends and self._sends[0] < at - SECOND:
            self._sends.popleft()
        return float(len(self._sends))

    def take_up(self, sending: SendingAccount) -> Sender:
        """Go on with an edited account; returns the old sender, to be closed when idle."""
        before, self.sender = self.sender, build_sender(sender_settings(sending))
        self.account = sending.account
        if self.account.state is not AccountState.ACTIVE:
            self.next_try_at = None
        return before


def open_lane(sending: SendingAccount) -> Lane:
    """A lane with a sender of its own. ``InvalidInput`` when the account's settings are wrong."""
    lane = Lane(sending.account, build_sender(sender_settings(sending)))
    if sending.account.state is not AccountState.ACTIVE:
        lane.next_try_at = None
    return lane


def sender_settings(sending: SendingAccount) -> SenderSettings:
    """What the account's kind of sender is built from."""
    account = sending.account
    if account.kind is AccountKind.SANDBOX:
        return SandboxSettings(
            latency=account.sandbox.latency_ms / 1000,
            failure_share=account.sandbox.failure_share,
        )
    return CloudApiSettings(
        phone_number_id=account.phone_number_id or "",
        access_token=sending.secrets.access_token or "",
        api_base_url=account.api_base_url,
        api_version=account.api_version,
    )
