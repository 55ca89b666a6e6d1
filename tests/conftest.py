"""What every test has: an environment of its own, a home of its own, and a watch on leaks."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import hypothesis
import pytest

from tests.leaks import Alive, end_what_is_new_since

pytest_plugins = ["tests.services.fixtures", "tests.standin.fixtures", "tests.opened"]

# Several workers share few cores, so how long one example takes means nothing.
hypothesis.settings.register_profile("wa-desktop", deadline=None, database=None)
hypothesis.settings.load_profile("wa-desktop")

# A run in the background of a shell inherits an ignored SIGINT, and so would every program
# that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

_SETTINGS = ("REDIS_", "WA_")
_SINGLE_SETTINGS = frozenset({"DATABASE_URL", "HOST", "PORT", "LOG_LEVEL"})


def _is_a_setting(name: str) -> bool:
    by_prefix = name.startswith(_SETTINGS) or name.lower().endswith("_proxy")
    return by_prefix or name in _SINGLE_SETTINGS


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--long``: run the long tests, too."""
    parser.addoption("--long", action="store_true", help="run the long tests, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long tests, unless they are asked for or a test is named."""
    if config.getoption("--long") or any("::" in word for word in config.args):
        return
    left_out = [item for item in items if _is_long(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not _is_long(item)]


def _is_long(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("long")
    if marker is None:
        return False
    return not marker.args or any(part in item.name for part in marker.args)


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[None]:
    """Fail a test that leaves child processes or threads behind."""
    before = Alive.now()
    yield
    left = end_what_is_new_since(before)
    if left:
        pytest.fail(f"The test left behind: {'; '.join(left)}", pytrace=False)


@pytest.fixture(autouse=True)
def home(
    no_leaks: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """The test's own data folder, in an environment without settings of whoever runs it.

    The working folder is an empty one, so that no file of a developer is found in it.
    """
    folder = Path(mkdtemp(prefix="home-", dir=tmp_path_factory.getbasetemp()))
    for name in list(os.environ):
        if _is_a_setting(name):
            monkeypatch.delenv(name)
    for name, value in (
        ("LANG", "C.UTF-8"),
        ("LC_ALL", "C.UTF-8"),
        ("XDG_CONFIG_HOME", str(folder / "config")),
        ("XDG_DATA_HOME", str(folder / "data")),
        ("WA_DESKTOP_HOME", str(folder / "wa-desktop")),
    ):
        monkeypatch.setenv(name, value)
    (folder / "cwd").mkdir()
    monkeypatch.chdir(folder / "cwd")
    yield folder / "wa-desktop"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def qapp_args(display: str) -> list[str]:
    """The words that Qt's application starts with; asking for them brings a screen."""
    return ["wa-desktop"]
