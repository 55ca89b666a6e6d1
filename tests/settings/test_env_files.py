"""Settings files: which are read, in which order, and which are not."""

import os
import sys
from pathlib import Path

import pytest

from tests.commands.running import Running, run, run_apart
from wa_desktop.commands.window import data_folder
from wa_desktop.errors import SettingsError
from wa_desktop.settings import load_settings

_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such owners and modes")
_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away"
)


@pytest.fixture
def no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names no data folder."""
    monkeypatch.delenv("WA_DESKTOP_HOME")


def _in_home(home: Path, text: str) -> Path:
    home.mkdir(exist_ok=True)
    file = home / ".env"
    file.write_text(text, encoding="utf-8")
    return file


def _checks(*before: object) -> list[dict[str, str]]:
    """What ``doctor`` finds about settings files."""
    ended = run(*before, "doctor", "--json")
    assert ended.code == 0, ended.out + ended.err
    found: list[dict[str, str]] = ended.json["checks"]
    return [one for one in found if one["subject"] == "settings file"]


def test_the_file_in_the_data_folder_is_read_and_the_environment_goes_before_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_home(home, "\ufeffPORT=6001\nHOST=0.0.0.0\nOTHER=1\n")
    monkeypatch.setenv("PORT", "7001")
    settings = load_settings()
    assert (settings.host, settings.port) == ("0.0.0.0", 7001)


@pytest.mark.parametrize("relative", [False, True])
def test_the_named_file_goes_before_the_one_in_the_data_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch, relative: bool
) -> None:
    _in_home(home, "PORT=6001\nHOST=::1\n")
    Path("mine.txt").write_text("PORT=7001\n")
    monkeypatch.setenv("WA_DESKTOP_ENV", "mine.txt" if relative else str(Path.cwd() / "mine.txt"))
    settings = load_settings()
    assert (settings.host, settings.port) == ("::1", 7001)


def test_a_file_in_the_working_folder_chooses_nothing(home: Path) -> None:
    Path(".env").write_text(
        "REDIS_URL=redis://evil.example/0\nDATABASE_URL=postgresql://evil.example/x\n"
        "WA_SECRET_KEY=evil-evil-evil-evil\nWA_DESKTOP_HOME=elsewhere\nPORT=nonsense\n"
    )
    settings = load_settings()
    assert (settings.redis, settings.secret_key, settings.port) == (None, None, 5001)
    assert settings.ledger_url == f"sqlite:///{home}/ledger.db"
    assert data_folder() == home


@pytest.mark.parametrize("command", [("contracts", "list"), ("accounts", "list"), ("worker",)])
def test_no_command_reads_the_working_folder_and_each_names_the_ignored_file(
    home: Path, command: tuple[str, ...]
) -> None:
    Path(".env").write_text("WA_DESKTOP_HOME=elsewhere\nLOG_LEVEL=nonsense\n")
    if command == ("worker",):
        with Running(*command) as process:
            assert process.first_line().startswith("Worker started")
            said = process.error_line()
    else:
        said = run_apart(*command).err
    assert f"{Path.cwd() / '.env'} is ignored" in said
    assert home.is_dir()
    assert not Path("elsewhere").exists()


def test_the_details_of_a_fault_go_to_the_data_folder(home: Path) -> None:
    Path(".env").write_text("WA_DESKTOP_HOME=elsewhere\n")
    script = (
        "from wa_desktop.commands import faults\n"
        "with faults.told():\n    raise RuntimeError('unforeseen')\n"
    )
    Path("fault.py").write_text(script)
    assert os.spawnl(os.P_WAIT, sys.executable, sys.executable, "fault.py") == 1
    assert len(list((home / "logs").glob("fault-*.txt"))) == 1
    assert not Path("elsewhere").exists()


def test_the_option_names_a_file_for_every_command(no_home: None, tmp_path: Path) -> None:
    other = tmp_path / "other"
    file = tmp_path / "production.env"
    file.write_text(f"WA_DESKTOP_HOME={other}\n")
    assert run("--env", file, "contracts", "list").code == 0
    assert (other / "ledger.db").is_file()


def test_the_option_goes_before_the_variable(no_home: None, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).write_text(f"WA_DESKTOP_HOME={tmp_path / 'home'}-{name}\n")
    variable = {"WA_DESKTOP_ENV": str(tmp_path / "first")}
    ended = run("--env", tmp_path / "second", "doctor", extra=variable)
    assert "home-second" in ended.out
    assert "home-first" not in ended.out


def test_the_data_folder_of_a_named_file_has_a_file_that_is_read(
    no_home: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_home(tmp_path / "other", "PORT=6001\n")
    (tmp_path / "named").write_text(f"WA_DESKTOP_HOME={tmp_path / 'other'}\n")
    monkeypatch.setenv("WA_DESKTOP_ENV", str(tmp_path / "named"))
    assert load_settings().port == 6001


@pytest.mark.parametrize(
    ("name", "said"), [("missing", "does not exist"), ("~nobody-of-that-name/x", "cannot be read")]
)
def test_a_named_file_that_is_missing_is_an_error(name: str, said: str) -> None:
    ended = run("contracts", "list", extra={"WA_DESKTOP_ENV": name})
    assert ended.code == 1
    assert "WA_DESKTOP_ENV" in ended.err
    assert name in ended.err
    assert said in ended.err


def test_a_named_folder_is_an_error(tmp_path: Path) -> None:
    ended = run("contracts", "list", extra={"WA_DESKTOP_ENV": str(tmp_path)})
    assert ended.code == 1
    assert f"WA_DESKTOP_ENV: found '{tmp_path}', which is not a file" in ended.err


def test_a_missing_file_after_the_option_is_a_usage_error(home: Path) -> None:
    ended = run("--env", "missing", "contracts", "list")
    assert ended.code == 2
    assert "'--env': file 'missing' does not exist" in ended.err.replace("File", "file")
    assert not home.exists()


@pytest.mark.parametrize("named", [False, True])
def test_a_file_that_is_not_text_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    file = _in_home(home, "")
    if named:
        file = file.rename(home / "named")
        monkeypatch.setenv("WA_DESKTOP_ENV", str(file))
    file.write_bytes(b"PORT=\xff\xfe")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{file}: found a file that cannot be read (not UTF-8)")


def test_the_file_in_the_data_folder_cannot_move_it(home: Path) -> None:
    _in_home(home, "WA_DESKTOP_HOME=elsewhere\nWA_DESKTOP_ENV=nowhere\nPORT=6001\n")
    settings = load_settings()
    assert (settings.home, settings.port) == (home, 6001)
    read, env, moved = _checks()
    assert (read["level"], read["text"]) == ("ok", str(home / ".env"))
    assert moved["level"] == env["level"] == "warning"
    assert moved["text"].startswith(f"WA_DESKTOP_HOME in {home / '.env'} has no effect")
    assert env["text"].startswith(f"WA_DESKTOP_ENV in {home / '.env'} has no effect")


def test_doctor_names_a_file_in_the_working_folder_that_is_ignored(home: Path) -> None:
    Path(".env").write_text("DATABASE_URL=postgresql://u:hushhush@host/x\n")
    (found,) = _checks()
    assert found["level"] == "warning"
    assert str(Path.cwd() / ".env") in found["text"]
    assert str(home / ".env") in found["advice"]
    assert "hush" not in str(found)


def test_a_file_in_the_working_folder_that_is_named_is_not_ignored() -> None:
    Path(".env").write_text("PORT=6001\n")
    (found,) = _checks("--env", ".env")
    assert (found["level"], found["text"]) == ("ok", str(Path.cwd() / ".env"))


@pytest.mark.parametrize("content", [b"SOME_THING=1\n", b"", b"\xff\xfe"])
def test_a_file_of_another_program_in_the_working_folder_is_not_mentioned(content: bytes) -> None:
    Path(".env").write_bytes(content)
    assert _checks() == []


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("DATABSE_URL", "DATABASE_URL"),
        ("WA_API_TOKN", "WA_API_TOKEN"),
        ("API_TOKEN", "WA_API_TOKEN"),
        ("database_url", "DATABASE_URL"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("WA_DESKTOP_HOEM", "WA_DESKTOP_HOME"),
    ],
)
def test_a_misspelt_name_in_a_settings_file_is_named_with_the_right_one(
    home: Path, named: bool, wrong: str, right: str
) -> None:
    file = _in_home(home, f"{wrong}=hushhush\nPORT=6001\n")
    before: tuple[object, ...] = ()
    if named:
        file = file.rename(home / "named")
        before = ("--env", file)
    ended = run(*before, "accounts", "list")
    (line,) = ended.err.splitlines()
    for part in (str(file), wrong, right, "WARNING"):
        assert part in line
    [_, found] = _checks(*before)
    assert (found["level"], wrong in found["text"], right in found["advice"]) == (
        "warning",
        True,
        True,
    )
    assert "hush" not in ended.err + str(found)


@pytest.mark.parametrize(
    "text", ["SOME_THING=1\n", "POSTGRES_PASSWORD=x\n", "REDIS_URL=redis://h/0\nREDIS_USER=x\n"]
)
def test_names_of_other_programs_in_a_settings_file_are_not_mentioned(
    home: Path, text: str
) -> None:
    _in_home(home, text)
    assert run("accounts", "list").err == ""


def test_a_line_that_cannot_be_read_is_one_warning_with_the_file_and_the_line(home: Path) -> None:
    file = _in_home(home, "PORT=6001\n# HOST\n\n \n=hushhush\n")
    ended = run_apart("accounts", "list")
    (line,) = ended.err.splitlines()
    assert f"{file}, line 5: " in line
    assert "hush" not in line
    [_, found] = _checks()
    assert (found["level"], found["text"].startswith(f"{file}, line 5: ")) == ("warning", True)
    assert load_settings().port == 6001


@_POSIX
@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("mode", [0o002, 0o020])
def test_a_file_that_others_can_write_is_refused(home: Path, folder: bool, mode: int) -> None:
    file = _in_home(home, "PORT=6001\n")
    place = home if folder else file
    if mode == 0o020 and os.geteuid() == 0:
        os.chown(place, 0, 12_345)  # root's own group counts as root
    elif mode == 0o020:
        pytest.skip("only root can give a file to another group")
    place.chmod(place.stat().st_mode | mode)
    ended = run("contracts", "list")
    assert ended.code == 1
    assert f"{place}: found a mode that lets" in ended.err
    assert "chmod go-w" in ended.err
    place.chmod(place.stat().st_mode & ~mode)
    assert run("contracts", "list").code == 0


@_ROOT
@pytest.mark.parametrize("folder", [False, True])
def test_a_file_that_belongs_to_another_user_is_refused(home: Path, folder: bool) -> None:
    file = _in_home(home, "PORT=6001\n")
    place = home if folder else file
    os.chown(place, 12_345, 0)
    with pytest.raises(SettingsError, match="another user \\(id 12345\\)"):
        load_settings()
    assert data_folder() is None


@_POSIX
def test_without_a_file_nobody_asks_who_can_write_the_folder(home: Path) -> None:
    home.mkdir()
    home.chmod(0o777)
    assert load_settings().home == home


@_POSIX
def test_a_named_file_that_others_can_write_is_read_with_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "shared.env"
    file.write_text("LOG_LEVEL=WARNING\n")
    file.chmod(0o666)
    read, warned = _checks("--env", file)
    assert read["level"] == "ok"
    assert warned["level"] == "warning"
    assert str(file) in warned["text"]
    assert str(file) in run("--env", file, "contracts", "list").err
