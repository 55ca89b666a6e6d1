"""Numbers without a format of their own, as a spreadsheet program shows them."""

from decimal import ROUND_HALF_UP, Context, Decimal

# A spreadsheet program keeps 15 significant digits; a double's 16th and 17th are noise.
SIGNIFICANT_DIGITS = 15
_MOST_WHOLE = 10**16  # above it a double no longer holds every digit
_SHOWN_CHARACTERS = 11  # with the point: what the format General shows in a wide cell
_FEWEST_DECIMALS = 2  # an amount of a thousand million keeps its cents
_ROUNDING = Context(prec=1_000, rounding=ROUND_HALF_UP)


def exact(value: float) -> Decimal:
    """A finite number with the 15 digits that a spreadsheet program keeps."""
    return Decimal(format(value, f".{SIGNIFICANT_DIGITS}g"))


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Half away from zero, as spreadsheet programs round."""
    return value.quantize(Decimal(1).scaleb(-decimals), context=_ROUNDING)


def general_text(value: float) -> str:
    """A finite number in the format General.

    Whole numbers keep all digits, however narrow the cell (a phone number never becomes
    7.9E+10); others are rounded to eleven characters, but keep at least two decimals.
    """
    if value.is_integer() and abs(value) < _MOST_WHOLE:
        return str(int(value))
    kept = exact(value)
    if abs(value) >= _MOST_WHOLE:
        return format(value, f".{SIGNIFICANT_DIGITS}g").replace("e", "E")
    whole_digits = len(str(abs(int(kept))))
    decimals = max(_SHOWN_CHARACTERS - 1 - whole_digits, _FEWEST_DECIMALS)
    exponent = kept.as_tuple().exponent
    assert isinstance(exponent, int)
    if -exponent <= decimals:
        return _plain(kept)
    shown = rounded(kept, decimals)
    return _plain(shown) if shown else str(kept)


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
