"""Cells with several phone numbers: the first mobile number counts, the rest is reported."""

import re
from dataclasses import dataclass

from wa_desktop.recipients.phones.found import PhoneFault, PhoneNumber, RejectedPhone
from wa_desktop.recipients.phones.plans import is_mobile, split_code
from wa_desktop.recipients.phones.reading import parse_phone

LONGEST_CELL = 1_000  # characters; what is longer is no list of numbers
_MOST_PARTS = 20

# A line of its own and these signs stand between numbers, whatever stands beside them.
_CLEAR = re.compile(r"\s*(?::::|[;|\r\n\u2028])\s*")
# These also stand inside one number ("030/123456"), or between words.
_MAYBE = re.compile(
    r"\s*(?:[/,&]|\s(?:or|and|и|или|oder|und|ou|et|o|y|e)\s|(?<=[0-9])\s*(?=\+))\s*", re.IGNORECASE
)
_ANY = re.compile(r":::|[;|\r\n\u2028/,&]|\s(?:or|and|и|или|oder|und|ou|et|o|y|e)\s|[0-9]\s*\+")
# "123456/57": the last digits of a second number; all of it as one would be a third number.
_OTHER_ENDING = re.compile(r"(.*[0-9])\s*/\s*[0-9]{1,3}\s*", re.DOTALL)
_FEWEST_DIGITS_OF_A_PART = 5


@dataclass(frozen=True, slots=True)
class CellPhones:
    """The number that a cell gives, or why none; ``others`` counts the further ones in it."""

    phone: PhoneNumber | RejectedPhone
    others: int = 0


def phones_in(text: str, country: str | None = None, *, possible: bool = False) -> CellPhones:
    """Read a cell: one number, or several, of which the first mobile (else the first) counts.

    A cell is one number unless it is none as a whole, or each of its parts is one.
    """
    if not _ANY.search(text) or len(text) > LONGEST_CELL:
        return CellPhones(_single(text, country, possible))
    ending = 0
    if other := _OTHER_ENDING.fullmatch(text):
        text, ending = other[1], 1
        if isinstance(whole := parse_phone(text, country, possible=possible), PhoneNumber):
            return CellPhones(whole, ending)
    whole = _single(text, country, possible)
    parts = _parts(text)
    read = [_single(part, country, possible) for part in parts]
    good = list(dict.fromkeys(one for one in read if isinstance(one, PhoneNumber)))
    all_good = len(good) > 1 and all(isinstance(one, PhoneNumber) for one in read)
    if isinstance(whole, PhoneNumber) and not all_good:
        return CellPhones(whole, ending)
    if not good or not _are_numbers(text, parts):
        return CellPhones(_fault(whole, read), ending)
    first = next((one for one in good if is_mobile(one.digits)), good[0])
    return CellPhones(first, len(good) - 1 + ending)


def _single(text: str, country: str | None, possible: bool) -> PhoneNumber | RejectedPhone:
    """A number that stands alone. "0171 2345678-9" may be a mobile and the one after it: where
    both the whole and what stands before the dash are mobiles, it is neither."""
    found = parse_phone(text, country, possible=possible)
    if "-" not in text[-3:-1] or not isinstance(found, PhoneNumber) or not is_mobile(found.digits):
        return found
    # In most countries all mobiles are equally long: an import of local numbers with dashes takes
    # half the time where a shorter one is not looked for.
    behind = sum(map(str.isdigit, text[text.rindex("-") :]))
    split = split_code(found.digits)
    if split is not None and not split[0].may_have_mobiles_of(len(split[1]) - behind):
        return found
    shorter = parse_phone(text[: text.rindex("-")], country)
    if isinstance(shorter, PhoneNumber) and is_mobile(shorter.digits):
        return RejectedPhone(PhoneFault.TWO_READINGS)
    return found


def _parts(text: str) -> list[str]:
    clear = [part for part in _CLEAR.split(text) if part.strip()]
    found = [one for part in clear for one in _MAYBE.split(part) if one.strip()]
    return found[:_MOST_PARTS]


def _are_numbers(text: str, parts: list[str]) -> bool:
    """Whether the parts stand for themselves: after a mere slash or word, each is a number."""
    clear = [part for part in _CLEAR.split(text) if part.strip()]
    if len(clear) == len(parts):
        return True
    return all(sum(map(str.isdigit, part)) >= _FEWEST_DIGITS_OF_A_PART for part in parts)


def _fault(
    whole: PhoneNumber | RejectedPhone, read: list[PhoneNumber | RejectedPhone]
) -> RejectedPhone:
    """Why there is no number: of several alike, that of the first; else of the whole."""
    if whole == RejectedPhone(PhoneFault.TWO_READINGS):
        return RejectedPhone(PhoneFault.TWO_READINGS)
    faults = {one.reason for one in read if isinstance(one, RejectedPhone)}
    if len(faults) == 1 and len(read) > 1:
        return RejectedPhone(faults.pop())
    return whole if isinstance(whole, RejectedPhone) else RejectedPhone(PhoneFault.NOT_A_NUMBER)
