"""What comes of reading a phone number: its digits, or why there is none."""

from dataclasses import dataclass
from enum import StrEnum

FEWEST_DIGITS = 7  # with the country code
MOST_DIGITS = 15  # ITU-T E.164


class PhoneFault(StrEnum):
    """Why a text is no phone number, in words for the person who made the list."""

    EMPTY = "no phone number"
    NOT_A_NUMBER = "not a phone number"
    TOO_SHORT = "too short for a phone number"
    TOO_LONG = "too long for a phone number"
    WRONG_LENGTH = "wrong number of digits for its country"
    UNKNOWN_COUNTRY = "unknown country code"
    NO_COUNTRY = "no country code: write it with + or choose a default country"
    NO_AREA_CODE = "the area code is missing"
    NOT_IN_PLAN = (
        "possible, but not valid in its country's plan: "
        "the length is right, but no number there begins like this"
    )
    TWO_READINGS = "can be read as numbers of two people: write it with + and the country code"
    DIGITS_LOST = "digits were lost in a spreadsheet: format the column as text"


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number as it is kept and compared: E.164 digits without the plus."""

    digits: str


@dataclass(frozen=True, slots=True)
class RejectedPhone:
    """A text that is no phone number, and why."""

    reason: PhoneFault
