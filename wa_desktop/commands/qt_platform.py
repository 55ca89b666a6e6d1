"""Whether Qt can open a window on this Linux desktop, found out before Qt is loaded.

Qt itself ends the process with an abort where no platform plugin works.
"""

import ctypes
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from wa_desktop.commands.qt_libraries import (
    LIBRARIES,
    Family,
    family_of_this_system,
    missing_libraries,
    packages,
    platforms_folder,
    plugin_of,
)
from wa_desktop.errors import WaDesktopError

_SHOWN = 3
"""Libraries that are named; of more, the first one stands for all."""


def refuse_without_platform(without: str) -> None:
    """Raise ``WaDesktopError`` in one line where no window can open.

    ``without``: what works without a window.
    """
    fault = _fault(os.environ) if sys.platform == "linux" else None
    if fault is not None:
        raise WaDesktopError(f"{fault} {without}")


def lacking_libraries(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The libraries without which no platform of this desktop can be loaded; where there is no
    desktop, those that X11 lacks."""
    folder = platforms_folder() if sys.platform == "linux" else None
    lacking: list[tuple[str, ...]] = []
    for platform in _candidates(environment) or ("xcb",):
        plugin = plugin_of(platform, folder) if folder is not None else None
        if plugin is not None:
            lacking.append(missing_libraries(plugin, platform))
    return min(lacking, key=len, default=())


def missing_words(sonames: tuple[str, ...], family: Family | None) -> str:
    """That libraries are missing, and how to install them."""
    if len(sonames) == 1:
        lacking, them = f"the library {sonames[0]} is missing", "it"
    elif len(sonames) <= _SHOWN:
        lacking, them = f"the libraries {', '.join(sonames)} are missing", "them"
    else:
        lacking, them = f"{len(sonames)} libraries are missing ({sonames[0]}, …)", "them"
    return f"The window cannot open: {lacking}. Install {them}: {install_words(sonames, family)}."


def install_words(sonames: tuple[str, ...], family: Family | None) -> str:
    """How the packages of libraries are installed on a system."""
    if family is not None:
        return f"{family.value} {' '.join(packages(sonames, family))}"
    debian = " ".join(packages(sonames, Family.DEBIAN))
    fedora = " ".join(packages(sonames, Family.FEDORA))
    return f"the packages are {debian} on Debian and Ubuntu, {fedora} on Fedora"


def import_words(error: ImportError) -> str:
    """That Qt's own modules cannot be loaded, with the package if the library is known."""
    soname = str(error).split(":")[0]
    if any(one.soname == soname for one in LIBRARIES):
        return missing_words((soname,), family_of_this_system())
    return (
        f"The window cannot open: Qt cannot be loaded ({error}). "
        "Install wa-desktop again with: pip install --force-reinstall ."
    )


def _fault(environment: Mapping[str, str]) -> str | None:
    """Why no platform works; ``None``: one does, or Qt must find out itself."""
    candidates = _candidates(environment)
    if not candidates:
        return (
            "There is no display for the window (DISPLAY and WAYLAND_DISPLAY are empty). "
            "Start it on a desktop."
        )
    folder = platforms_folder()
    elsewhere = environment.get("QT_QPA_PLATFORM_PLUGIN_PATH") or environment.get("QT_PLUGIN_PATH")
    if folder is None or elsewhere:
        return None
    lacking: list[tuple[str, ...]] = []
    silent: list[str] = []
    for platform in candidates:
        plugin = plugin_of(platform, folder)
        if plugin is None:
            continue
        if missing := missing_libraries(plugin, platform):
            lacking.append(missing)
        elif (display := _silent_display(platform, environment)) is not None:
            silent.append(display)
        else:
            return None
    if lacking:
        return missing_words(min(lacking, key=len), family_of_this_system())
    if silent:
        return (
            f"The window cannot open: the display {silent[-1]} does not answer. "
            "Start it on a desktop, as the user who is logged in there."
        )
    return _unknown_platform(candidates, folder)


def _candidates(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The platforms that Qt tries, in its order."""
    chosen = environment.get("QT_QPA_PLATFORM", "")
    if chosen:
        names = tuple(one.split(":")[0] for one in chosen.split(";") if one)
        has_display = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
        return names if has_display or not {"xcb", "wayland"}.issuperset(names) else ()
    wayland, x11 = environment.get("WAYLAND_DISPLAY"), environment.get("DISPLAY")
    return (*(("wayland",) if wayland else ()), *(("xcb",) if x11 else ()))


def _unknown_platform(candidates: tuple[str, ...], folder: Path) -> str:
    known = sorted(one.stem.removeprefix("libq") for one in folder.glob("libq*.so"))
    return (
        f"The window cannot open: QT_QPA_PLATFORM is {';'.join(candidates)}, which Qt does not "
        f"have. Remove it, or set it to one of: {', '.join(known)}."
    )


def _silent_display(platform: str, environment: Mapping[str, str]) -> str | None:
    """The display that a loaded platform cannot reach; ``None``: it answers, or needs none."""
    if platform == "xcb":
        return None if _x11_answers() else environment.get("DISPLAY", "")
    if platform.startswith("wayland"):
        name = environment.get("WAYLAND_DISPLAY") or "wayland-0"
        return None if _wayland_answers(name, environment) else name
    return None


def _x11_answers() -> bool:
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    try:
        return not xcb.xcb_connection_has_error(connection)
    finally:
        xcb.xcb_disconnect(connection)


def _wayland_answers(name: str, environment: Mapping[str, str]) -> bool:
    """By its socket: the library for it complains on stderr."""
    if environment.get("WAYLAND_SOCKET"):
        return True  # a connection that was handed over
    folder = environment.get("XDG_RUNTIME_DIR", "")
    if not Path(folder).is_absolute() and not Path(name).is_absolute():
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(Path(folder) / name))
        except OSError:
            return False
    return True
