"""``wa-desktop accounts edit``, and the ways that lead to it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands.running import Running, add_cloud_account, list_file, only_campaign, run
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn

NEW = "N3W-TOKEN"


def _shown(account: str = "shop") -> Any:
    return run("accounts", "show", account, "--json").json


def _stop_by_expired_token(cloud: StandIn, folder: Path) -> None:
    """The provider takes no token but a new one, so a campaign stops the account."""
    add_cloud_account(cloud)
    cloud.behave(Behaviour(token=NEW))
    ended = run("send", list_file(folder, 3), "--account", "shop", "--message", "Hi")
    assert ended.code == 1
    assert _shown()["status"] == "stopped"


def test_an_expired_token_is_replaced_and_the_messages_go_out(
    cloud: StandIn, tmp_path: Path
) -> None:
    _stop_by_expired_token(cloud, tmp_path)

    edited = run("accounts", "edit", "shop", "--access-token", "-", "--resume", given=f"{NEW}\n")

    assert edited.code == 0, edited.err
    assert "sends again" in edited.out
    assert NEW not in edited.out + edited.err
    assert _shown()["status"] == "active"
    with Running("worker"):
        cloud.wait_for(3)


def test_a_wrong_token_changes_nothing_when_it_is_checked_first(
    cloud: StandIn, tmp_path: Path
) -> None:
    _stop_by_expired_token(cloud, tmp_path)
    cloud.behave(Behaviour(token="T0KEN"))

    for how in ("--resume", "--check"):
        edited = run("accounts", "edit", "shop", "--token", "-", how, given="WR0NG\n")
        assert edited.code == 1
        assert "token is wrong or has expired" in edited.err

    assert _shown()["status"] == "stopped"
    assert run("accounts", "check", "shop").code == 0  # by the token that is stored still


def test_saving_alone_asks_nobody_and_leaves_the_account_stopped(
    cloud: StandIn, tmp_path: Path
) -> None:
    _stop_by_expired_token(cloud, tmp_path)
    file = tmp_path / "token"
    file.write_text(f"{NEW}\n")

    edited = run("accounts", "edit", "shop", "--token-file", file)

    assert edited.code == 0, edited.err
    assert "wa-desktop accounts resume shop" in edited.out
    assert _shown()["status"] == "stopped"
    assert run("accounts", "check", "shop").code == 0


def test_every_place_that_tells_of_a_stopped_account_names_the_editor(
    cloud: StandIn, tmp_path: Path
) -> None:
    _stop_by_expired_token(cloud, tmp_path)
    campaign = only_campaign()["id"]
    command = "wa-desktop accounts edit shop --access-token - --resume"

    assert command in run("contracts", "show", campaign).out
    assert command in run("accounts", "show", "shop").out
    assert command in run("doctor").out
    run("contracts", "pause", campaign)
    assert command in run("contracts", "start", campaign).err


def test_a_failed_check_names_the_editor(cloud: StandIn) -> None:
    add_cloud_account(cloud)
    cloud.behave(Behaviour(token=NEW))

    ended = run("accounts", "check", "shop")

    assert ended.code == 1
    assert "wa-desktop accounts edit shop --access-token - --check" in ended.err


def test_everything_is_editable_and_what_is_not_given_stays(cloud: StandIn) -> None:
    add_cloud_account(cloud)
    before = _shown()

    renamed = run("accounts", "edit", "shop", "--name", "Магазин", "--json")

    assert renamed.json == before | {"name": "Магазин"}
    words = ["--phone-number-id", "1056", "--waba-id", "77", "--rate", "80/s"]
    words += ["--concurrency", "4", "--daily-limit", "250", "--portfolio", "p1"]
    words += ["--cool-down", "2/7d", "--warm-up", "50,100", "--api-version", "v24.0"]
    words += ["--api-base-url", "https://graph.example.com"]
    words += ["--access-token", "-"]
    edited = run("accounts", "edit", "shop", *words, "--json", given="T0KEN\n").json
    assert edited == before | {
        "name": "Магазин",
        "phoneNumberId": "1056",
        "wabaId": "77",
        "rateLimit": {"max": 80, "durationMs": 1000},
        "concurrency": 4,
        "dailyLimit": 250,
        "portfolioId": "p1",
        "coolDown": {"max": 2, "days": 7},
        "warmUp": [50, 100],
        "apiVersion": "v24.0",
        "apiBaseUrl": "https://graph.example.com",
    }
    assert run("accounts", "edit", "shop", "--waba-id", "none", "--json").json["wabaId"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--name", " "], "name"),
        (["--api-base-url", "https//graph.facebook.com"], "apiBaseUrl"),
        (["--api-base-url", "https://graph.facebook.com/v25.0"], "apiBaseUrl"),
        (["--api-version", "25"], "apiVersion"),
        (["--phone-number-id", "+7 999"], "phoneNumberId"),
        (["--sandbox-failures", "0.5"], "no sandbox"),
    ],
)
def test_a_wrong_value_is_named_and_changes_nothing(
    cloud: StandIn, words: list[str], said: str
) -> None:
    add_cloud_account(cloud)
    before = _shown()

    ended = run("accounts", "edit", "shop", *words)

    assert ended.code == 1
    assert said in ended.err
    assert _shown() == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["shop"], 2, "Nothing to change"),
        (["shop", "--token", "S3CRET-1"], 2, "standard input"),
        (["shop", "--token", "-"], 1, "No access token came from the standard input"),
        (["nobody", "--name", "X"], 1, "wa-desktop accounts list"),
        (["sandbox", "--token", "-"], 1, "sandbox"),
        (["sandbox", "--api-version", "v25.0"], 1, "sandbox"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(
    cloud: StandIn, words: list[str], code: int, said: str
) -> None:
    add_cloud_account(cloud)

    given = "S3CRET-2\n" if words[0] == "sandbox" else None
    ended = run("accounts", "edit", *words, given=given)

    assert ended.code == code
    assert said in " ".join(ended.err.replace("│", " ").split())
    assert "S3CRET" not in ended.err


def test_a_sandbox_is_edited_too() -> None:
    run("accounts", "edit", "sandbox", "--name", "Проба", "--sandbox-failures", "0.25")

    shown = _shown("sandbox")
    assert (shown["name"], shown["sandbox"]["failureShare"]) == ("Проба", 0.25)


def test_at_a_terminal_the_token_is_asked_for_and_not_shown(cloud: StandIn) -> None:
    add_cloud_account(cloud)
    cloud.behave(Behaviour(token=NEW))
    ours, theirs = os.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "wa_desktop", "accounts", "edit", "shop", "--token", "-"],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            asked = process.stdout.read(len("Access token: "))  # what is typed before is dropped
            os.write(ours, f"{NEW}\n".encode())
            rest, _ = process.communicate(timeout=60)
    finally:
        os.close(ours)
        os.close(theirs)

    assert process.returncode == 0, rest
    assert asked == b"Access token: "
    assert NEW.encode() not in rest
    assert run("accounts", "check", "shop").code == 0


def test_the_list_shows_the_limits_of_recipients() -> None:
    run("accounts", "edit", "sandbox", "--daily-limit", "250", "--portfolio", "shops")

    titles, row = run("accounts", "list").out.splitlines()

    shown = dict(zip(titles.split("\t"), row.split("\t"), strict=True))
    assert (shown["daily limit"], shown["portfolio"]) == ("250", "shops")
