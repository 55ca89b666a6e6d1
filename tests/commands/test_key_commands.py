"""``wa-desktop key``, and what commands say and do on a machine with another key."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.commands.running import (
    Ended,
    Running,
    add_cloud_account,
    list_file,
    run,
    run_apart,
    run_at_terminal,
)
from tests.standin.client import StandIn
from wa_desktop.commands import window
from wa_desktop.errors import WrongKey

ONE = {"WA_SECRET_KEY": "one passphrase of the tests"}
TWO = {"WA_SECRET_KEY": "another passphrase of the tests"}
OTHER = "WA_SECRET_KEY is not the key that the access tokens in this ledger need"
REAL = "https://graph.facebook.com"


@pytest.fixture
def kept(home: Path) -> Path:
    """The file of a ledger whose account ``shop`` was stored with the first key."""
    words = ["accounts", "add", "--name", "Shop", "--id", "shop", "--phone-number-id", "1055"]
    added = run(*words, "--access-token", "-", given="T0KEN\n", extra=ONE)
    assert added.code == 0, added.err
    return home / "ledger.db"


def _content(path: Path) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return [
            *connection.execute("SELECT * FROM accounts ORDER BY id"),
            *connection.execute("SELECT name, value FROM ledger_info ORDER BY name"),
            *connection.execute("SELECT * FROM contracts"),
        ]


def _edit(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


def _key(extra: dict[str, str]) -> Ended:
    return run("key", "show", "--json", extra=extra)


@pytest.mark.parametrize("command", ["serve", "worker", "send"])
def test_a_start_with_another_key_says_so_and_changes_nothing(
    kept: Path, tmp_path: Path, command: str
) -> None:
    before = _content(kept)
    words: tuple[object, ...] = (command,)
    if command == "send":
        file = list_file(tmp_path, 3)
        words = ("send", file, "--account", "shop", "--message", "Hi")
    ended = run_apart(*words, extra=TWO)
    assert ended.code == 1
    assert OTHER in ended.err
    assert "Set WA_SECRET_KEY to the value" in ended.err
    assert "wa-desktop key set" in ended.err
    assert len(ended.err.strip().splitlines()) == 1, ended.err
    assert _content(kept) == before


@pytest.mark.parametrize(
    "words",
    [
        ("accounts", "edit", "shop", "--access-token", "-"),
        ("accounts", "edit", "shop", "--access-token", "-", "--resume"),
        ("accounts", "add", "--name", "B", "--phone-number-id", "7", "--access-token", "-"),
        ("accounts", "check", "shop"),
    ],
)
def test_a_command_that_needs_the_key_changes_nothing_with_another_one(
    kept: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    if "--resume" in words:  # no request leaves this computer
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    before = _content(kept)
    ended = run(*words, given="NEW\n", extra=TWO)
    assert ended.code == 1
    if "--resume" not in words:
        assert OTHER in ended.err
    assert _content(kept) == before


def test_commands_that_need_no_secret_work_with_another_key(kept: Path) -> None:
    shop = run("accounts", "list", "--json", extra=TWO).json["items"][-1]
    assert shop["secretsSet"] == ["accessToken"]
    assert run("accounts", "show", "shop", extra=TWO).code == 0
    assert run("accounts", "edit", "shop", "--name", "Лавка", extra=TWO).code == 0
    assert run("contracts", "list", extra=TWO).code == 0
    assert run("backup", extra=TWO).code == 0
    assert _key(ONE).json["fits"] is True


def test_a_wrong_key_is_shown_and_by_doctor(kept: Path, home: Path) -> None:
    shown = _key(TWO)
    assert (shown.code, shown.json["fits"], shown.json["ledgerKey"]) == (1, False, "passphrase")
    assert shown.json["accountsWithSecrets"] == 1
    assert "NOT" in run("key", "show", extra=TWO).out
    assert _key({}).json["ownKey"] == "file"
    assert not (home / "secret.key").exists()

    checked = run("doctor", "--json", extra=TWO)
    [found] = [one for one in checked.json["checks"] if one["subject"] == "key"]
    assert (checked.code, found["level"]) == (1, "error")
    assert OTHER in found["text"]
    assert "Set WA_SECRET_KEY" in found["advice"]
    right = run("doctor", "--json", extra=ONE)
    assert [one["level"] for one in right.json["checks"] if one["subject"] == "key"] == ["ok"]
    assert not (home / "secret.key").exists()


def test_a_ledger_without_a_key_is_no_trouble(home: Path) -> None:
    assert run("accounts", "list").code == 0
    assert run("key", "show").code == 0
    assert _key(ONE).json["fits"] is None
    found = [one for one in run("doctor", "--json").json["checks"] if one["subject"] == "key"]
    assert [one["level"] for one in found] == ["ok"]
    assert not (home / "secret.key").exists()


def test_the_key_is_replaced_with_the_old_one_from_the_standard_input(kept: Path) -> None:
    wrong = run("key", "set", "--old-key", "-", given="a wrong old key\n", extra=TWO)
    assert (wrong.code, _key(ONE).json["fits"]) == (1, True)
    assert "None of the old keys" in wrong.err
    done = run("key", "set", "--old-key", "-", given=f"{ONE['WA_SECRET_KEY']}\n", extra=TWO)
    assert done.code == 0, done.err
    assert "Every other machine" in done.out
    assert (_key(TWO).json["fits"], _key(ONE).json["fits"]) == (True, False)
    again = run("key", "set", "--old-key", "-", given="x\n", extra=TWO)
    assert "already" in again.err
    assert kept.exists()


def test_a_key_file_gives_way_to_a_passphrase_and_back(home: Path, tmp_path: Path) -> None:
    words = ["accounts", "add", "--name", "Shop", "--id", "shop", "--phone-number-id", "1055"]
    assert run(*words, "--access-token", "-", given="T0KEN\n").code == 0
    assert "key file, but WA_SECRET_KEY is set here" in run_apart("worker", extra=ONE).err

    assert run("key", "set", extra=ONE).code == 0
    assert (_key(ONE).json["fits"], _key({}).json["fits"]) == (True, False)

    (home / "secret.key").unlink()
    old = tmp_path / "old.txt"
    old.write_text(ONE["WA_SECRET_KEY"], encoding="utf-8")
    assert run("key", "set", "--old-key-file", old).code == 0
    assert (home / "secret.key").exists()
    assert (_key(ONE).json["fits"], _key({}).json["fits"]) == (False, True)


def test_the_old_key_is_never_a_word_of_the_command_line(kept: Path) -> None:
    ended = run("key", "set", "--old-key", "in the open", extra=TWO)
    assert ended.code == 2
    assert "others could read the key" in ended.err
    assert kept.exists()


def test_where_the_key_is_lost_the_tokens_are_given_up_after_a_question(kept: Path) -> None:
    before = _content(kept)
    unasked = run("key", "set", "--forget-tokens", extra=TWO)
    assert "Add --yes" in unasked.err
    assert _content(kept) == before

    done = run("key", "set", "--forget-tokens", "--yes", extra=TWO)
    assert done.code == 0, done.err
    assert "Enter the tokens again of: Shop" in done.out
    shown = run("accounts", "show", "shop", "--json", extra=TWO).json
    assert (shown["status"], shown["secretsSet"]) == ("stopped", [])
    assert "Enter a new token" in run("accounts", "show", "shop", extra=TWO).out
    assert _key(TWO).json == {
        "fits": True,
        "ledgerKey": "passphrase",
        "ownKey": "passphrase",
        "accountsWithSecrets": 0,
        "detail": None,
    }


@pytest.mark.parametrize(("answer", "fits"), [("n\n", False), ("y\n", True)])
def test_the_question_can_be_answered_at_a_terminal(
    kept: Path, monkeypatch: pytest.MonkeyPatch, answer: str, fits: bool
) -> None:
    monkeypatch.setenv("WA_SECRET_KEY", TWO["WA_SECRET_KEY"])
    code = run_at_terminal("key", "set", "--forget-tokens", answer=answer)
    assert (code == 0) is fits
    assert _key(TWO).json["fits"] is fits
    assert kept.exists()


def test_no_key_is_replaced_under_a_running_worker(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WA_SECRET_KEY", ONE["WA_SECRET_KEY"])
    with Running("worker") as worker:
        assert "Worker started" in worker.first_line()
        ended = run("key", "set", "--forget-tokens", "--yes", extra=TWO)
    assert ended.code == 1
    assert "Stop every window, server and worker first" in ended.err
    assert _key(ONE).json["fits"] is True
    assert kept.exists()


def test_a_ledger_restored_where_another_key_is_set_says_so(kept: Path) -> None:
    path = run("backup", "--json", extra=ONE).json["path"]
    done = run("restore", path, "--yes", "--json", extra=TWO)
    assert done.code == 0, done.err
    assert done.json["keyFits"] is False
    assert OTHER in done.json["keyDetail"]
    assert OTHER in run("restore", path, "--yes", extra=TWO).out
    fits = run("restore", path, "--yes", "--json", extra=ONE).json
    assert (fits["keyFits"], fits["keyDetail"]) == (True, None)
    assert kept.exists()


def test_another_address_needs_the_token_and_the_command_says_how(
    home: Path, cloud: StandIn
) -> None:
    add_cloud_account(cloud)
    for words in (["--api-base-url", REAL], ["--phone-number-id", "1056"]):
        for more in ([], ["--check"], ["--resume"]):
            ended = run("accounts", "edit", "shop", *words, *more)
            assert ended.code == 1
            assert "accessToken must be entered again" in ended.err
            assert "--access-token -" in ended.err
    assert (cloud.questions(), home.exists()) == ([], True)
    done = run("accounts", "edit", "shop", "--phone-number-id", "0001055", "--json")
    assert done.json["phoneNumberId"] == "1055"


def test_doctor_names_accounts_of_one_number_and_tokens_of_another_address(kept: Path) -> None:
    words = ["accounts", "add", "--name", "Twin", "--id", "twin", "--phone-number-id", "1056"]
    assert run(*words, "--access-token", "-", given="T0KEN\n", extra=ONE).code == 0
    _edit(kept, "UPDATE accounts SET phone_number_id = '01055' WHERE id = 'twin'")
    checked = run("doctor", "--json", extra=ONE)
    found = [one for one in checked.json["checks"] if one["subject"] == "account"]
    assert any("shop and twin send from one number" in one["text"] for one in found)
    [moved] = [one for one in found if one["level"] == "error"]
    assert "twin" in moved["text"]
    assert "enter the token again" in moved["text"]
    assert checked.code == 1


def test_a_damaged_key_file_that_is_removed_gives_way_to_a_new_one(home: Path) -> None:
    words = ["accounts", "add", "--name", "Shop", "--id", "shop", "--phone-number-id", "1055"]
    assert run(*words, "--access-token", "-", given="T0KEN\n").code == 0
    (home / "secret.key").write_bytes(b"damaged")
    refused = run("key", "set", "--forget-tokens", "--yes")
    assert "is damaged" in refused.err
    assert "remove the file" in refused.err
    (home / "secret.key").unlink()
    assert "there is no key file" in run("key", "show").out
    assert run("key", "set", "--forget-tokens", "--yes").code == 0
    assert _key({}).json["fits"] is True


def test_the_window_opens_no_ledger_of_another_key(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WA_SECRET_KEY", TWO["WA_SECRET_KEY"])
    before, core = _content(kept), window.Core()
    with pytest.raises(WrongKey, match=OTHER):
        core.open()
    core.stop()
    assert _content(kept) == before
