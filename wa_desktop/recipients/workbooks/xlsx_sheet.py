"""The rows of one sheet of Office Open XML, read fast where its form allows."""

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from wa_desktop.recipients.workbooks.grid import HiddenColumns, SheetRow
from wa_desktop.recipients.workbooks.xlsx_cells import CellTexts
from wa_desktop.recipients.workbooks.xlsx_scan import SheetScan, Unusual
from wa_desktop.recipients.workbooks.xlsx_tree import SheetTree


def sheet_rows(stream: BinaryIO, texts: CellTexts, hidden: HiddenColumns) -> Iterator[SheetRow]:
    """Every row that holds something. Raises :class:`Damaged`."""
    passed = 0
    try:
        for row in SheetScan(texts, hidden).rows(stream):
            passed += 1
            if row is not None:
                yield row
    except Unusual:
        stream.seek(0)
    else:
        return
    for row in islice(SheetTree(texts, hidden).rows(stream), passed, None):
        if row is not None:
            yield row
