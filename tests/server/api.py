"""A served API for tests: real server, real ledger, a client that is at hand."""

import itertools
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography.fernet import Fernet

from tests.server.bell import RememberingBell
from wa_desktop.contracts.accounts import AccountService
from wa_desktop.contracts.advance import advance
from wa_desktop.contracts.again import Again
from wa_desktop.contracts.confirmation import Confirmation
from wa_desktop.contracts.doubts import Doubts
from wa_desktop.contracts.outlooks import Outlooks
from wa_desktop.contracts.places import Places
from wa_desktop.contracts.queue_switch import QueueSwitch
from wa_desktop.contracts.service import ContractService
from wa_desktop.contracts.services import Services
from wa_desktop.contracts.suppressions import Suppressions
from wa_desktop.events import EventBus
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.vault import Vault
from wa_desktop.reports.health import Health
from wa_desktop.server.application import ApiSettings, build_api
from wa_desktop.server.serving import ApiServer

LOOPBACK = ApiSettings()
_numbers = itertools.count(1)


@dataclass
class FoundHealth:
    """What the API's health check finds; a test may put reports in."""

    now: Health = field(default_factory=Health)


@dataclass
class Api:
    """A running API and what stands behind it."""

    client: httpx.Client
    services: Services
    bell: RememberingBell
    health: FoundHealth
    port: int
    ledger_file: Path

    def account(self, **fields: Any) -> str:
        """A new sandbox account's id."""
        body = {"id": f"account-{next(_numbers)}", "name": "Test", "kind": "sandbox"} | fields
        answer = self.client.post("/api/accounts", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def contract(self, *phones: str, **fields: Any) -> str:
        """A new draft's id."""
        recipients = [{"phoneNumber": phone} for phone in phones]
        body = {"name": "Test", "message": "Hello", "recipients": recipients} | fields
        body.setdefault("accountId", None)
        body["accountId"] = body["accountId"] or self.account()
        answer = self.client.post("/api/contracts", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def started(self, *phones: str, **fields: Any) -> str:
        """A contract that was started and prepared, as the workers would do it."""
        contract = self.contract(*phones, **fields)
        assert self.client.post(f"/api/contracts/{contract}/start").status_code == 202
        self.advance(contract)
        return contract

    def advance(self, contract: str) -> None:
        """Do the job of the contracts queue."""
        advance(self.services.ledger, self.bell, self.services.events, contract)

    def get(self, path: str) -> Any:
        """The JSON at a path that must answer 200."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def raw(self, request: bytes) -> bytes:
        """Bytes on a connection of its own: the whole answer, until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))


@contextmanager
def served(folder: Path, settings: ApiSettings = LOOPBACK) -> Iterator[Api]:
    """Serve an API on a ledger of its own in a folder, on a free port of loopback."""
    file = folder / "ledger.db"
    ledger = Ledger.open(f"sqlite:///{file}", Vault(Fernet.generate_key()))
    bell, events, health = RememberingBell(), EventBus(), FoundHealth()
    services = Services(
        ledger=ledger,
        contracts=ContractService(ledger, bell, events),
        accounts=AccountService(ledger, bell, events),
        again=Again(ledger, bell, events),
        doubts=Doubts(ledger, bell, events),
        queues=QueueSwitch(ledger, bell, events),
        outlooks=Outlooks(ledger),
        confirmation=Confirmation(ledger, bell, events),
        suppressions=Suppressions(ledger),
        places=Places(ledger, bell, events),
        events=events,
        queue_backend="sqlite",
    )
    app = build_api(services, settings=settings, health=lambda: health.now)
    server = ApiServer(app, "127.0.0.1", 0)
    server.start()
    try:
        with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as client:
            yield Api(client, services, bell, health, server.port, file)
    finally:
        server.stop()
        ledger.close()


def problem(answer: httpx.Response, status: int) -> Any:
    """The body of a refusal, checked for its form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["type"]
    assert body["title"]
    assert body["detail"]
    return body


def places(body: Any) -> set[str]:
    """Where a problem's errors are."""
    return {one["at"] for one in body["errors"]}
