"""Marks the places of a text where bytes did not fit its encoding."""

import codecs

MARK_FAULTS = "wa-desktop-mark-faults"
"""The name of the error handler, for ``errors=`` of any decoder."""

FAULT_MARK = "\udcff"
"""Stands for the faulty bytes. No decoder makes it of good ones: it is half a character."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return FAULT_MARK, error.end


codecs.register_error(MARK_FAULTS, _mark)
