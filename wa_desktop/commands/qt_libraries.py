"""The libraries of a Linux system that Qt's windows need: which are missing, and their packages.

The one list of them: ``packaging/setup.sh`` runs this module. It loads nothing of Python's Qt.
"""

import ctypes
import importlib.util
import platform as system
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Family(Enum):
    """Systems whose packages have the same names; the value is how they are installed."""

    DEBIAN = "sudo apt install"
    FEDORA = "sudo dnf install"
    ARCH = "sudo pacman -S"
    SUSE = "sudo zypper install"


@dataclass(frozen=True, slots=True)
class Library:
    """A shared library with the packages that bring it. ``only``: the one Qt platform that
    needs it; blank: each does."""

    soname: str
    debian: str
    fedora: str
    arch: str
    suse: str
    only: str = ""

    def package(self, family: Family) -> str:
        """The name of its package."""
        return str(getattr(self, family.name.lower()))


def _xcb_part(name: str) -> Library:
    """A part of libxcb itself: Debian and openSUSE have a package for each."""
    version = 1 if name in ("sync", "xkb") else 0
    each = f"libxcb-{name}{version}"
    return Library(f"libxcb-{name}.so.{version}", each, "libxcb", "libxcb", each, "xcb")


LIBRARIES = (
    Library("libEGL.so.1", "libegl1", "libglvnd-egl", "libglvnd", "Mesa-libEGL1"),
    Library("libGL.so.1", "libgl1", "libglvnd-glx", "libglvnd", "Mesa-libGL1"),
    Library("libglib-2.0.so.0", "libglib2.0-0", "glib2", "glib2", "libglib-2_0-0"),
    Library("libgthread-2.0.so.0", "libglib2.0-0", "glib2", "glib2", "libgthread-2_0-0"),
    Library("libdbus-1.so.3", "libdbus-1-3", "dbus-libs", "dbus", "libdbus-1-3"),
    Library("libfontconfig.so.1", "libfontconfig1", "fontconfig", "fontconfig", "libfontconfig1"),
    Library("libfreetype.so.6", "libfreetype6", "freetype", "freetype2", "libfreetype6"),
    Library("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon", "libxkbcommon", "libxkbcommon0"),
    Library("libX11.so.6", "libx11-6", "libX11", "libx11", "libX11-6"),
    Library("libX11-xcb.so.1", "libx11-xcb1", "libX11-xcb", "libx11", "libX11-xcb1", "xcb"),
    Library(
        "libxkbcommon-x11.so.0",
        *("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11", "libxkbcommon-x11-0"),
        only="xcb",
    ),
    Library("libxcb.so.1", "libxcb1", "libxcb", "libxcb", "libxcb1", "xcb"),
    Library(
        "libxcb-cursor.so.0",
        *("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor", "libxcb-cursor0"),
        only="xcb",
    ),
    Library(
        "libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm", "xcb-util-wm", "libxcb-icccm4", "xcb"
    ),
    Library(
        "libxcb-image.so.0",
        *("libxcb-image0", "xcb-util-image", "xcb-util-image", "libxcb-image0"),
        only="xcb",
    ),
    Library(
        "libxcb-keysyms.so.1",
        *("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms", "libxcb-keysyms1"),
        only="xcb",
    ),
    Library(
        "libxcb-render-util.so.0",
        *("libxcb-render-util0", "xcb-util-renderutil"),
        *("xcb-util-renderutil", "libxcb-render-util0"),
        only="xcb",
    ),
    Library("libxcb-util.so.1", "libxcb-util1", "xcb-util", "xcb-util", "libxcb-util1", "xcb"),
    *map(_xcb_part, ("randr", "render", "shape", "shm", "sync", "xfixes", "xkb")),
    Library(
        "libwayland-client.so.0",
        *("libwayland-client0", "libwayland-client", "wayland", "libwayland-client0"),
        only="wayland",
    ),
    Library(
        "libwayland-cursor.so.0",
        *("libwayland-cursor0", "libwayland-cursor", "wayland", "libwayland-cursor0"),
        only="wayland",
    ),
    Library(
        "libwayland-egl.so.1",
        *("libwayland-egl1", "libwayland-egl", "wayland", "libwayland-egl1"),
        only="wayland",
    ),
)


def platforms_folder() -> Path | None:
    """Where the platform plugins of an installed PySide6 wheel are; ``None``: elsewhere, as a
    distribution's own PySide6 has them, whose package brings its libraries."""
    spec = importlib.util.find_spec("PySide6")
    places = spec.submodule_search_locations if spec is not None else None
    for place in places or ():
        folder = Path(place) / "Qt" / "plugins" / "platforms"
        if folder.is_dir():
            return folder
    return None


def plugin_of(platform: str, folder: Path) -> Path | None:
    """The plugin that Qt loads for a platform such as ``xcb``; ``None``: there is none."""
    # Before Qt 6.10 there was one plugin for each way to draw under Wayland.
    names = ("wayland", "wayland-generic") if platform.startswith("wayland") else (platform,)
    found = (folder / f"libq{name}.so" for name in names)
    return next((one for one in found if one.is_file()), None)


def missing_libraries(plugin: Path, platform: str) -> tuple[str, ...]:
    """The sonames that keep a platform's plugin from being loaded; none: it is loaded now.

    What is loaded stays loaded: Qt takes the same libraries a moment later.
    """
    refusal = _refusal(str(plugin))
    if refusal is None:
        return ()
    wanted = [one.soname for one in LIBRARIES if one.only in ("", platform.split("-", 1)[0])]
    missing = tuple(one for one in wanted if _refusal(one) is not None)
    # The loader names the first one: "libfoo.so.1: cannot open shared object file: …".
    return missing or (Path(refusal.split(":")[0]).name,)


def packages(sonames: Iterable[str], family: Family) -> tuple[str, ...]:
    """The packages that bring these libraries, each once; an unknown library stays as it is."""
    known = {one.soname: one for one in LIBRARIES}
    return tuple(
        dict.fromkeys(known[one].package(family) if one in known else one for one in sonames)
    )


def family_of_this_system() -> Family | None:
    """Whose names this system's packages have; ``None``: unknown."""
    try:
        told = system.freedesktop_os_release()
    except OSError:
        return None
    names = [told.get("ID", ""), *told.get("ID_LIKE", "").split()]
    families = {
        ("debian", "ubuntu"): Family.DEBIAN,
        ("fedora", "rhel", "centos"): Family.FEDORA,
        ("arch",): Family.ARCH,
        ("suse", "opensuse", "sles"): Family.SUSE,
    }
    for name in names:
        for group, family in families.items():
            if name.split("-")[0] in group:
                return family
    return None


def _refusal(name: str) -> str | None:
    """Why the loader cannot load a library; ``None``: it can."""
    try:
        ctypes.CDLL(name)
    except OSError as error:
        return str(error)
    return None


def main(words: Sequence[str]) -> None:
    """Print Debian's packages for a platform if any library is missing, one a line."""
    (platform,) = words
    folder = platforms_folder()
    plugin = plugin_of(platform, folder) if folder is not None else None
    if plugin is None or not missing_libraries(plugin, platform):
        return
    wanted = [one.soname for one in LIBRARIES if one.only in ("", platform)]
    print("\n".join(packages(wanted, Family.DEBIAN)))


if __name__ == "__main__":
    main(sys.argv[1:])
