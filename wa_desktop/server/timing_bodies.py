"""Times of a contract as the API reads and writes them: start, expiry, quiet hours, outlook."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field

from wa_desktop.clock import SECOND, iso
from wa_desktop.contracts.held_back import HeldBack
from wa_desktop.contracts.timing import LONGEST_GRACE
from wa_desktop.errors import InvalidInput, Problem
from wa_desktop.hours.local_time import parse_start, zone_named
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.ledger.records import Contract, DoubtPolicy
from wa_desktop.server.fields import Given, ShortText, Shown


def _zone(name: str) -> str:
    try:
        zone_named(name)
    except InvalidInput as error:
        raise ValueError("must be a time zone such as Europe/Berlin") from error
    return name


ZoneName = Annotated[ShortText, AfterValidator(_zone)]
Moment = Annotated[
    ShortText,
    Field(
        description="RFC 3339, or local wall clock with the zone in `zone`. A wall clock time "
        "that the clocks skip means the first minute after it; one that comes twice means the "
        "first of the two: write the offset for the second."
    ),
]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Choice = Literal["leave", "resend", "treatAsSent"]


def moment(text: str | None, zone: str | None, at: str) -> int | None:
    """A written moment; ``InvalidInput`` that names the field ``at``."""
    if text is None:
        return None
    try:
        return parse_start(text, zone)
    except InvalidInput as error:
        problems = [Problem(at, one.reason) for one in error.problems]
        raise InvalidInput(str(error), problems) from error


class QuietHoursFields(Given):
    """Nobody is written to between these times of their own day (``from`` may be the later).

    ``zone`` is used where the recipient's own cannot be told.
    """

    start: Annotated[Clock, Field(alias="from")]
    end: Annotated[Clock, Field(alias="to")]
    zone: ZoneName | None = None

    def record(self) -> QuietHours:
        """As the core has them."""
        return QuietHours.from_json({"from": self.start, "to": self.end, "zone": self.zone})


class DoubtPolicyFields(Given):
    """What becomes of messages that are in doubt for ``after`` seconds."""

    after: Annotated[int, Field(ge=0, le=LONGEST_GRACE // SECOND)]
    then: Choice

    def policy(self) -> DoubtPolicy:
        """What is done."""
        return DoubtPolicy(self.then)

    def grace(self) -> int:
        """The time until then in microseconds."""
        return self.after * SECOND


class QuietHoursShown(Shown):
    """Quiet hours."""

    start: Annotated[str, Field(alias="from")]
    end: Annotated[str, Field(alias="to")]
    zone: str | None

    @classmethod
    def of(cls, hours: QuietHours | None) -> Self | None:
        """Quiet hours as the API shows them."""
        return cls.model_validate(hours.to_json()) if hours else None


class DoubtPolicyShown(Shown):
    """What becomes of messages in doubt, after how many seconds."""

    after: int
    then: Choice

    @classmethod
    def of(cls, contract: Contract) -> Self | None:
        """A contract's policy as the API shows it; ``None`` where none was set."""
        policy, grace = contract.doubt_policy, contract.doubt_grace
        if policy is DoubtPolicy.LEAVE and grace is None:
            return None
        return cls(after=(grace or 0) // SECOND, then=policy.value)


class HeldBackShown(Shown):
    """What holds a contract back, until when at the earliest, and why in words."""

    by: str
    until: str | None
    reason: str

    @classmethod
    def of(cls, held: HeldBack | None) -> Self | None:
        """What holds back, as the API shows it."""
        return cls(by=held.by.value, until=iso(held.until), reason=held.reason) if held else None
