"""Recipients into a draft: all of them or, when the source breaks off, none."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from wa_desktop.errors import LedgerError
from wa_desktop.ledger.imports import NewMessage
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.recipients.rows import RecipientRow, RejectedRow

log = logging.getLogger(__name__)

REJECTED_SHOWN = 100
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class FillReport:
    """What became of the rows: accepted + duplicates + opted_out + rejected_count = rows read.

    ``rejected`` holds the first 100 of them.
    """

    accepted: int = 0
    duplicates: int = 0
    opted_out: int = 0
    rejected: tuple[RejectedRow, ...] = ()
    rejected_count: int = 0


def fill(
    ledger: Ledger, contract_id: str, rows: Iterable[RecipientRow | RejectedRow]
) -> FillReport:
    """Add rows to a draft; an error of the source leaves the draft as it was and is passed on."""
    number = ledger.imports.begin(contract_id)
    accepted = duplicates = rejected_count = 0
    rejected: list[RejectedRow] = []
    own = False
    try:
        for chunk in _chunks(rows):
            good = [row for row in chunk if isinstance(row, RecipientRow)]
            bad = [row for row in chunk if isinstance(row, RejectedRow)]
            rejected_count += len(bad)
            rejected.extend(bad[: REJECTED_SHOWN - len(rejected)])
            if good:
                new = [
                    NewMessage(row.phone, row.message, row.variables, row.due_at, row.written)
                    for row in good
                ]
                own = own or any(one.body is not None or one.variables for one in new)
                added = ledger.imports.add(number, new)
                accepted += added
                duplicates += len(good) - added
        ledger.imports.finish(number, accepted, own_contents=own)
    except BaseException:
        try:
            ledger.imports.undo(number)
        except LedgerError:  # a full disk, mostly; the first error is what is told
            log.warning("Recipients that came half-way are taken out later, by the sweep.")
        raise
    return FillReport(accepted, duplicates, 0, tuple(rejected), rejected_count)


def _chunks(
    rows: Iterable[RecipientRow | RejectedRow],
) -> Iterator[list[RecipientRow | RejectedRow]]:
    source = iter(rows)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk
