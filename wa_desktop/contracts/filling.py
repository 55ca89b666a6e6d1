"""Recipients into a draft: all of them or, when the source breaks off, none."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from wa_desktop.errors import LedgerError
from wa_desktop.ledger.imports import NewMessage
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.recipients.found_rows import LeftOutReason, LeftOutRow, LeftOutTally
from wa_desktop.recipients.rows import ReadRow, RecipientRow, RejectedRow

log = logging.getLogger(__name__)

REJECTED_SHOWN = 100
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class FillReport:
    """What became of the rows.

    accepted + duplicates + opted_out + rejected_count + all left out = data rows. ``rejected``
    holds the first 100 of its kind. ``left_out`` counts by reason (only those that occurred),
    ``left_out_lines`` has the first lines of each. ``more_numbers`` counts the rows with further
    numbers beside the one that was taken.
    """

    accepted: int = 0
    duplicates: int = 0
    opted_out: int = 0
    rejected: tuple[RejectedRow, ...] = ()
    rejected_count: int = 0
    left_out: Mapping[LeftOutReason, int] = field(default_factory=dict)
    left_out_lines: Mapping[LeftOutReason, tuple[int, ...]] = field(default_factory=dict)
    more_numbers: int = 0


def fill(ledger: Ledger, contract_id: str, rows: Iterable[ReadRow]) -> FillReport:
    """Add rows to a draft; an error of the source leaves the draft as it was and is passed on."""
    number = ledger.imports.begin(contract_id)
    accepted = duplicates = rejected_count = more_numbers = 0
    rejected: list[RejectedRow] = []
    left_out = LeftOutTally()
    own = False
    try:
        for chunk in _chunks(rows):
            good = [row for row in chunk if isinstance(row, RecipientRow)]
            bad = [row for row in chunk if isinstance(row, RejectedRow)]
            if len(good) + len(bad) < len(chunk):
                for row in chunk:
                    if isinstance(row, LeftOutRow):
                        left_out.take(row)
            rejected_count += len(bad)
            rejected.extend(bad[: REJECTED_SHOWN - len(rejected)])
            more_numbers += sum(row.more_numbers > 0 for row in good)
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
    return FillReport(
        accepted,
        duplicates,
        0,
        tuple(rejected),
        rejected_count,
        left_out.counts,
        left_out.lines,
        more_numbers,
    )


def _chunks(rows: Iterable[ReadRow]) -> Iterator[list[ReadRow]]:
    source = iter(rows)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk
