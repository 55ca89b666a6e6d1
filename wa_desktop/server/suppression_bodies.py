"""Suppressions as the API and the command line show them."""

from typing import Annotated, Self

from pydantic import Field

from wa_desktop.clock import iso
from wa_desktop.contracts.again import MOST_IDS
from wa_desktop.error_table import Whose, reaction_for
from wa_desktop.ledger.suppression_list import Suppression
from wa_desktop.server.action_bodies import MOST_CODES, Code
from wa_desktop.server.fields import Given, ShortText, Shown


class SuppressionShown(Shown):
    """Who is left out: a number, or a whole country by its ISO code; the other is null.

    `whose` messages are held back: `everyone`'s, those of `accountId` and all accounts of its
    portfolio (`business`), or its own alone (`account`). `until` null: until it is lifted.
    """

    phone_number: str | None
    country: str | None
    whose: Whose
    account_id: str | None
    error_code: int
    reason: str
    since: str
    until: str | None
    contract_id: str | None
    message_id: int

    @classmethod
    def of(cls, one: Suppression) -> Self:
        """A suppression as the API shows it."""
        return cls(
            phone_number=one.phone,
            country=one.country,
            whose=one.whose,
            account_id=one.account_id,
            error_code=one.code,
            reason=reaction_for(one.code).en,
            since=iso(one.since) or "",
            until=iso(one.until),
            contract_id=one.contract_id,
            message_id=one.message_id,
        )


class SuppressionsShown(Shown):
    """A page of suppressions, oldest first; ``nextCursor`` is null on the last one."""

    items: list[SuppressionShown]
    next_cursor: str | None


class Lift(Given):
    """Which suppressions are lifted: those that fit everything given, of which there must be
    something. Those with a code that means that the recipient said stop stay."""

    codes: Annotated[list[Code], Field(max_length=MOST_CODES)] = Field(default_factory=list)
    contract_id: ShortText | None = None
    phone_numbers: Annotated[list[ShortText], Field(max_length=MOST_IDS)] = Field(
        default_factory=list
    )


class Lifted(Shown):
    """How many suppressions were lifted."""

    lifted: int
