"""How a command ends that cannot go on: one line, no traceback, an exit code."""

import contextlib
import logging
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path

from wa_desktop.errors import NotFound, SettingsError, WaDesktopError


class ExitCode(IntEnum):
    """What a script can tell from the end of a command (2, wrong words, is Typer's own)."""

    DONE = 0
    ERROR = 1
    IMPERFECT = 3


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn what a command raises into words on stderr and exit code 1."""
    try:
        yield
    except WaDesktopError as error:
        _tell(error)
        sys.exit(ExitCode.ERROR)
    except BrokenPipeError:
        quiet_streams()
        sys.exit(ExitCode.ERROR)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        _tell_fault(error)
        sys.exit(ExitCode.ERROR)
    finally:
        # The reader of a pipe may be gone; the interpreter's own last flush would say so.
        try:
            sys.stdout.flush()
        except (OSError, ValueError):
            quiet_streams()


def quiet_streams() -> None:
    """Let what is still to be printed fall into nothing: nobody reads it any more."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(nothing, stream.fileno())


def complain(text: str) -> None:
    """A red line (or lines) on stderr."""
    with contextlib.suppress(OSError, ValueError):
        if sys.stderr.isatty() and "NO_COLOR" not in os.environ:
            text = f"\x1b[31m{text}\x1b[0m"
        print(text, file=sys.stderr, flush=True)


def _tell(error: WaDesktopError) -> None:
    prefix = "wrong setting: " if isinstance(error, SettingsError) else ""
    advice = ""
    if isinstance(error, NotFound) and error.kind in _LISTS:
        advice = f" List them: {_LISTS[error.kind]}."
    complain("\n".join(f"{prefix}{line}" for line in str(error).splitlines()) + advice)


_LISTS = {"contract": "wa-desktop contracts list", "account": "wa-desktop accounts list"}


def _tell_fault(error: Exception) -> None:
    trace = traceback.format_exc()
    name = type(error).__name__
    if logging.getLogger("wa_desktop").isEnabledFor(logging.DEBUG):
        complain(f"{trace}\nwa-desktop met an unforeseen fault ({name}).")
        return
    place = _kept(trace)
    where = f"Its details are in {place}." if place else "LOG_LEVEL=DEBUG shows its details."
    complain(f"wa-desktop met an unforeseen fault ({name}). {where} Nothing in the ledger is lost.")


def _kept(trace: str) -> Path | None:
    """The file that now holds a traceback: in the data folder, else among temporary files."""
    from wa_desktop.commands.logging_setup import masked  # noqa: PLC0415 - only when it is needed

    name = f"fault-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    for folder in (_log_folder(), Path(tempfile.gettempdir())):
        if folder is None:
            continue
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(masked(trace), encoding="utf-8")
            return path
    return None


def _log_folder() -> Path | None:
    from wa_desktop.settings import load_settings  # noqa: PLC0415 - only when it is needed

    try:
        return load_settings().home / "logs"
    except WaDesktopError:
        return None
