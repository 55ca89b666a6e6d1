"""One key for each person: the same for all spellings of a number that reach one WhatsApp user.

Three countries changed their mobile numbers, and both forms are in use: Brazil added a ninth
digit, Argentina writes a 9 between country and area code, Mexico dropped a 1 there (Cloud API,
phone numbers: the provider itself may alter that digit).
"""

_FIRST_OF_OLD_BRAZILIAN_MOBILES = "6789"


def person_key(phone: str) -> str:
    """The key of a number (E.164 digits without the plus); most numbers are their own key."""
    if phone.startswith("55") and len(phone) == 12 and phone[4] in _FIRST_OF_OLD_BRAZILIAN_MOBILES:
        return f"{phone[:4]}9{phone[4:]}"
    if phone.startswith("549") and len(phone) == 13:
        return f"54{phone[3:]}"
    if phone.startswith("521") and len(phone) == 13:
        return f"52{phone[3:]}"
    return phone
