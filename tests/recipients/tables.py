"""What the tests of recipients share: tables of text without a file."""

from wa_desktop.recipients.files import Table, open_table
from wa_desktop.recipients.found_rows import LeftOutReason, LeftOutRow, Row


def rows_of(table: Table) -> list[Row]:
    """The rows that are not left out."""
    return [row for row in table if not isinstance(row, LeftOutRow)]


def cells_of(text: str, **options: object) -> list[tuple[str, ...]]:
    """The cells of a text's data rows."""
    return [cells for _, cells in rows_of(open_table(text.encode(), **options))]  # type: ignore[arg-type]


def left_out(table: Table) -> dict[int, LeftOutReason]:
    """The rows that are left out, by line."""
    return {row.line: row.reason for row in table if isinstance(row, LeftOutRow)}
