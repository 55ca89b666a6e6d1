"""Phone numbers: any written form to E.164 digits without the plus, or a plain reason.

"Possible" (a known country code and a length its plan allows) is enough for a number with
its country code: number plans grow faster than the library's tables, and refusing a real
customer is worse than one message that the provider refuses. Only where a number could be
read in two ways is "valid" asked first.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, ValidationResult
from phonenumbers.phonenumber import PhoneNumber as ParsedNumber

from wa_desktop.errors import InvalidInput
from wa_desktop.words import words

FEWEST_DIGITS = 7  # with the country code
FEWEST_LOCAL_DIGITS = 4
MOST_DIGITS = 15  # ITU-T E.164
FEWEST_DIGITS_WITHOUT_PLUS = 11  # ten digits are as likely a local number of another country
LONGEST_TEXT = 64


class PhoneFault(StrEnum):
    """Why a text is no phone number, in words for the person who made the list."""

    EMPTY = "no phone number"
    NOT_A_NUMBER = "not a phone number"
    TOO_SHORT = "too short for a phone number"
    TOO_LONG = "too long for a phone number"
    WRONG_LENGTH = "wrong number of digits for its country"
    UNKNOWN_COUNTRY = "unknown country code"
    NO_COUNTRY = "no country code: write it with + or choose a default country"
    DIGITS_LOST = "digits were lost in a spreadsheet: format the column as text"


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number as it is kept and compared: E.164 digits without the plus."""

    digits: str


@dataclass(frozen=True, slots=True)
class RejectedPhone:
    """A text that is no phone number, and why."""

    reason: PhoneFault


_READY = re.compile(r"\+?[0-9]{7,15}")
_CLEAN = re.compile(r"\+?[0-9]+")
_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015\u2212]+")
_PREFIX = re.compile(r"(?:tel|whatsapp|wa|phone):(?://)?", re.IGNORECASE)
_WHOLE_AS_DECIMAL = re.compile(r"\+?([0-9]+)[.,]0{1,2}")
_SCIENTIFIC = re.compile(r"\+?([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})")
_LOOKS = re.compile(r"\s*['+(]*[0-9][0-9\s().\-\u00a0\u2010-\u2015]*")
_QUOTES = "'\"`\u2018\u2019= "

_FAULTS = {
    ValidationResult.INVALID_COUNTRY_CODE: PhoneFault.UNKNOWN_COUNTRY,
    ValidationResult.TOO_SHORT: PhoneFault.TOO_SHORT,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: PhoneFault.TOO_SHORT,
    ValidationResult.TOO_LONG: PhoneFault.TOO_LONG,
    ValidationResult.INVALID_LENGTH: PhoneFault.WRONG_LENGTH,
}
_PARSE_FAULTS = {
    NumberParseException.INVALID_COUNTRY_CODE: PhoneFault.UNKNOWN_COUNTRY,
    NumberParseException.NOT_A_NUMBER: PhoneFault.NOT_A_NUMBER,
    NumberParseException.TOO_SHORT_AFTER_IDD: PhoneFault.TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: PhoneFault.TOO_SHORT,
    NumberParseException.TOO_LONG: PhoneFault.TOO_LONG,
}


def checked_country(code: str | None) -> str | None:
    """An ISO 3166 country code in capitals; blank is ``None``, :class:`InvalidInput` if unknown."""
    country = (code or "").strip().upper()
    if not country:
        return None
    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidInput(
            words(
                "{country} is no country code. Use two letters such as RU, DE or US.",
                country=country[:20],
            )
        )
    return country


def parse_phone(text: str, country: str | None = None) -> PhoneNumber | RejectedPhone:
    """Read a number however it is written; ``country`` (ISO code) is for local numbers.

    Never raises for what the text holds. Without a plus and a country it takes full
    international numbers only, of at least eleven digits: shorter ones are ambiguous.
    """
    if not _READY.fullmatch(text):
        cleaned = _cleaned(text)
        if isinstance(cleaned, PhoneFault):
            return RejectedPhone(cleaned)
        text = cleaned
    if text[0] == "+":
        return _international(text[1:])
    if text.startswith("00") and country is None:
        return _international(text[2:])
    return _without_plus(text, country)


def looks_like_phone(text: str) -> bool:
    """Whether a cell has the look of a phone number, in any country: a quick guess for headers."""
    if len(text) > LONGEST_TEXT or not _LOOKS.fullmatch(text):
        return False
    return FEWEST_DIGITS <= sum(map(str.isdigit, text)) <= MOST_DIGITS


def mask(phone: str) -> str:
    """The last four digits, for logs and for screens that many people see."""
    return "…" + phone[-4:]


