"""What a spreadsheet program shows in a cell whose formula failed; no message may say it."""

import re

# In English, German, Russian, Spanish, Portuguese, French and Italian, as exports write them.
_NAMES = (
    "#N/A #REF! #VALUE! #DIV/0! #NAME? #NULL! #NUM! #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! "
    "#UNKNOWN! #BUSY! #GETTING_DATA #ERROR #ERROR! "
    "#NV #BEZUG! #WERT! #ZAHL! "
    "#Н/Д #ССЫЛКА! #ЗНАЧ! #ДЕЛ/0! #ИМЯ? #ПУСТО! #ЧИСЛО! "
    "#N/D #¡REF! #¡VALOR! #¡DIV/0! #¿NOMBRE? #¡NULO! #¡NUM! "
    "#VALOR! #NOME? #NULO! #NÚM! "
    "#VALEUR! #NOM? #NUL! #NOMBRE! "
    "#RIF! #VALORE! #NULLO!"
)
_NAMED = frozenset(_NAMES.split())
# LibreOffice's other errors, and what every program shows where the column is too narrow.
_NUMBERED = re.compile(r"Err:[0-9]{3}|#{3,}")


def is_error_value(text: str) -> bool:
    """Whether a text is nothing but such an error."""
    shown = text.strip()
    if shown[:1] not in ("#", "E", "e"):
        return False
    return shown.upper() in _NAMED or _NUMBERED.fullmatch(shown) is not None
