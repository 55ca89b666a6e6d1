"""``wa-desktop window``, and ``wa-desktop`` alone: opens the window.

The core is loaded after the first paint, by the window's own pool; so is everything here
that would hold it up.
"""

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import platformdirs
import typer

from wa_desktop.commands.qt_platform import import_words, refuse_without_platform
from wa_desktop.commands.typer_app import new_app
from wa_desktop.errors import WaDesktopError

if TYPE_CHECKING:
    from wa_desktop.app import Program
    from wa_desktop.contracts.services import Services

_WITHOUT = "Without a window there are: wa-desktop demo, send, serve and worker."

app = new_app()


class Core:
    """The core's life, as the window asks for it; opened anew after a trouble."""

    def __init__(self) -> None:
        self._program: Program | None = None

    def open(self) -> "Services":
        """Read the settings, open ledger and queues; wrong settings are shown in the window."""
        from wa_desktop.app import Program  # noqa: PLC0415 - 500 ms, after the first paint
        from wa_desktop.commands.opening import settings_for  # noqa: PLC0415 - 200 ms, likewise

        self._program = Program.open(settings_for())
        self._program.settle_key()
        return self._program.services

    def start(self) -> None:
        """Begin to send, at a pace that leaves the window time to paint."""
        from wa_desktop.app import WINDOW_PACE  # noqa: PLC0415 - see above

        assert self._program is not None
        self._program.start(pace=WINDOW_PACE)

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
    code = run_window(Core(), measure_since=since, files=files or (), folder=folder)
    sys.stdout.flush()
    sys.stderr.flush()
    # All is closed and written. What Qt still holds is not worth a crash while it is taken down.
    os._exit(code)


def data_folder() -> Path | None:
    """Where the settings say the data is; ``None`` if they are wrong, which the window shows.

    Without a ``.env`` they are not loaded for it: that takes 200 ms of the first paint.
    """
    if Path(".env").is_file():
        from wa_desktop.settings import load_settings  # noqa: PLC0415 - see above

        with contextlib.suppress(WaDesktopError):
            return load_settings().home
        return None
    named = os.environ.get("WA_DESKTOP_HOME")
    with contextlib.suppress(RuntimeError):  # ~name of a user who does not exist
        return Path(named or platformdirs.user_data_dir("wa-desktop", appauthor=False)).expanduser()
    return None


def _process_began() -> float:
    import psutil  # noqa: PLC0415 - only to measure

    return psutil.Process().create_time()
