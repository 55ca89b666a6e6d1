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

    assert run("suppressions", "lift", f"+{PHONE}").code == 0
    assert run("suppressions", "list", "--json").json["items"] == []
    refused.behave(Behaviour())
    assert _send(tmp_path).code == 0
    assert refused.count() == before + 3


@pytest.mark.parametrize("who", [PHONE, "nobody"])
def test_what_is_not_left_out_cannot_be_lifted(who: str) -> None:
    ended = run("suppressions", "lift", who)
    assert ended.code == 1
    assert who in ended.err
