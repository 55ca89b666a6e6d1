"""One key for each person: the same for all spellings of a number that reach one WhatsApp user.

Some countries changed their numbers, and both forms are in use: Brazil added a ninth digit to
mobile numbers, Argentina writes a 9 between country and area code, Mexico dropped a 1 there
(Cloud API, phone numbers: the provider itself may alter that digit). Benin put 01 before every
number (2024), Gabon put 6 or 7 in place of the zero of mobile numbers (2019 to 2024).

Only forms are joined of which the plan itself says that no two subscribers can have them. Others
are learnt from the provider, one by one (``other_person``).
"""

import phonenumbers
from phonenumbers import NumberParseException

_CONCERNED = ("55", "54", "52", "229", "241")
_FIRST_OF_OLD_BRAZILIAN_MOBILES = "6789"
_GABON = {"2": "6", "5": "6", "6": "6", "4": "7", "7": "7"}
"""By the operator's old digit what took the place of the zero (Arcep Gabon)."""

_SAME_END = 6
_MOST_ADDED = 2
"""Digits that a change of a country's plan put before numbers; the end stayed what it was."""


def person_key(phone: str) -> str:
    """The key of a number (E.164 digits without the plus); most numbers are their own key."""
    if not phone.startswith(_CONCERNED):
        return phone
    length = len(phone)
    if phone.startswith("55"):
        if length == 12 and phone[4] in _FIRST_OF_OLD_BRAZILIAN_MOBILES and "0" not in phone[2:4]:
            return f"{phone[:4]}9{phone[4:]}"
    elif phone.startswith("549") and length == 13:
        return f"54{phone[3:]}"
    elif phone.startswith("521") and length == 13:
        return f"52{phone[3:]}"
    elif phone.startswith("229") and length == 11:
        return f"22901{phone[3:]}"
    elif phone.startswith("241"):
        return _gabonese_key(phone, length)
    return phone


def other_person(phone: str, known_as: str) -> str | None:
    """The key under which the provider knows whom it reached at ``phone``, where it differs.

    ``known_as`` is the ``wa_id`` of its answer. ``None``: it is the same key, or no other
    spelling of this number: a spelling has a digit or two more or less behind the calling code,
    and the same end. Anything else could be another person, who would not be written to.
    """
    if known_as == phone or not (known_as.isascii() and known_as.isdecimal()):
        return None
    key = person_key(known_as)
    return key if key != person_key(phone) and _is_other_spelling(phone, known_as) else None


def _gabonese_key(phone: str, length: int) -> str:
    """Until 2005 without a zero, then with one, now with 6 or 7 in its place."""
    place = 4 if length == 11 and phone[3] == "0" else 3 if length == 10 else None
    if place is None or phone[place] not in _GABON:
        return phone
    return f"241{_GABON[phone[place]]}{phone[place:]}"


def _is_other_spelling(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    added = len(longer) - len(shorter)
    if not 0 < added <= _MOST_ADDED:
        return False
    return any(
        longer[:place] + longer[place + added :] == shorter
        for place in range(_calling_code(longer), len(shorter) - _SAME_END + 1)
    )


def _calling_code(phone: str) -> int:
    """How many digits the country's calling code has; all of them where there is none."""
    try:
        return len(str(phonenumbers.parse(f"+{phone}", None).country_code))
    except NumberParseException:
        return len(phone)
