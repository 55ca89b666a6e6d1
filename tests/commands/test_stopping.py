"""Signals, and two programs on one data folder."""

import signal
import time
from pathlib import Path

import pytest

from tests.commands.running import Running, add_cloud_account, list_file, only_campaign, run
from tests.standin.behaviour import Answer, Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.switches import QueueName
from wa_desktop.settings import load_settings

AMOUNT = 200


@pytest.mark.long("[2]")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_loses_nothing(
    number: signal.Signals, cloud: StandIn, tmp_path: Path
) -> None:
    add_cloud_account(cloud, rate="40/s", concurrency=5)
    words = ["send", list_file(tmp_path, AMOUNT), "--account", "shop", "--message", "Hi {{name}}"]
    with Running(*words) as sending:
        cloud.wait_for(10)
        sending.signal(number)
        ended = sending.end()

    campaign = only_campaign()
    counts = campaign["counts"]
    assert ended.code == 0, ended.err
    assert f"wa-desktop contracts start {campaign['id']}" in ended.out
    assert campaign["status"] == "paused"
    assert counts["active"] == counts["inDoubt"] == counts["failed"] == 0
    assert counts["completed"] == cloud.count()
    assert counts["completed"] + counts["waiting"] == AMOUNT

    assert run("contracts", "start", campaign["id"]).code == 0
    with Running("worker") as worker:
        wait_until(lambda: only_campaign()["status"] == "completed", "the rest to be sent", 40)
        worker.signal(signal.SIGTERM)
        assert worker.end().code == 0
    summary = cloud.summary()
    assert (summary.accepted, summary.doubled) == (AMOUNT, 0)


def test_the_second_signal_ends_the_program_at_once(cloud: StandIn, tmp_path: Path) -> None:
    add_cloud_account(cloud)
    cloud.behave(Behaviour(shares={Answer.SILENT: 1.0}))
    words = ["send", list_file(tmp_path, 1), "--account", "shop", "--message", "Hi"]
    with Running(*words) as sending:
        cloud.wait_for(1)
        sending.signal(signal.SIGINT)
        while "Stopping: what is on the wire may take 10 s" not in sending.error_line():
            pass
        sending.signal(signal.SIGINT)
        assert sending.end().code == 128 + signal.SIGINT

    with Running("worker") as worker:
        wait_until(lambda: only_campaign()["counts"]["inDoubt"] == 1, "the doubt to be shown")
        worker.signal(signal.SIGTERM)
        worker.end()
    assert cloud.count() == 1, "what is in doubt is not sent again"


def test_a_signal_while_a_file_is_read_leaves_no_draft(tmp_path: Path) -> None:
    run("accounts", "list")
    words = ["send", list_file(tmp_path, 300_000), "--account", "sandbox", "--message", "Hi"]
    with Running(*words) as sending:
        wait_until(
            lambda: run("contracts", "list", "--json").json["items"], "the draft to be begun"
        )
        sending.signal(signal.SIGTERM)
        ended = sending.end()

    assert ended.code == 0
    assert "Nothing was made" in ended.err
    assert run("contracts", "list", "--json").json["items"] == []


def test_send_lets_the_program_send_that_already_does(cloud: StandIn, tmp_path: Path) -> None:
    add_cloud_account(cloud)
    with Running("worker") as worker:
        assert "Worker started" in worker.first_line()

        ended = run("send", list_file(tmp_path, 20), "--account", "shop", "--message", "Hi")

        assert ended.code == 0, ended.err
        assert "Another wa-desktop sends" in ended.err
        assert "Done: 20 sent" in ended.out
        worker.signal(signal.SIGTERM)
        worker.end()
    assert cloud.summary().doubled == 0


def test_send_says_what_holds_it_back_and_until_when(cloud: StandIn, tmp_path: Path) -> None:
    add_cloud_account(cloud)
    assert run("accounts", "limits", "shop", "--daily-limit", "2").code == 0
    words = ["send", list_file(tmp_path, 5), "--account", "shop", "--message", "Hi"]

    with Running(*words) as sending:
        lines = iter(sending.error_line, "")
        assert any("Held back: dailyLimit, until" in line for line in lines)
        assert "It goes on by itself then" in next(lines)
        sending.signal(signal.SIGINT)
        assert sending.end().code == 0


@pytest.mark.long
def test_send_says_once_that_a_queue_is_paused_and_goes_on_when_it_is_resumed(
    cloud: StandIn, tmp_path: Path
) -> None:
    add_cloud_account(cloud)
    words = ["send", list_file(tmp_path, 5), "--account", "shop", "--message", "Hi"]
    with Program.open(load_settings()) as operator:
        operator.services.queues.pause(QueueName.MESSAGES)
        with Running(*words) as sending:
            lines = iter(sending.error_line, "")
            told = next(line for line in lines if "Held back" in line)
            time.sleep(2.5)  # one more look
            operator.services.queues.resume(QueueName.MESSAGES)
            ended = sending.end()
    assert "The queue of messages is paused: nothing is sent. Resume it" in told
    assert "/api/queues/messages/resume" in told
    assert "is paused" not in ended.err
    assert (ended.code, cloud.count()) == (0, 5)


@pytest.mark.long
def test_send_takes_over_when_the_sending_program_is_killed(cloud: StandIn, tmp_path: Path) -> None:
    add_cloud_account(cloud, rate="20/s")
    with Running("worker") as worker:
        worker.first_line()
        words = ["send", list_file(tmp_path, 60), "--account", "shop", "--message", "Hi {{name}}"]
        with Running(*words) as sending:
            cloud.wait_for(5)
            worker.signal(signal.SIGKILL)
            ended = sending.end()

    counts = only_campaign()["counts"]
    assert ended.code in (0, 3), ended.err
    assert counts["completed"] + counts["inDoubt"] == 60
    assert counts["inDoubt"] <= 10
    assert cloud.summary().doubled == 0


def test_a_second_worker_on_one_data_folder_is_told_of_the_first() -> None:
    with Running("worker") as worker:
        worker.first_line()

        second = run("worker")

        assert second.code == 1
        assert "already sends from this data folder" in second.err
        assert "Traceback" not in second.err
        worker.signal(signal.SIGTERM)
        assert worker.end().code == 0
