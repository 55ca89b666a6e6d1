"""``wa-desktop doctor`` on who may call the API, and ``serve`` with a token that is too short."""

from collections.abc import Mapping

import pytest

from tests.commands.running import Running, run
from tests.server.test_same_user import can_unshare_users

_TOKEN = {"WA_API_TOKEN": "a-token-of-the-tests"}
_WIDE = {"HOST": "0.0.0.0"}


def _finding(extra: Mapping[str, str]) -> dict[str, str]:
    ended = run("doctor", "--json", extra=extra)
    assert ended.code == 0, ended.out
    (found,) = [one for one in ended.json["checks"] if one["subject"] == "API access"]
    assert isinstance(found, dict)
    return found


def test_without_a_token_only_the_user_who_serves_may_call() -> None:
    found = _finding({})
    assert found["level"] == "ok"
    assert "only the user who runs serve" in found["text"]


@pytest.mark.parametrize("extra", [_TOKEN, _TOKEN | _WIDE])
def test_with_a_token_every_call_needs_it(extra: Mapping[str, str]) -> None:
    assert _finding(extra)["text"] == "every call needs the token"


def test_an_address_beyond_this_computer_without_a_token_is_named() -> None:
    found = _finding(_WIDE)
    assert found["level"] == "warning"
    assert "HOST is 0.0.0.0" in found["text"]
    assert "WA_API_TOKEN" in found["advice"]


@pytest.mark.skipif(not can_unshare_users(), reason="needs Linux's user namespaces")
def test_a_system_that_does_not_say_who_calls_is_named() -> None:
    with Running("doctor", before=("unshare", "--user")) as doctor:
        ended = doctor.end()
    assert ended.code == 0
    assert "! API access" in ended.out
    assert "does not say which user makes a call" in ended.out
    assert "Set WA_API_TOKEN, and send it with each call." in ended.out


def test_a_short_token_is_refused_at_the_start() -> None:
    ended = run("serve", "--port", "0", extra={"WA_API_TOKEN": "fifteen-letters"})
    assert ended.code == 1
    assert ended.err.splitlines() == [
        "wrong setting: WA_API_TOKEN: found a value of length 15, allowed: 16 or more Latin "
        "letters, digits and marks without blanks"
    ]
