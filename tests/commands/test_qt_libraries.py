"""A Linux system on which Qt cannot open a window is named in one line, without Qt's abort."""

import sys
from pathlib import Path

import pytest

from tests.commands.running import Ended, run_apart
from wa_desktop.commands.qt_libraries import (
    LIBRARIES,
    Family,
    missing_libraries,
    packages,
    platforms_folder,
    plugin_of,
)
from wa_desktop.commands.qt_platform import missing_words

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's libraries")


@pytest.fixture
def hidden(tmp_path: Path) -> Path:
    """A folder in which an empty file takes the place of a library of the system."""
    folder = tmp_path / "libraries"
    folder.mkdir()
    return folder


def _window(display: str, hidden: Path, *sonames: str, **extra: str) -> Ended:
    for one in sonames:
        (hidden / one).touch()
    environment = {"DISPLAY": display, "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    return run_apart(
        "--measure-start", extra=environment | {"LD_LIBRARY_PATH": str(hidden)} | extra
    )


@pytest.mark.window
@pytest.mark.parametrize(
    "soname",
    ["libxcb-cursor.so.0", "libxcb-icccm.so.4", "libxkbcommon-x11.so.0", "libEGL.so.1"],
)
def test_a_missing_library_is_one_line_that_names_its_package(
    display: str, hidden: Path, soname: str
) -> None:
    ended = _window(display, hidden, soname)

    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert f"the library {soname} is missing" in ended.err
    package = next(one.debian for one in LIBRARIES if one.soname == soname)
    assert package in ended.err
    assert ended.out == ""


@pytest.mark.window
def test_a_system_with_its_libraries_opens_the_window(display: str, hidden: Path) -> None:
    ended = _window(display, hidden)

    assert ended.code == 0, ended.err
    assert "first paint" in ended.out


@pytest.mark.window
def test_the_window_opens_under_x11_where_wayland_cannot_be_used(
    display: str, hidden: Path
) -> None:
    ended = _window(display, hidden, "libwayland-cursor.so.0", WAYLAND_DISPLAY="wayland-0")

    assert ended.code == 0, ended.err


@pytest.mark.window
def test_wayland_without_its_libraries_and_without_x11_names_them(hidden: Path) -> None:
    ended = _window("", hidden, "libwayland-cursor.so.0", WAYLAND_DISPLAY="wayland-0")

    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert "libwayland-cursor0" in ended.err


@pytest.mark.window
@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_display_that_does_not_answer_is_one_line(
    hidden: Path, tmp_path: Path, name: str
) -> None:
    given = {"DISPLAY": ":54321", "WAYLAND_DISPLAY": "gone"}
    extra = {"XDG_RUNTIME_DIR": str(tmp_path), name: given[name]}
    ended = _window("", hidden, **extra)

    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert f"the display {given[name]} does not answer" in ended.err


@pytest.mark.window
def test_a_platform_that_qt_does_not_have_is_one_line(display: str, hidden: Path) -> None:
    ended = _window(display, hidden, QT_QPA_PLATFORM="x11")

    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert "QT_QPA_PLATFORM is x11" in ended.err
    assert "xcb" in ended.err


@pytest.mark.long
@pytest.mark.window
def test_a_system_without_fonts_says_which_package_has_some(
    display: str, hidden: Path, tmp_path: Path
) -> None:
    none = tmp_path / "fonts.conf"
    none.write_text(f"<fontconfig><cachedir>{tmp_path}</cachedir></fontconfig>")

    ended = _window(display, hidden, FONTCONFIG_FILE=str(none))

    assert ended.code == 0
    assert "fonts-dejavu-core" in ended.err
    assert "fonts-dejavu-core" not in _window(display, hidden).err


def test_doctor_names_a_missing_library_with_its_package(hidden: Path) -> None:
    (hidden / "libxcb-cursor.so.0").touch()
    extra = {"LD_LIBRARY_PATH": str(hidden), "QT_QPA_PLATFORM": "", "DISPLAY": ":1"}

    ended = run_apart("doctor", extra=extra)

    assert ended.code == 0
    assert "libxcb-cursor.so.0 missing" in ended.out
    assert "libxcb-cursor0" in ended.out


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        (Family.DEBIAN, "sudo apt install libxcb-cursor0"),
        (Family.FEDORA, "sudo dnf install xcb-util-cursor"),
        (Family.ARCH, "sudo pacman -S xcb-util-cursor"),
        (Family.SUSE, "sudo zypper install libxcb-cursor0"),
        (None, "libxcb-cursor0 on Debian and Ubuntu, xcb-util-cursor on Fedora"),
    ],
)
def test_each_system_reads_the_name_of_its_own_package(
    family: Family | None, expected: str
) -> None:
    assert f"{expected}." in missing_words(("libxcb-cursor.so.0",), family)


def test_many_missing_libraries_are_one_line_with_every_package() -> None:
    sonames = tuple(one.soname for one in LIBRARIES)

    told = missing_words(sonames, Family.FEDORA)

    assert f"{len(sonames)} libraries are missing (libEGL.so.1, …)" in told
    assert told.count("xcb-util-cursor") == 1
    assert told.count(" libxcb ") == 1


def test_a_library_that_the_list_does_not_have_is_named_itself() -> None:
    assert packages(["libnew.so.2"], Family.DEBIAN) == ("libnew.so.2",)


@pytest.mark.parametrize("platform", ["xcb", "wayland", "offscreen"])
def test_the_plugins_of_this_system_can_be_loaded(platform: str) -> None:
    folder = platforms_folder()
    assert folder is not None
    plugin = plugin_of(platform, folder)
    assert plugin is not None
    assert missing_libraries(plugin, platform) == ()


@pytest.mark.parametrize("name", ["xcb", "wayland"])
def test_the_list_has_every_library_that_a_plugin_links_to(name: str) -> None:
    folder = platforms_folder()
    assert folder is not None
    plugin = plugin_of(name, folder)
    assert plugin is not None
    listed = {one.soname.encode() for one in LIBRARIES if one.only in ("", name)}
    # What the C library and the compiler bring is on every system; Qt's own is in the wheel.
    common = (b"libc.so.", b"libm.so.", b"libstdc++.", b"libgcc_s.", b"libpthread.", b"libQt6")
    assert {one for one in _linked(plugin) if not one.startswith(common)} <= listed


def _linked(plugin: Path) -> set[bytes]:
    """The libraries that an ELF file names, as they lie in its table of strings."""
    pieces = plugin.read_bytes().split(b"\0")
    return {one for one in pieces if one.startswith(b"lib") and b".so." in one}
