"""Places in a list, as opaque texts that a caller hands back for the next page."""

import base64

from wa_desktop.errors import InvalidInput


def encode_cursor(key: int) -> str:
    """A place in a list as an opaque text."""
    return base64.urlsafe_b64encode(str(key).encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> int:
    """The place again; ``InvalidInput`` for a text that is none."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = int(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError as error:
        raise InvalidInput("The cursor is not one that this program gave out.") from error
    if not 0 <= key < 2**63:
        raise InvalidInput("The cursor is not one that this program gave out.")
    return key
