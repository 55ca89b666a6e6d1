"""What a computer is known by: an id that outlives a new name, a new address and an update."""

import ctypes
import importlib
import socket
import sys
import uuid
from functools import cache
from hashlib import blake2b
from pathlib import Path

_LINUX = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_ID_BYTES = 16


@cache
def machine_id() -> str | None:
    """The system's own id, hashed: it is nobody else's business. ``None`` where there is none, as
    in many containers."""
    try:
        found = _SOURCES.get(sys.platform, _of_linux)()
    except (OSError, AttributeError, ValueError):
        return None
    if not found:
        return None
    return blake2b(found.encode(), digest_size=_ID_BYTES, key=b"wa-desktop").hexdigest()


def computer_name() -> str:
    """What people call it; only ever shown."""
    return socket.gethostname()


def _of_linux() -> str:
    """Empty where no file tells; a container's own file may be empty, or say "uninitialized"."""
    for path in _LINUX:
        try:
            found = path.read_text(errors="replace").strip()
        except OSError:
            continue
        if len(found) >= 2 * _ID_BYTES:
            return found
    return ""


def _of_macos() -> str:
    """The id of the hardware, as IOPlatformUUID."""
    number, wait = (ctypes.c_ubyte * _ID_BYTES)(), (ctypes.c_long * 2)(1, 0)
    if ctypes.CDLL(None).gethostuuid(number, wait):
        return ""
    return str(uuid.UUID(bytes=bytes(number)))


def _of_windows() -> str:
    """What the installation of Windows was given."""
    winreg = importlib.import_module("winreg")  # only there, also for the type checker
    access = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
    place = r"SOFTWARE\Microsoft\Cryptography"
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place, 0, access) as key:
        return str(winreg.QueryValueEx(key, "MachineGuid")[0])


_SOURCES = {"darwin": _of_macos, "win32": _of_windows}
