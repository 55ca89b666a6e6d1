"""Phone numbers: any written form to E.164 digits without the plus, or a plain reason.

A number counts when its country's plan has it ("valid"). Lists also hold prefixes that nobody
should write: a trunk zero or a double prefix before a whole number, long-distance prefixes that
are no more. They are taken off where one number alone can be meant; where the digits can be
those of two people, the text is rejected. A message never goes to another number.
"""

import re

import phonenumbers
from phonenumbers import NumberParseException, ValidationResult
from phonenumbers.phonenumber import PhoneNumber as ParsedNumber

from wa_desktop.recipients.phones.found import (
    FEWEST_DIGITS,
    MOST_DIGITS,
    PhoneFault,
    PhoneNumber,
    RejectedPhone,
)
from wa_desktop.recipients.phones.plans import (
    Plan,
    is_mobile,
    is_valid,
    plan_of_country,
    split_code,
    way_abroad,
)
from wa_desktop.recipients.phones.written import bare_digits

FEWEST_DIGITS_WITHOUT_PLUS = 11  # ten digits are as likely a local number of another country

_FAULTS = {
    ValidationResult.INVALID_COUNTRY_CODE: PhoneFault.UNKNOWN_COUNTRY,
    ValidationResult.TOO_SHORT: PhoneFault.TOO_SHORT,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: PhoneFault.NO_AREA_CODE,
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
_TWO_READINGS = RejectedPhone(PhoneFault.TWO_READINGS)
# Mexico: 01 for long distance, 044 and 045 for mobiles, 1 after the country code: all ended in
# 2019. Spreadsheets drop the zero in front.
_MEXICAN_PREFIX = re.compile(r"(?:0?1|0?4[45])([2-9]\d{9})")
# Argentina: 15 stands between area code and number of a mobile; alone it is no area code.
_ARGENTINE_WITHOUT_AREA = re.compile(r"9?0?15\d{6,8}")


def parse_phone(
    text: str, country: str | None = None, *, possible: bool = False
) -> PhoneNumber | RejectedPhone:
    """Read a number however it is written; ``country`` (ISO code) is for local numbers.

    ``possible`` also accepts a number whose length alone fits its country's plan. Never raises
    for what the text holds. Without a plus and a country it takes full international numbers
    only, of at least eleven digits: shorter ones are ambiguous.
    """
    digits = bare_digits(text)
    if isinstance(digits, PhoneFault):
        return RejectedPhone(digits)
    found = _read(digits, country, possible)
    if isinstance(found, PhoneNumber) and _country_code_twice(found.digits):
        return _TWO_READINGS
    return found


def _read(digits: str, country: str | None, possible: bool) -> PhoneNumber | RejectedPhone:
    if digits[0] == "+":
        # "+00 44": the plus and its other spelling.
        return _international(digits[1:].removeprefix("00"), possible)
    if digits.startswith("00"):
        # A list's 00 is the way abroad everywhere. In Brazil, Colombia and Singapore its next
        # digits may name a carrier instead, and would make somebody abroad of a number at home.
        found = _international(digits[2:], possible)
        own_way = way_abroad(country) if country is not None else ""
        if isinstance(found, PhoneNumber) or len(own_way) < 4 or not digits.startswith(own_way):
            return found
        return _international(digits.removeprefix(own_way), possible)
    if country is None:
        return _without_country(digits, possible)
    return _with_country(digits, country, possible)


def _international(digits: str, possible: bool) -> PhoneNumber | RejectedPhone:
    """A number that begins with its country code."""
    found = _valid_international(digits)
    if found is not None:
        return PhoneNumber(found)
    if digits.startswith("54") and _ARGENTINE_WITHOUT_AREA.fullmatch(digits[2:]):
        return RejectedPhone(PhoneFault.NO_AREA_CODE)
    return _only_possible(_parsed("+" + digits, None), possible)


def _country_code_twice(digits: str) -> bool:
    """Whether a landline may as well be a mobile behind its country code written twice."""
    plan, national = split_code(digits) or (None, "")
    if plan is None or not national.startswith(plan.code) or not plan.only_landline(national):
        return False
    return plan.mobile(national.removeprefix(plan.code))


def _valid_international(digits: str) -> str | None:
    """The valid number that international digits mean, without prefixes after the country code."""
    if is_valid(digits):
        return _sized(digits)
    split = split_code(digits)
    if split is None:
        return None
    plan, national = split
    if plan.code == "52" and (mexican := _MEXICAN_PREFIX.fullmatch(national)):
        national = mexican[1]
        return f"52{national}" if plan.valid(national) else None
    if (inner := plan.behind_trunk(national)) is not None:
        return _sized(plan.code + inner)
    if plan.code == "54" and national.startswith("9"):
        # Both marks of a mobile, "9 11 15…", say the same.
        return _of_plan(_valid(_parsed("+54" + national[1:], None)), "549")
    return _of_plan(_valid(_parsed("+" + digits, None)), plan.code)


def _without_country(digits: str, possible: bool) -> PhoneNumber | RejectedPhone:
    found = _international(digits, possible)
    short = len(digits) < FEWEST_DIGITS_WITHOUT_PLUS
    if isinstance(found, PhoneNumber):
        return RejectedPhone(PhoneFault.NO_COUNTRY) if short else found
    local = found.reason is PhoneFault.UNKNOWN_COUNTRY or (short and len(digits) >= FEWEST_DIGITS)
    return RejectedPhone(PhoneFault.NO_COUNTRY) if local else found


def _with_country(digits: str, country: str, possible: bool) -> PhoneNumber | RejectedPhone:
    """A number without a plus in a country's list: local, or a full international one."""
    plan = plan_of_country(country)
    local, whole = _local(digits, country, plan), _whole(digits, plan)
    if local is None and whole is None:
        return _neither(digits, country, possible)
    if local is None or (whole is not None and _rather_whole(digits, local, whole, plan)):
        return PhoneNumber(whole or "")
    if _may_be_another(digits, local, whole, plan):
        return _TWO_READINGS
    return PhoneNumber(local)


def _rather_whole(digits: str, local: str, whole: str, plan: Plan) -> bool:
    """A mobile with the country's own code, where the local reading is a landline without its
    trunk prefix."""
    own = digits == whole and whole.startswith(plan.code)
    return own and digits == local.removeprefix(plan.code) and plan.only_landline(digits)


def _may_be_another(digits: str, local: str, whole: str | None, plan: Plan) -> bool:
    """Whether the digits may as well be meant as another person's number.

    The country was chosen, so its mobiles are meant, and a trunk prefix says that a number is
    local. But zeros are also put before whole numbers, and landlines get few messages.
    """
    own_mobile = local.startswith(plan.code) and is_mobile(local)
    if digits[0] == "0" and not own_mobile:
        behind = digits.lstrip("0")
        full = len(behind) >= FEWEST_DIGITS_WITHOUT_PLUS or behind.startswith(plan.code)
        return full and is_mobile(behind) and behind != local
    if whole is None or whole == local or not is_mobile(whole):
        return False
    national = local.removeprefix(plan.code)
    return digits not in (plan.trunk + national, national) or (
        digits == national and not own_mobile
    )


def _local(digits: str, country: str, plan: Plan) -> str | None:
    """The valid number that is dialled so inside a country."""
    if plan.valid(digits):
        return _sized(plan.code + digits)
    if (inner := plan.behind_trunk(digits)) is not None:
        return _sized(plan.code + inner)
    if country == "MX" and (mexican := _MEXICAN_PREFIX.fullmatch(digits)):
        return f"52{mexican[1]}" if plan.valid(mexican[1]) else None
    return _valid(_parsed(digits, country))


def _whole(digits: str, plan: Plan) -> str | None:
    """The valid number that the digits are with its country code, in a list of ``plan``.

    A trunk prefix before the list's own code counts as a slip; before another code it may as
    well be a local number with a mistake. So may a short number that fits another country.
    """
    if digits.startswith(plan.code):
        return _valid_international(digits)
    for prefix in ("0", plan.trunk):
        if prefix and digits.startswith(prefix + plan.code) and is_valid(digits[len(prefix) :]):
            return digits[len(prefix) :]
    if len(digits) < FEWEST_DIGITS_WITHOUT_PLUS:
        return None
    return _valid_international(digits)


def _neither(digits: str, country: str, possible: bool) -> RejectedPhone | PhoneNumber:
    """No valid reading: why, or the number whose length alone fits."""
    if country == "AR" and _ARGENTINE_WITHOUT_AREA.fullmatch(digits.removeprefix("0")):
        return RejectedPhone(PhoneFault.NO_AREA_CODE)
    code, rest = plan_of_country(country).code, digits.lstrip("0")
    # What looks like a whole number, of this country or another, is never made a local one.
    if possible and digits[0] == "0" and (rest.startswith(code) or _valid_international(rest)):
        return _TWO_READINGS
    found = _only_possible(_parsed(digits, country), possible)
    if isinstance(found, PhoneNumber) or len(digits) < FEWEST_DIGITS_WITHOUT_PLUS:
        return found
    full = _only_possible(_parsed("+" + digits.removeprefix("00"), None), possible)
    return full if isinstance(full, PhoneNumber) else found


def _parsed(text: str, country: str | None) -> ParsedNumber | PhoneFault:
    try:
        return phonenumbers.parse(text, country)
    except NumberParseException as error:
        return _PARSE_FAULTS.get(error.error_type, PhoneFault.NOT_A_NUMBER)


def _valid(number: ParsedNumber | PhoneFault) -> str | None:
    if isinstance(number, PhoneFault):
        return None
    digits = _digits(number)
    return _sized(digits) if is_valid(digits) else None


def _of_plan(digits: str | None, start: str) -> str | None:
    """The digits if they are of that country: prefixes after a country code never change it."""
    return digits if digits is not None and digits.startswith(start) else None


def _only_possible(
    number: ParsedNumber | PhoneFault, possible: bool
) -> PhoneNumber | RejectedPhone:
    """A number that is not valid: why, or the number itself where its length is enough."""
    if isinstance(number, PhoneFault):
        return RejectedPhone(number)
    result = phonenumbers.is_possible_number_with_reason(number)
    if result != ValidationResult.IS_POSSIBLE:
        return RejectedPhone(_FAULTS.get(result, PhoneFault.NOT_A_NUMBER))
    if number.italian_leading_zero:
        # Right in Italy and a few others, where it is valid; elsewhere a trunk zero twice.
        return RejectedPhone(PhoneFault.WRONG_LENGTH)
    digits = _digits(number)
    if len(digits) > MOST_DIGITS:
        return RejectedPhone(PhoneFault.TOO_LONG)
    if len(digits) < FEWEST_DIGITS:
        return RejectedPhone(PhoneFault.TOO_SHORT)
    return PhoneNumber(digits) if possible else RejectedPhone(PhoneFault.NOT_IN_PLAN)


def _digits(number: ParsedNumber) -> str:
    zeros = (number.number_of_leading_zeros or 1) if number.italian_leading_zero else 0
    return f"{number.country_code}{'0' * zeros}{number.national_number}"


def _sized(digits: str) -> str | None:
    return digits if FEWEST_DIGITS <= len(digits) <= MOST_DIGITS else None
