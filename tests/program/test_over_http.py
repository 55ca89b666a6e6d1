"""The whole way over HTTP: a contract made, started and watched with curl."""

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.programs import Place, Worker, phone, text
from tests.services.process import free_port
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until

RECIPIENTS = 1_000


@pytest.fixture(params=["sqlite", "postgresql+redis"])
def place(request: pytest.FixtureRequest, home: Path) -> Place:
    if request.param == "sqlite":
        return Place(home, f"sqlite:///{home / 'ledger.db'}", None)
    return Place(
        home, request.getfixturevalue("postgres_url"), request.getfixturevalue("redis_url")
    )


@pytest.fixture
def api(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a ``wa-desktop serve`` of the test's own."""
    port = free_port()
    monkeypatch.setenv("PORT", str(port))
    base = f"http://127.0.0.1:{port}"
    with Worker(place, "serve") as server:
        wait_until(lambda: _is_healthy(base), "the server", 30)
        yield base
        server.kill()


@pytest.mark.long("postgresql")
def test_a_thousand_recipients_get_their_own_texts_once(
    api: str, cloud: StandIn, tmp_path: Path
) -> None:
    account = _account(cloud)
    curl(f"{api}/api/accounts", account)
    contract = {
        "accountId": "acc",
        "name": "Рассылка на 1000 человек",
        "recipients": [
            {"phoneNumber": f"+{phone(number)}", "message": text(number)}
            for number in range(RECIPIENTS)
        ],
    }
    body = tmp_path / "contract.json"
    body.write_text(json.dumps(contract, ensure_ascii=False))
    made = curl(f"{api}/api/contracts", body)
    assert made["counts"]["total"] == RECIPIENTS
    started = curl(f"{api}/api/contracts/{made['id']}/start", "")
    assert started["status"] == "queued"
    wait_until(
        lambda: curl(f"{api}/api/contracts/{made['id']}")["status"] == "completed",
        "the contract to be completed",
        60,
    )
    counts = curl(f"{api}/api/contracts/{made['id']}")["counts"]
    assert counts["completed"] == counts["total"] == RECIPIENTS
    got = Counter((one.to, one.content) for one in cloud.accepted())
    assert got == Counter({(f"+{phone(number)}", text(number)): 1 for number in range(RECIPIENTS)})


@pytest.mark.long("sqlite")
def test_a_pause_is_quick_and_nothing_starts_after_it(api: str, cloud: StandIn) -> None:
    cloud.behave(Behaviour(latency=0.02))
    curl(f"{api}/api/accounts", _account(cloud))
    made = curl(f"{api}/api/contracts", _contract(RECIPIENTS))
    curl(f"{api}/api/contracts/{made['id']}/start", "")
    cloud.wait_for(200)
    began = time.monotonic()
    paused = curl(f"{api}/api/contracts/{made['id']}/pause", "")
    answered_ns = time.monotonic_ns()
    assert time.monotonic() - began < 1
    assert paused["status"] == "paused"
    wait_until(
        lambda: curl(f"{api}/api/contracts/{made['id']}")["counts"]["active"] == 0, "the wire"
    )
    assert max(one.arrived_ns for one in cloud.accepted()) <= answered_ns
    assert paused["removed"] + cloud.count() == RECIPIENTS
    curl(f"{api}/api/contracts/{made['id']}/start", "")
    wait_until(lambda: cloud.count() >= RECIPIENTS, "the rest", 60)
    assert max(Counter(one.to for one in cloud.accepted()).values()) == 1


@pytest.mark.long
def test_the_first_of_100_000_messages_goes_out_within_a_second_of_the_start(
    api: str, cloud: StandIn, tmp_path: Path
) -> None:
    curl(f"{api}/api/accounts", _account(cloud) | {"rateLimit": {"max": 20, "durationMs": 1000}})
    body = tmp_path / "contract.json"
    body.write_text(json.dumps(_contract(100_000)))
    made = curl(f"{api}/api/contracts", body)
    began = time.monotonic()
    curl(f"{api}/api/contracts/{made['id']}/start", "")
    cloud.wait_for(1)
    assert time.monotonic() - began < 1


def curl(url: str, body: "dict[str, Any] | Path | str | None" = None) -> Any:
    """Call with curl as a user would; ``None``: GET, else POST."""
    command = ["curl", "--silent", "--show-error", url]
    if body is not None:
        data = f"@{body}" if isinstance(body, Path) else body
        data = json.dumps(data) if isinstance(data, dict) else data
        command += ["-X", "POST", "-H", "Content-Type: application/json", "--data-binary", data]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(ended.stdout)


def _account(cloud: StandIn) -> dict[str, Any]:
    return {
        "id": "acc",
        "name": "acc",
        "kind": "cloud_api",
        "phoneNumberId": "1055",
        "accessToken": "a-token-of-the-tests",
        "apiBaseUrl": cloud.base_url,
        "rateLimit": None,
        "concurrency": 20,
    }


def _contract(amount: int) -> dict[str, Any]:
    recipients = [{"phoneNumber": f"+{phone(number)}"} for number in range(amount)]
    return {"accountId": "acc", "name": "c", "message": "hi", "recipients": recipients}


def _is_healthy(base: str) -> bool:
    try:
        return httpx.get(f"{base}/health").status_code == 200
    except httpx.HTTPError:
        return False
