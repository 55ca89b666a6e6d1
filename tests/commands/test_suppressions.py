"""``wa-desktop suppressions``: from a real refusal to the next campaign."""

from pathlib import Path

import pytest

from tests.commands.running import Ended, add_cloud_account, list_file, run
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn

PHONE = "79990000001"


@pytest.fixture
def refused(cloud: StandIn, tmp_path: Path) -> StandIn:
    """A campaign to two of whom one is not on WhatsApp."""
    add_cloud_account(cloud)
    cloud.behave(Behaviour(phones={PHONE: ("131026",)}))
    assert _send(tmp_path).code == 3
    return cloud


def _send(folder: Path) -> Ended:
    return run("send", list_file(folder, 2), "--account", "shop", "--message", "Hi")


def test_a_refused_number_is_left_out_until_it_is_lifted(refused: StandIn, tmp_path: Path) -> None:
    before = refused.count()
    assert "1 skipped" in _send(tmp_path).out
    assert refused.count() == before + 1

    assert PHONE in run("suppressions").out
    (item,) = run("suppressions", "list", "--json").json["items"]
    assert (item["phoneNumber"], item["errorCode"]) == (PHONE, 131026)

    lifted = run("suppressions", "lift", f"+{PHONE}")
    assert lifted.code == 0
    assert "wa-desktop contracts retry ID --state skipped" in lifted.out
    assert run("suppressions", "list", "--json").json["items"] == []
    refused.behave(Behaviour())
    assert _send(tmp_path).code == 0
    assert refused.count() == before + 3


@pytest.mark.parametrize("who", [PHONE, "nobody"])
def test_what_is_not_left_out_cannot_be_lifted(who: str) -> None:
    ended = run("suppressions", "lift", who)
    assert ended.code == 1
    assert who in ended.err


def test_a_retry_says_who_is_left_out_and_how_to_write_to_them_all_the_same(
    refused: StandIn,
) -> None:
    (campaign,) = run("contracts", "list", "--json").json["items"]
    for more in (("--dry-run",), ()):
        ended = run("contracts", "retry", campaign["id"], "--code", "131026", *more)
        assert ended.code == 3
        assert "0 messages" in ended.out
        assert "1 message stays as it is:" in ended.out
        assert "1 with code 131026 (until 20" in ended.out
    advice = f"suppressions lift --code 131026 --campaign {campaign['id']}"
    assert advice in ended.out

    lifted = run(*advice.split())
    assert "1 suppression was lifted." in lifted.out
    assert f"wa-desktop contracts retry {campaign['id']} --state skipped" in lifted.out
    assert run(*advice.split()).out == "0 suppressions were lifted.\n"
    refused.behave(Behaviour())
    assert run("contracts", "retry", campaign["id"]).out.startswith("1 message goes back")


def test_the_numbers_of_a_file_are_lifted(refused: StandIn, tmp_path: Path) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text(f"phone,name\n+{PHONE},Ann\n+79990000009,Bob\n")
    assert "1 suppression was lifted." in run("suppressions", "lift", "--file", str(file)).out
    assert run("suppressions", "list", "--json").json["items"] == []
    assert refused.count() == 1


def test_who_said_stop_is_not_lifted_by_code(refused: StandIn) -> None:
    ended = run("suppressions", "lift", "--code", "131050")
    assert ended.code == 1
    assert "said stop" in ended.err
    assert run("suppressions", "lift").code == 1
    assert len(run("suppressions", "list", "--json").json["items"]) == 1
    assert refused.count() == 1
