"""``wa-desktop window``, and ``wa-desktop`` alone: opens the window.

The core is loaded after the first paint, by the window's own pool; so is everything here
that would hold it up.
"""

import contextlib
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wa_desktop.commands.qt_platform import import_words, refuse_without_platform
from wa_desktop.commands.typer_app import new_app
from wa_desktop.env_files import env_files
from wa_desktop.errors import WaDesktopError

if TYPE_CHECKING:
    from wa_desktop.app import Program
    from wa_desktop.contracts.services import Services

_WITHOUT = "Without a window there are: wa-desktop demo, send, serve and worker."

app = new_app()


class Waiting:
    """What the core waits for while it opens."""

    def __init__(self) -> None:
        self.said = ""
        self._given_up = threading.Event()

    def begin(self) -> None:
        """The core is opened, perhaps once more."""
        self.said = ""
        self._given_up.clear()

    def tell(self, said: str) -> None:
        """Show what is waited for."""
        self.said = said

    def ended(self, seconds: float) -> bool:
        """Wait that long, unless nobody wants the core any more; whether that is so."""
        return self._given_up.wait(seconds)

    def give_up(self) -> None:
        """Wait no more."""
        self._given_up.set()


class Core:
    """The core's life, as the window asks for it; opened anew after a trouble."""

    def __init__(self, waiting: Waiting | None = None) -> None:
        self._program: Program | None = None
        self._waiting = waiting or Waiting()

    def open(self) -> "Services":
        """Read the settings, open ledger and queues; wrong settings are shown in the window."""
        from wa_desktop.app import Program  # noqa: PLC0415 - 500 ms, after the first paint
        from wa_desktop.commands.opening import (  # noqa: PLC0415 - 200 ms, likewise
            patience,
            settings_for,
        )

        self._waiting.begin()
        settings = settings_for()
        waits = patience(settings, self._waiting.ended, self._waiting.tell)
        self._program = Program.open(settings, waits)
        self._program.settle_key()
        return self._program.services

    def start(self) -> None:
        """Begin to send, at a pace that leaves the window time to paint."""
        from wa_desktop.app import WINDOW_PACE  # noqa: PLC0415 - see above

        assert self._program is not None
        self._program.start(pace=WINDOW_PACE)
        self._program.report()

    def stop(self) -> None:
        """Stop and close; what is on the wire gets its time."""
        program, self._program = self._program, None
        if program is not None:
            program.close()


@app.command()
def window(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Lists of recipients to begin a campaign with."),
    ] = None,
    measure_start: Annotated[
        bool,
        typer.Option("--measure-start", help="Print the time to the first paint, then quit."),
    ] = False,
) -> None:
    """Open the window."""
    refuse_without_platform(_WITHOUT)
    try:
        from wa_desktop.window.application import run_window  # noqa: PLC0415 - needs Qt's libraries
    except ImportError as error:
        raise WaDesktopError(f"{import_words(error)} {_WITHOUT}") from error
    since = _process_began() if measure_start else None
    folder = data_folder()
    waiting = Waiting()
    code = run_window(
        Core(waiting), measure_since=since, files=files or (), folder=folder, waiting=waiting
    )
    sys.stdout.flush()
    sys.stderr.flush()
    # All is closed and written. What Qt still holds is not worth a crash while it is taken down.
    os._exit(code)


def data_folder() -> Path | None:
    """The data folder; ``None`` if the settings are wrong, which the window shows.

    Only the settings files are looked at: to load the settings takes 200 ms of the first paint.
    """
    with contextlib.suppress(WaDesktopError, RuntimeError):
        return env_files().folder
    return None


def _process_began() -> float:
    import psutil  # noqa: PLC0415 - only to measure

    return psutil.Process().create_time()
