"""What the names of columns say, in the languages lists come in."""

import re
from enum import IntEnum

from wa_desktop.content import field_key

_PHONE_WORDS = (
    "phone phones phonenumber mobile mobilephone mobilenumber cellphone tel telephone "
    "whatsapp whatsappnumber msisdn "
    "телефон телефоны номертелефона мобильный мобильныйтелефон моб тел ватсап вотсап вацап "
    "teléfono telefono móvil movil celular "
    "handy telefon telefonnummer handynummer mobil mobilnummer rufnummer "
    "telefone telemóvel telemovel"
)
_PHONES = frozenset(_PHONE_WORDS.split())
# Words that may as well mean another number, such as that of an order.
_MAYBE_PHONES = frozenset(
    ("number", "contactnumber", "cell", "wa", "to", "номер", "número", "numero", "nummer")
)
_PHONE_PARTS = ("phone", "whatsapp", "mobile", "msisdn", "телефон", "моб", "whats", "ватсап",
    "telef", "teléf", "celular", "handy", "mobil", "telem")  # fmt: skip
_MESSAGE_WORDS = (
    "message messagetext text textmessage body msg sms "
    "сообщение текст текстсообщения "
    "mensaje texto mensagem nachricht nachrichtentext"
)
_MESSAGES = frozenset(_MESSAGE_WORDS.split())
_FILLER = re.compile(r"[\W_]+")


class PhoneName(IntEnum):
    """How clearly a column's name speaks of phone numbers."""

    NO = 0
    HOLDS_A_WORD = 1
    MAY_MEAN_IT = 2
    MEANS_IT = 3


def says_phone(name: str) -> PhoneName:
    """Whether a name says that the column holds phone numbers."""
    bare = _FILLER.sub("", field_key(name))
    if bare in _PHONES:
        return PhoneName.MEANS_IT
    if bare in _MAYBE_PHONES:
        return PhoneName.MAY_MEAN_IT
    holds = any(part in bare for part in _PHONE_PARTS)
    return PhoneName.HOLDS_A_WORD if holds else PhoneName.NO


def says_message(name: str) -> bool:
    """Whether a name says that the column holds a text for each recipient."""
    return _FILLER.sub("", field_key(name)) in _MESSAGES


def distinct_names(header: tuple[str, ...], width: int) -> tuple[str, ...]:
    """A name for each column: blank ones become "column 3", repeated ones "name 2"."""
    names: list[str] = []
    taken: set[str] = set()
    for index in range(width):
        wanted = header[index] if index < len(header) else ""
        # A brace or a bar in a name would end its {{field}} early.
        wanted = " ".join(re.sub(r"[{}|\x00]", " ", wanted).split()) or f"column {index + 1}"
        name, count = wanted, 1
        while field_key(name) in taken:
            count += 1
            name = f"{wanted} {count}"
        taken.add(field_key(name))
        names.append(name)
    return tuple(names)
