"""A virtual screen for the window's tests."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Self

from tests.services.process import MissingProgram, ServiceProcess, find_program

SCREEN = "1600x1000x24"


class VirtualDisplay:
    """``Xvfb`` on a free display number."""

    def __init__(self) -> None:
        self.name = ""
        self._program = find_program("Xvfb", "xvfb")
        self._folder = Path(tempfile.mkdtemp(prefix="wa-display-"))
        self._process = ServiceProcess("Xvfb", self._folder / "xvfb.log")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start it; ``name`` is then the value for ``DISPLAY``."""
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        command = [
            *(str(self._program), "-displayfd", str(writer), "-screen", "0", SCREEN),
            *("-nolisten", "tcp", "-noreset"),
        ]
        heard: list[bytes] = []

        def told() -> bool:
            try:
                heard.append(os.read(reader, 16))
            except BlockingIOError:
                return False
            return b"\n" in b"".join(heard)

        try:
            self._process.launch(command, told, pass_fds=[writer])
        finally:
            os.close(reader)
            os.close(writer)
        self.name = f":{b''.join(heard).decode().strip()}"

    def close(self) -> None:
        """Take the screen away."""
        self._process.end(signal.SIGTERM)
        shutil.rmtree(self._folder, ignore_errors=True)


def check_qt_libraries() -> None:
    """Raise ``MissingProgram`` when the system lacks a library that Qt's windows need.

    Qt itself would end the whole test run with an abort.
    """
    import PySide6

    plugin = Path(PySide6.__path__[0]) / "Qt/plugins/platforms/libqxcb.so"
    linked = subprocess.run(["ldd", plugin], capture_output=True, text=True, check=False).stdout
    if missing := sorted(set(re.findall(r"(\S+) => not found", linked))):
        raise MissingProgram(f"Qt's {', '.join(missing)}", "libxcb-cursor0 and its kin")
