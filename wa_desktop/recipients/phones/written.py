"""The characters of a written phone number: only digits and a plus are left of them."""

import re
import unicodedata

from wa_desktop.recipients.phones.found import FEWEST_DIGITS, MOST_DIGITS, PhoneFault

FEWEST_LOCAL_DIGITS = 4
LONGEST_TEXT = 64

_READY = re.compile(r"\+?[0-9]{7,15}")
_CLEAN = re.compile(r"\+?[0-9]+")
_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015\u2212]+")
_PREFIX = re.compile(r"(?:tel|whatsapp|wa|phone):(?://)?", re.IGNORECASE)
_WHOLE_AS_DECIMAL = re.compile(r"\+?([0-9]+)[.,]0{1,2}")
_SCIENTIFIC = re.compile(r"\+?([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})")
_LOOKS = re.compile(r"\s*['+(]*[0-9][0-9\s().\-\u00a0\u2010-\u2015]*")
_QUOTES = "'\"`\u2018\u2019= "


def bare_digits(text: str) -> str | PhoneFault:
    """Only digits, with a plus in front if there was one, or what is wrong with the text."""
    if _READY.fullmatch(text):
        return text
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


def looks_like_phone(text: str) -> bool:
    """Whether a cell has the look of a phone number, in any country: a quick guess for headers."""
    if len(text) > LONGEST_TEXT or not _LOOKS.fullmatch(text):
        return False
    return FEWEST_DIGITS <= sum(map(str.isdigit, text)) <= MOST_DIGITS


def mask(phone: str) -> str:
    """The last four digits, for logs and for screens that many people see."""
    return "…" + phone[-4:]


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
