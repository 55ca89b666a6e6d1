"""What commands print: plain text in a pipe, tables and a progress bar on a terminal.

Results go to stdout, what is told on the way to stderr, so that ``--json`` stays whole.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Self

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from wa_desktop.ledger.records import Contract, Counts

_STEP = 10
"""Percent between two lines of progress where there is no terminal."""


def plain(text: object) -> str:
    """The text without what a terminal would act on: a name in a list may hold anything."""
    return "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in str(text))


def say(text: str = "") -> None:
    """A line of the result."""
    print(plain(text), flush=True)


def remark(text: str) -> None:
    """A line on the way to the result."""
    print(plain(text), file=sys.stderr, flush=True)


def print_json(value: object) -> None:
    """The result as JSON, for scripts."""
    print(json.dumps(value, ensure_ascii=False, indent=2), flush=True)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Rows under their titles; in a pipe one line each, with tabs between the cells."""
    cells = [[plain("" if cell is None else cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(columns), *cells]:
            print("\t".join(one.replace("\t", " ").replace("\n", " ") for one in row))
        return
    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in cells:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)


def print_fields(fields: Mapping[str, object]) -> None:
    """Names and values, one pair a line; what is not known is left out."""
    known = {name: value for name, value in fields.items() if value is not None}
    width = max(map(len, known), default=0) + 2
    for name, value in known.items():
        say(f"{name + ':':<{width}}{value}")


def counted(amount: int, one: str, many: str) -> str:
    """``1 message``, ``2,000 messages``."""
    return f"{amount:,} {one if amount == 1 else many}"


def counts_text(counts: Counts) -> str:
    """The counts of a campaign in one line; what is nought is left out, but for sent."""
    parts = [
        ("sent", counts.completed),
        ("held by the provider", counts.held),
        ("failed", counts.failed),
        ("in doubt", counts.in_doubt),
    ]
    parts += [("skipped", counts.skipped), ("waiting", counts.remaining)]
    shown = [f"{amount:,} {word}" for word, amount in parts if amount or word == "sent"]
    return f"{', '.join(shown)} (of {counts.total:,})"


class CampaignProgress:
    """A bar on a terminal, else a line at each tenth; both on stderr."""

    def __init__(self, name: str) -> None:
        self._name = plain(name)
        self._bar: Progress | None = None
        self._task: Any = None
        self._next_percent = 0

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[detail]}", markup=False),
                TimeRemainingColumn(),
                console=Console(stderr=True, highlight=False),
                # Results are printed after the bar, so stdout needs no detour.
                redirect_stdout=False,
            )
            self._task = self._bar.add_task(self._name, total=None, detail="")
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, contract: Contract) -> None:
        """Show how far a campaign has come."""
        counts = contract.counts
        if self._bar is not None:
            self._bar.update(
                self._task,
                total=counts.total,
                completed=counts.total - counts.remaining,
                detail=_trouble_counts(counts),
            )
        elif counts.progress >= self._next_percent:
            self._next_percent = counts.progress // _STEP * _STEP + _STEP
            remark(f"{self._name}: {counts.progress} %, {counts_text(counts)}")


def _trouble_counts(counts: Counts) -> str:
    parts = (("failed", counts.failed), ("in doubt", counts.in_doubt), ("skipped", counts.skipped))
    return ", ".join(f"{amount:,} {word}" for word, amount in parts if amount)
