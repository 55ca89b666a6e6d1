"""Lifting a suppression: a person knows better, or the cause is gone."""

import re
from collections.abc import Sequence

from wa_desktop.error_table import asked_by_recipient
from wa_desktop.errors import InvalidInput, NotFound, Problem
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.recipients.phones import PhoneNumber, checked_country, parse_phone
from wa_desktop.words import words

_COUNTRY = re.compile(r"[A-Za-z]{2}")
_DIGITS = re.compile(r"\+?([0-9]{7,15})")


class Suppressions:
    """The verb of a suppression; those there are, the ledger lists. Not for the GUI thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def lift(self, text: str) -> str:
        """Let campaigns write again to a recipient, or to a country by its two letters; returns
        who that is.

        What was skipped meanwhile is sent only where a person retries it. ``NotFound`` when
        nothing holds there, ``InvalidInput`` for what is neither number nor country.
        """
        who = _who(text.strip())
        if not self._ledger.suppressions.lift(who):
            raise NotFound("suppression", who)
        return who

    def lift_where(
        self,
        *,
        codes: Sequence[int] = (),
        contract_id: str | None = None,
        phones: Sequence[str] = (),
    ) -> int:
        """Lift all suppressions that fit everything given; returns how many.

        ``codes`` are error codes, ``contract_id`` chooses what came from a contract or holds
        its recipients, ``phones`` are numbers. Nobody who said stop is let in so:
        ``InvalidInput`` for such a code, for a number that is none, and when nothing is given.
        """
        if not codes and contract_id is None and not phones:
            raise InvalidInput(
                words("Say which suppressions to lift: by code, by campaign or by number."), []
            )
        stops = sorted(asked_by_recipient().intersection(codes))
        if stops:
            raise InvalidInput(
                words(
                    "Code {code} means that the recipient said stop. Lift these numbers one by "
                    "one, and only for people who asked to hear from you again.",
                    code=stops[0],
                ),
                [Problem("codes", words("must not contain {code}", code=stops[0]))],
            )
        return self._ledger.suppressions.lift_where(
            codes=codes, contract_id=contract_id, phones=[_who(one) for one in phones]
        )


def _who(text: str) -> str:
    if _COUNTRY.fullmatch(text):
        return checked_country(text) or ""
    if digits := _DIGITS.fullmatch(text):
        return digits[1]
    phone = parse_phone(text)
    if isinstance(phone, PhoneNumber):
        return phone.digits
    raise InvalidInput(
        words(
            "{text} is neither a phone number with its country code nor a country's two letters.",
            text=text[:32],
        ),
        [Problem("phoneNumber", phone.reason)],
    )
