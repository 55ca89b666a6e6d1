"""``wa-desktop send``."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.commands.running import add_cloud_account, list_file, only_campaign, run, run_apart
from tests.standin.behaviour import Answer, Behaviour
from tests.standin.client import StandIn
from wa_desktop.app import Program
from wa_desktop.clock import now
from wa_desktop.commands.following import End, Ending
from wa_desktop.commands.sending_report import tell
from wa_desktop.ledger.sql.database import Database
from wa_desktop.settings import load_settings


def test_everyone_in_a_file_gets_their_message_once(cloud: StandIn, tmp_path: Path) -> None:
    add_cloud_account(cloud)

    ended = run(
        "send", list_file(tmp_path, 30), "--account", "shop", "--message", "Привет, {{name}}!"
    )

    assert ended.code == 0, ended.err
    assert "30 recipients" in ended.out
    assert "Done: 30 sent (of 30)" in ended.out
    accepted = cloud.accepted()
    assert sorted(one.content for one in accepted) == sorted(
        f"Привет, Имя {number}!" for number in range(30)
    )


def test_a_file_without_a_known_phone_column_names_its_columns_and_the_option(
    tmp_path: Path,
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("who,where\nАнна,Омск\nПётр,Тверь\n", encoding="utf-8")

    ended = run("send", path, "--account", "sandbox", "--message", "Hi")

    assert ended.code == 1
    assert "--phone COLUMN" in ended.err
    assert "Columns in the file: who, where." in ended.err
    assert len(ended.err.splitlines()) == 1


def test_failures_and_doubts_end_with_code_3_and_their_reasons(
    cloud: StandIn, tmp_path: Path
) -> None:
    add_cloud_account(cloud)
    cloud.behave(
        Behaviour(
            phones={
                "79990000001": ("131026",),
                "79990000002": (Answer.DROP_AFTER,),
            }
        )
    )

    ended = run_apart("send", list_file(tmp_path, 5), "--account", "shop", "--message", "Hi")

    assert ended.code == 3
    assert "3 sent, 1 failed, 1 in doubt" in ended.out
    assert "131026" in ended.out
    listed = run(
        "contracts", "messages", only_campaign()["id"], "--state", "failed,inDoubt", "--json"
    )
    assert [one["phoneNumber"] for one in listed.json["items"]] == ["79990000001", "79990000002"]


def test_a_template_is_sent_with_its_parameters(cloud: StandIn, tmp_path: Path) -> None:
    add_cloud_account(cloud)
    words = ["--template", "order_ready", "--language", "ru", "--param", "1={{name}}"]

    ended = run("send", list_file(tmp_path, 1), "--account", "shop", *words)

    assert ended.code == 0, ended.err
    (message,) = cloud.accepted()
    assert message.kind == "template"
    assert "order_ready" in message.content
    assert "Имя 0" in message.content


def test_a_column_of_texts_needs_no_message(cloud: StandIn, tmp_path: Path) -> None:
    add_cloud_account(cloud)
    path = tmp_path / "own.csv"
    path.write_text("phone,text\n+79990000001,One\n+79990000002,Two\n", encoding="utf-8")

    ended = run("send", path, "--account", "shop")

    assert ended.code == 0, ended.err
    assert [one.content for one in cloud.accepted()] == ["One", "Two"]


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(
    cloud: StandIn, tmp_path: Path
) -> None:
    add_cloud_account(cloud)
    path = tmp_path / "mixed.csv"
    path.write_text("phone,name\n+79990000001,Ann\n+79990000001,Ann\n12,Bob\n+79990000002,\n")

    words = ["send", path, "--account", "shop", "--message", "Hi {{name}}", "--dry-run"]
    ended = run(*words, "--json")

    assert ended.code == 3, "a row without its value cannot be sent"
    file = ended.json["file"]
    assert (file["accepted"], file["duplicates"], file["rejectedCount"]) == (2, 1, 1)
    assert file["rejected"] == [
        {"line": 4, "phoneNumber": "12", "reason": "too short for a phone number"}
    ]
    assert ended.json["firstMessage"] == "Hi Ann"
    assert ended.json["problems"][0]["examples"] == [5]
    assert "Nothing was sent" in run(*words).out
    assert cloud.count() == 0
    assert run("contracts", "list", "--json").json["items"] == []


def test_rejected_rows_are_told_with_what_stood_there_and_what_helps(
    cloud: StandIn, tmp_path: Path
) -> None:
    add_cloud_account(cloud)
    path = tmp_path / "mixed.csv"
    path.write_text("phone,name\n+79990000001,Ann\n9990000002,Bob\n,Eve\n")

    words = ["send", path, "--account", "shop", "--message", "Hi", "--dry-run"]
    told = run(*words).out

    assert "line 3: '9990000002' no country code" in told
    assert "line 4: no phone number" in told
    assert "--country" in told
    assert "--country" not in run(*words, "--country", "RU").out


def test_half_a_field_is_pointed_out(cloud: StandIn, tmp_path: Path) -> None:
    add_cloud_account(cloud)
    words = ["send", list_file(tmp_path, 1), "--account", "shop", "--dry-run", "--message"]
    assert "'{{name, hi' is no field" in run(*words, "{{name, hi").err
    assert "is no field" not in run(*words, "{{name}}, hi").err


def test_the_result_is_json_for_scripts(cloud: StandIn, tmp_path: Path) -> None:
    add_cloud_account(cloud)

    ended = run(
        *("send", list_file(tmp_path, 3), "--account", "shop", "--message", "Hi", "--json"),
        *("--name", "Spring"),
    )

    assert ended.code == 0, ended.err
    assert ended.json["contract"]["name"] == "Spring"
    assert ended.json["contract"]["status"] == "completed"
    assert ended.json["contract"]["counts"]["completed"] == 3
    assert ended.json["file"]["columns"]["phone"] == "phone"


def test_a_draft_waits_until_it_is_started(cloud: StandIn, tmp_path: Path) -> None:
    add_cloud_account(cloud)

    made = run("send", list_file(tmp_path, 3), "--account", "shop", "--message", "Hi", "--draft")

    assert made.code == 0, made.err
    assert only_campaign()["status"] == "draft"
    assert cloud.count() == 0


def test_a_stopped_account_ends_the_waiting_with_what_to_do(cloud: StandIn, tmp_path: Path) -> None:
    add_cloud_account(cloud)
    cloud.behave(Behaviour(token="another"))

    ended = run("send", list_file(tmp_path, 3), "--account", "shop", "--message", "Hi")

    assert ended.code == 1
    assert "wa-desktop accounts edit shop --access-token - --resume" in ended.err
    counts = only_campaign()["counts"]
    assert counts["waiting"] + counts["delayed"] == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"phone,name\n", "has no recipients"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "list.csv"),
        (b"city,colour\nParis,red\nRome,blue\n", "Columns in the file: city, colour"),
        (b"phone\n" + b"9" * 200 + b"\n12\n", "None of the"),
    ],
    ids=["empty", "titles only", "a picture", "no phone column", "no good number"],
)
def test_a_bad_file_gets_a_clear_answer_and_leaves_nothing(
    content: bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)

    ended = run("send", path, "--account", "sandbox", "--message", "Hi")

    assert ended.code == 1
    assert words in ended.err
    assert len(ended.err.splitlines()) == 1
    assert run("contracts", "list", "--json").json["items"] == []


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--account", "nobody", "--message", "Hi"], "no account with the id nobody"),
        (["--account", "sandbox", "--message", "Hi {{nam}}"], "no column for {{nam}}"),
        (["--account", "sandbox", "--message", "Hi", "--phone", "fax"], "no column 'fax'"),
        (["--account", "sandbox"], "no column of messages"),
    ],
)
def test_what_does_not_fit_the_file_is_said(words: list[str], answer: str, tmp_path: Path) -> None:
    ended = run("send", list_file(tmp_path, 2), *words)

    assert ended.code == 1
    assert answer in ended.err
    assert run("contracts", "list", "--json").json["items"] == []


def test_a_folder_and_a_missing_file_are_no_lists(tmp_path: Path) -> None:
    words = ["--account", "sandbox", "--message", "Hi"]

    assert "is a folder" in run("send", tmp_path, *words).err
    assert "There is no file" in run("send", tmp_path / "none.csv", *words).err


@pytest.mark.parametrize(
    "words",
    [
        ["--account", "sandbox", "--message", "Hi", "--template", "t"],
        ["--account", "sandbox", "--message", " "],
        ["--account", "sandbox", "--message", "Hi", "--param", "1=x"],
        ["--account", "sandbox", "--template", "t", "--param", "x"],
        ["--account", "sandbox", "--template", "t", "--language", "?"],
        ["--message", "Hi"],
        ["--account", "sandbox", "--message", "Hi", "--quiet-hours", "21-9"],
        ["--account", "sandbox", "--message", "Hi", "--quiet-hours", "21:00-21:00"],
    ],
)
def test_wrong_words_end_with_code_2(words: list[str], tmp_path: Path) -> None:
    assert run("send", list_file(tmp_path, 1), *words).code == 2


def test_held_messages_are_counted_and_pause_the_campaign_where_that_is_asked_for(
    cloud: StandIn, tmp_path: Path
) -> None:
    add_cloud_account(cloud)
    cloud.behave(Behaviour(shares={str(Answer.HELD): 1.0}))
    file = list_file(tmp_path, 5)

    ended = run("send", file, "--account", "shop", "--message", "Hi")

    assert ended.code == 0, ended.err
    assert "Done: 5 sent, 5 held by the provider (of 5)" in ended.out
    assert "sends or drops by itself" in ended.out
    held = run("contracts", "messages", str(only_campaign()["id"]), "--held", "--json")
    assert [one["held"] for one in held.json["items"]] == [True] * 5


def test_a_campaign_pauses_after_held_messages(cloud: StandIn, tmp_path: Path) -> None:
    add_cloud_account(cloud)
    cloud.behave(Behaviour(shares={str(Answer.HELD): 1.0}))

    ended = run_apart(
        *("send", list_file(tmp_path, 2_000), "--account", "shop", "--message", "Hi"),
        *("--pause-after-held", "2"),
    )

    assert ended.code == 1
    assert "set to pause after 2" in ended.err
    assert only_campaign()["pauseAfterHeld"] == 2


@pytest.mark.parametrize("end", [End.PAUSED, End.STOPPED, End.ACCOUNT_STOPPED])
def test_what_to_do_names_a_program_to_start_only_where_none_sends(
    end: End, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("send", list_file(tmp_path, 1), "--account", "sandbox", "--message", "Hi", "--draft")
    with Program.open(load_settings()) as program:
        ledger = program.services.ledger
        (contract,) = ledger.contracts.page().items
        ledger.workers.register()  # this process ends with its answer
        tell(Ending(end, contract), ledger)
        alone = "".join(capsys.readouterr())
        with closing(Database(program.settings.ledger_url)) as database, database.write():
            database.run(
                "INSERT INTO workers (host, pid, process_started, started_at, last_seen) "
                "VALUES ('elsewhere', 7, 0, ?, ?)",
                (now(), now()),
            )
        tell(Ending(end, contract), ledger)
        beside = "".join(capsys.readouterr())
    assert "Then start wa-desktop worker, wa-desktop serve or the window." in alone
    assert "wa-desktop worker" not in beside
    assert " wa-desktop " in beside