def _cleaned(text: str) -> str | PhoneFault:
    """Only digits, with a plus in front if there was one, or what is wrong with the text."""
    if len(text) > LONGEST_TEXT:
        text = text.strip()
        if len(text) > LONGEST_TEXT:
            return PhoneFault.TOO_LONG
    if not text.isascii():
        text = "".join(map(_plain_character, text))
    text = _PREFIX.sub("", text.strip(_QUOTES).strip(), count=1).strip()
    if not text:
        return PhoneFault.EMPTY
    text = _spreadsheet_number(text)
    if not text:
        return PhoneFault.DIGITS_LOST
    text = _SEPARATORS.sub("", text)
    if not _CLEAN.fullmatch(text):
        return PhoneFault.NOT_A_NUMBER
    digits = len(text) - (text[0] == "+")
    if digits < FEWEST_LOCAL_DIGITS:
        return PhoneFault.TOO_SHORT
    # An international prefix (00, 810, 011) or a bracketed trunk zero may come on top.
    if digits > MOST_DIGITS + 4:
        return PhoneFault.TOO_LONG
    return text


def _plain_character(character: str) -> str:
    """Digits of any script as ASCII, invisible marks as nothing, a wide plus as a plus."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character == "\uff0b":
        return "+"
    return "" if unicodedata.category(character) == "Cf" else character


def _spreadsheet_number(text: str) -> str:
    """Undo ``79991234567.0`` and ``7.9991234567E+10``; empty where digits were rounded away."""
    if whole := _WHOLE_AS_DECIMAL.fullmatch(text):
        return whole[1]
    if scientific := _SCIENTIFIC.fullmatch(text):
        decimals, exponent = scientific[2] or "", int(scientific[3])
        return scientific[1] + decimals if len(decimals) == exponent else ""
    return text


def _without_plus(digits: str, country: str | None) -> PhoneNumber | RejectedPhone:
    """A number without a plus: local where a country is set, else a full international one."""
    if country is None:
        found = _international(digits)
        if isinstance(found, RejectedPhone):
            unknown = found.reason is PhoneFault.UNKNOWN_COUNTRY
            return RejectedPhone(PhoneFault.NO_COUNTRY) if unknown else found
        short = len(digits) < FEWEST_DIGITS_WITHOUT_PLUS
        return RejectedPhone(PhoneFault.NO_COUNTRY) if short else found
    local = _parsed(digits, country)
    if isinstance(local, ParsedNumber) and phonenumbers.is_valid_number(local):
        return _accepted(local)
    # 00 is the way abroad in most countries' lists, whatever the country's own is.
    whole = _parsed("+" + digits.removeprefix("00"), None)
    if isinstance(whole, ParsedNumber) and phonenumbers.is_valid_number(whole):
        return _accepted(whole)
    found = _possible(local)
    if isinstance(found, RejectedPhone) and len(digits) >= FEWEST_DIGITS_WITHOUT_PLUS:
        full = _possible(whole)
        return full if isinstance(full, PhoneNumber) else found
    return found


def _international(digits: str) -> PhoneNumber | RejectedPhone:
    return _possible(_parsed("+" + digits, None))


def _parsed(text: str, country: str | None) -> ParsedNumber | PhoneFault:
    try:
        return phonenumbers.parse(text, country)
    except NumberParseException as error:
        return _PARSE_FAULTS.get(error.error_type, PhoneFault.NOT_A_NUMBER)


def _possible(number: ParsedNumber | PhoneFault) -> PhoneNumber | RejectedPhone:
    """The number if its country exists and allows its length."""
    if isinstance(number, PhoneFault):
        return RejectedPhone(number)
    result = phonenumbers.is_possible_number_with_reason(number)
    if result == ValidationResult.IS_POSSIBLE:
        return _accepted(number)
    national = str(number.national_number)
    # Mexico dropped the 1 after its country code in 2019; many lists still have it.
    if number.country_code == 52 and len(national) == 11 and re.match("1[1-9]", national):
        return PhoneNumber("52" + national[1:])
    return RejectedPhone(_FAULTS.get(result, PhoneFault.NOT_A_NUMBER))


def _accepted(number: ParsedNumber) -> PhoneNumber | RejectedPhone:
    zeros = 0
    if number.italian_leading_zero:
        # Right in Italy and a few others; elsewhere a trunk zero written twice.
        if not phonenumbers.is_valid_number(number):
            return RejectedPhone(PhoneFault.WRONG_LENGTH)
        zeros = number.number_of_leading_zeros or 1
    digits = f"{number.country_code}{'0' * zeros}{number.national_number}"
    if len(digits) > MOST_DIGITS:
        return RejectedPhone(PhoneFault.TOO_LONG)
    if len(digits) < FEWEST_DIGITS:
        return RejectedPhone(PhoneFault.TOO_SHORT)
    return PhoneNumber(digits)
