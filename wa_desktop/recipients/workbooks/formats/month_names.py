"""Names of months and days as dates in workbooks show them, in the languages we know."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class DateNames:
    """Twelve months, alone and beside a day; a short form is the first letters of a month."""

    months: tuple[str, ...]
    months_beside_a_day: tuple[str, ...]
    short_months: tuple[str, ...]
    days: tuple[str, ...] | None = None
    """From Monday; ``None`` where we do not know how the program writes them."""


def _names(months: str, short: str, beside: str | None = None) -> DateNames:
    return DateNames(tuple(months.split()), tuple((beside or months).split()), tuple(short.split()))


ENGLISH = replace(
    _names(
        "January February March April May June July August September October November December",
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    ),
    days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
)

# By the primary language of a Windows language number, and by its two-letter tag.
_BY_NUMBER = {0x09: "en", 0x19: "ru", 0x0A: "es", 0x16: "pt", 0x07: "de", 0x0C: "fr", 0x10: "it"}
_BY_TAG = {
    "en": ENGLISH,
    "ru": _names(
        "Январь Февраль Март Апрель Май Июнь Июль Август Сентябрь Октябрь Ноябрь Декабрь",
        "янв фев мар апр май июн июл авг сен окт ноя дек",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    ),
    "es": _names(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "ene feb mar abr may jun jul ago sep oct nov dic",
    ),
    "pt": _names(
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "jan fev mar abr mai jun jul ago set out nov dez",
    ),
    "de": _names(
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Jan Feb Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    ),
    "fr": _names(
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    ),
    "it": _names(
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
        "dicembre",
        "gen feb mar apr mag giu lug ago set ott nov dic",
    ),
}


def names_in(language: str | None) -> DateNames | None:
    """Names for a format's language ("419", "ru-RU"); ``None`` for one that we do not know.

    Without a language the file leaves the names to the computer's region: English.
    """
    if language is None:
        return ENGLISH
    try:
        number = int(language, 16)
    except ValueError:
        return _BY_TAG.get(language[:2].lower())
    if number > 0xFFFF:  # another calendar or other digits
        return None
    return _BY_TAG.get(_BY_NUMBER.get(number & 0x3FF, ""))
