"""The rows of a message table that are chosen, and what can be done with them."""

from dataclasses import dataclass

from PySide6.QtCore import QItemSelection, QItemSelectionModel

from wa_desktop.contracts.again import MOST_IDS
from wa_desktop.ledger.states import MessageState
from wa_desktop.window.messages.table_model import MessageTableModel


@dataclass(frozen=True, slots=True)
class Selection:
    """``ids`` is empty where more rows are chosen than can be acted on one by one.

    A row that is not read yet counts as failed and as doubtful: the core takes those that are.
    """

    rows: int = 0
    ids: tuple[int, ...] = ()
    failed: int = 0
    doubtful: int = 0


NONE = Selection()


def selection_of(chosen: QItemSelection, model: MessageTableModel) -> Selection:
    """What is chosen; by ranges, since all of a million rows may be."""
    ranges = (chosen.at(place) for place in range(chosen.count()))
    spans = [(one.top(), one.bottom()) for one in ranges]
    amount = sum(last - first + 1 for first, last in spans)
    if not amount or amount > MOST_IDS:
        return Selection(amount)
    rows = [row for first, last in sorted(spans) for row in range(first, last + 1)]
    known = [model.known(row) for row in rows]
    unread = known.count(None)
    states = [one.state for one in known if one is not None]
    return Selection(
        amount,
        tuple(model.ids[row] for row in rows),
        unread + states.count(MessageState.FAILED),
        unread + states.count(MessageState.IN_DOUBT),
    )


def select_ids(
    selection: QItemSelectionModel, model: MessageTableModel, ids: tuple[int, ...]
) -> None:
    """Choose the rows of these messages that are in the table."""
    chosen = QItemSelection()
    last = model.columnCount() - 1
    for one in ids:
        row = model.row_of(one)
        if row is not None:
            chosen.select(model.index(row, 0), model.index(row, last))
    selection.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
