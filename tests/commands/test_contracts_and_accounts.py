"""``wa-desktop contracts`` and ``wa-desktop accounts``."""

from pathlib import Path

import pytest

from tests.commands.running import (
    add_cloud_account,
    list_file,
    only_campaign,
    run,
    run_at_terminal,
)
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn


@pytest.fixture
def draft(tmp_path: Path) -> str:
    """The id of a draft with two recipients."""
    run("send", list_file(tmp_path, 2), "--account", "sandbox", "--message", "Hi", "--draft")
    contract_id: str = only_campaign()["id"]
    return contract_id


def test_a_campaign_goes_through_its_states_without_a_worker(draft: str) -> None:
    started = run("contracts", "start", draft)
    assert started.code == 0
    assert "No program sends now" in started.err
    again = run("contracts", "start", draft)
    assert again.code == 1
    assert "running already" in again.err or "queued already" in again.err
    assert "No program sends now" in again.err
    assert run("contracts", "pause", draft, "--json").json["status"] == "paused"
    assert run("contracts", "cancel", draft, "--json").json["status"] == "cancelled"
    assert run("contracts", "delete", draft).code == 0
    assert run("contracts", "list", "--json").json["items"] == []


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["pause"], "nothing to pause"),
        (["start", "start"], "cannot be started"),
    ],
)
def test_a_move_the_state_does_not_allow_is_refused(
    words: list[str], answer: str, draft: str
) -> None:
    *before, last = words
    for word in before:
        assert run("contracts", word, draft).code == 0

    ended = run("contracts", last, draft)

    assert ended.code == 1
    assert answer in ended.err


def test_a_running_campaign_is_deleted_by_force_only(draft: str) -> None:
    run("contracts", "start", draft)

    assert "Pause it first" in run("contracts", "delete", draft).err
    assert run("contracts", "delete", draft, "--force").code == 0


def test_at_a_terminal_a_deletion_is_asked_for_first(draft: str) -> None:
    assert run_at_terminal("contracts", "delete", draft, answer="n") == 1
    assert only_campaign()["id"] == draft
    assert run_at_terminal("contracts", "delete", draft, answer="y") == 0
    assert run("contracts", "list", "--json").json["items"] == []


def test_lists_in_a_pipe_are_plain_lines_with_tabs(draft: str) -> None:
    titles, row = run("contracts", "list").out.splitlines()

    assert titles.split("\t")[:2] == ["id", "state"]
    assert row.split("\t")[:2] == [draft, "draft"]
    assert "\x1b" not in row


def test_messages_come_in_pages(draft: str) -> None:
    first = run("contracts", "messages", draft, "--limit", "1", "--json").json
    rest = run("contracts", "messages", draft, "--cursor", first["nextCursor"], "--json").json

    assert [one["phoneNumber"] for one in first["items"] + rest["items"]] == [
        "79990000000",
        "79990000001",
    ]
    assert rest["nextCursor"] is None


@pytest.mark.parametrize(
    "words",
    [["list", "--status", "odd"], ["messages", "x", "--state", "odd"], ["list", "--limit", "0"]],
)
def test_unknown_states_are_wrong_words(words: list[str]) -> None:
    assert run("contracts", *words).code == 2


def test_an_unknown_campaign_is_said_with_where_to_look() -> None:
    ended = run("contracts", "show", "none")

    assert ended.code == 1
    assert ended.err == (
        "There is no campaign with the id none. List them: wa-desktop contracts list.\n"
    )


def test_a_token_comes_from_stdin_a_file_or_the_environment_and_is_never_shown(
    cloud: StandIn, tmp_path: Path
) -> None:
    cloud.behave(Behaviour(token="S3CRET-1"))
    file = tmp_path / "token"
    file.write_text("S3CRET-1\n")

    def add(name: str, number: str) -> list[str]:
        account = ["--name", name, "--id", name.lower(), "--phone-number-id", number]
        return ["accounts", "add", *account, "--api-base-url", cloud.base_url]

    added = [
        run(*add("A", "1"), "--access-token", "-", given="S3CRET-1\n"),
        run(*add("B", "2"), "--access-token-file", file),
        run(*add("C", "3"), extra={"WA_ACCESS_TOKEN": "S3CRET-1"}),
    ]

    assert [one.code for one in added] == [0, 0, 0]
    for account in "abc":
        checked = run("accounts", "check", account)
        assert checked.code == 0, checked.err
        shown = run("accounts", "show", account)
        assert "access_token" in shown.out
        assert "S3CRET-1" not in checked.out + shown.out + shown.err


def test_a_token_on_the_command_line_is_refused_and_not_repeated() -> None:
    ended = run("accounts", "add", "--name", "A", "--access-token", "S3CRET-1")

    assert ended.code == 2
    assert "standard input" in ended.err
    assert "S3CRET-1" not in ended.err


def test_an_account_without_a_token_is_told_how_to_give_one() -> None:
    ended = run("accounts", "add", "--name", "A", "--phone-number-id", "1")

    assert ended.code == 1
    assert "--access-token-file" in ended.err


def test_a_check_says_that_the_message_history_is_not_given(cloud: StandIn) -> None:
    add_cloud_account(cloud)
    cloud.behave(Behaviour(history="100"))

    ended = run("accounts", "check", "shop")

    assert ended.code == 0
    assert "message history: not given" in ended.out


def test_a_check_says_clearly_that_a_number_is_red_and_stops_nothing(cloud: StandIn) -> None:
    add_cloud_account(cloud)
    cloud.behave(Behaviour(quality="RED"))

    told = run("accounts", "check", "shop")
    as_json = run("accounts", "check", "shop", "--json")
    shown = run("accounts", "show", "shop", "--json")

    assert (told.code, as_json.code) == (0, 0)
    assert "RED: too many people blocked or reported it." in " ".join(told.out.split())
    assert as_json.json["ok"] is True
    assert "RED" in as_json.json["detail"]
    assert shown.json["status"] == "active"


def test_a_wrong_token_is_found_by_the_check(cloud: StandIn) -> None:
    add_cloud_account(cloud)
    cloud.behave(Behaviour(token="another"))

    ended = run("accounts", "check", "shop", "--json")

    assert ended.code == 1
    assert ended.json["ok"] is False
    assert "token" in ended.json["detail"]


@pytest.mark.parametrize(
    ("rate", "shown"),
    [
        ("80/s", {"max": 80, "durationMs": 1000}),
        ("20/60s", {"max": 20, "durationMs": 60000}),
        ("5/min", {"max": 5, "durationMs": 60000}),
        ("none", None),
    ],
)
def test_a_rate_is_written_as_people_do(rate: str, shown: object) -> None:
    added = run("accounts", "add", "--name", "S", "--kind", "sandbox", "--rate", rate, "--json")

    assert added.json["rateLimit"] == shown


def test_an_account_goes_only_when_no_campaign_uses_it(draft: str) -> None:
    refused = run("accounts", "remove", "sandbox")

    assert refused.code == 1
    assert "still has campaigns" in refused.err
    run("accounts", "add", "--name", "S", "--kind", "sandbox", "--id", "other")
    assert run("accounts", "remove", "other").code == 0
