"""On loopback the user who runs the server needs no token, and everybody else does."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request

from tests.commands.running import Running
from tests.server.api import Api, problem, served
from tests.server.other_users import OTHER_USER, as_another_user, curl
from wa_desktop.reports.health import Health, Level, Report, Source
from wa_desktop.server.access import ACCESS, AccessRules, Gate
from wa_desktop.server.application import ApiSettings
from wa_desktop.server.serving import ApiServer

TOKEN = "a-token-of-the-tests"
BEARER = f"Authorization: Bearer {TOKEN}"
FORWARDED = (
    *("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-FORWARDED-BY"),
    *("X-Real-IP", "Via", "True-Client-IP", "CF-Connecting-IP"),
)
_HERE = ("127.0.0.1", "localhost")


def _address(api: Api, path: str = "/api/accounts", host: str = "127.0.0.1") -> str:
    return f"http://{host}:{api.port}{path}"


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("host", _HERE)
def test_the_curl_lines_of_the_user_who_serves_work_without_a_token(
    fresh_api: Api, host: str
) -> None:
    account = fresh_api.account()
    body = (
        f'{{"accountId": "{account}", "name": "Order ready", "message": "Hello!", '
        '"recipients": [{"phoneNumber": "+44 7700 900123"}]}'
    )
    json = "Content-Type: application/json"
    made = curl(_address(fresh_api, "/api/contracts", host), "-H", json, "-d", body)
    assert made.status == 201
    start = f"/api/contracts/{made.body['id']}/start"
    assert curl("-X", "POST", _address(fresh_api, start, host)).status == 202
    assert curl(_address(fresh_api, "/api/queues/status", host)).status == 200


@as_another_user
@pytest.mark.parametrize("path", ["/api/accounts", "/docs", "/openapi.json", "/nowhere"])
@pytest.mark.parametrize("host", _HERE)
def test_another_user_of_the_computer_needs_a_token(fresh_api: Api, path: str, host: str) -> None:
    answer = curl(_address(fresh_api, path, host), user=OTHER_USER)
    assert answer.status == 401
    assert "Another user" in answer.body["detail"]
    assert "WA_API_TOKEN" in answer.body["detail"]
    assert curl(_address(fresh_api, path, host)).status != 401


@as_another_user
def test_another_user_starts_and_changes_nothing(fresh_api: Api) -> None:
    contract = fresh_api.contract("79991234567")
    for words in (["-X", "POST", f"/{contract}/start"], ["-X", "DELETE", f"/{contract}"]):
        *method, end = words
        answer = curl(*method, _address(fresh_api, f"/api/contracts{end}"), user=OTHER_USER)
        assert answer.status == 401
    assert fresh_api.get(f"/api/contracts/{contract}")["status"] == "draft"


@as_another_user
def test_another_user_with_the_token_is_let_in(tmp_path: Path) -> None:
    with served(tmp_path, ApiSettings(token=TOKEN)) as api:
        assert curl(_address(api), "-H", BEARER, user=OTHER_USER).status == 200
        assert curl(_address(api), "-H", f"{BEARER}x", user=OTHER_USER).status == 401


@as_another_user
def test_an_ipv6_socket_does_not_hide_the_user(fresh_api: Api) -> None:
    address = _address(fresh_api, host="[::ffff:127.0.0.1]")
    host = "Host: 127.0.0.1"
    assert curl(address, "-H", host).status == 200
    assert curl(address, "-H", host, user=OTHER_USER).status == 401


@as_another_user
def test_many_calls_of_two_users_at_once_are_told_apart(fresh_api: Api) -> None:
    words = ["curl", "-s", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}\n"]
    address = _address(fresh_api, "/api/accounts?[1-40]")
    running = [
        subprocess.Popen([*words, "-H", header, address], stdout=subprocess.PIPE, cwd="/", user=one)
        for one in (os.geteuid(), OTHER_USER) * 2
        for header in ("Connection: close", "Connection: keep-alive")
    ]
    for index, process in enumerate(running):
        out, _ = process.communicate(timeout=60)
        assert set(out.split()) == {b"200" if index % 4 < 2 else b"401"}


@pytest.mark.parametrize("header", FORWARDED)
def test_a_forwarded_call_needs_a_token(api: Api, header: str) -> None:
    answer = api.client.get("/api/accounts", headers={header: "for=203.0.113.7"})
    assert "proxy" in problem(answer, 401)["detail"]
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_connection_that_forwards_is_judged_call_by_call(api: Api) -> None:
    """A proxy uses one connection for many callers."""
    with httpx.Client(base_url=api.client.base_url, trust_env=False) as proxy:
        assert proxy.get("/api/accounts").status_code == 200
        problem(proxy.get("/api/accounts", headers={"X-Forwarded-For": "203.0.113.7"}), 401)
        assert proxy.get("/api/accounts").status_code == 200


def test_a_forwarded_call_with_the_token_is_let_in(tmp_path: Path) -> None:
    with served(tmp_path, ApiSettings(token=TOKEN)) as api:
        forwarded = {"X-Forwarded-For": "203.0.113.7", "Authorization": f"Bearer {TOKEN}"}
        assert api.client.get("/api/accounts", headers=forwarded).status_code == 200


DEGRADED = Report(Level.DEGRADED, Source.ACCOUNT, "The account acc is stopped.", "acc")
NOT_OK = Report(Level.NOT_OK, Source.WORKERS, "No worker is alive.")


@as_another_user
@pytest.mark.parametrize(
    ("reports", "status", "said"),
    [((), 200, "ok"), ((DEGRADED,), 200, "degraded"), ((NOT_OK,), 503, "not ok")],
)
def test_without_access_health_says_how_it_is_in_one_word(
    fresh_api: Api, reports: tuple[Report, ...], status: int, said: str
) -> None:
    fresh_api.health.now = Health.of(reports, ("Redis evicts.",))
    for words, user in (((), OTHER_USER), (("-H", "X-Forwarded-For: 203.0.113.7"), None)):
        answer = curl(_address(fresh_api, "/health"), *words, user=user)
        assert answer.status == status
        if status == 200:
            assert answer.body == {"status": said}
        else:
            assert answer.body["health"] == said
            assert not {"reasons", "problems", "warnings"} & set(answer.body)
            assert "worker" not in answer.body["detail"]


def test_with_the_wrong_token_health_gives_no_reasons(tmp_path: Path) -> None:
    with served(tmp_path, ApiSettings(host="0.0.0.0", token=TOKEN)) as api:
        api.health.now = Health.of((NOT_OK,))
        for headers in ({}, {"Authorization": "Bearer wrong-wrong-wrong"}):
            found = problem(api.client.get("/health", headers=headers), 503)
            assert "No worker" not in str(found)
        answer = api.client.get("/health", headers={"Authorization": f"Bearer {TOKEN}"})
        assert "No worker is alive." in problem(answer, 503)["detail"]


@contextmanager
def _telling_access(rules: AccessRules) -> Iterator[str]:
    """The address of a server whose open path says whether its caller has access."""
    app = FastAPI()

    def health(request: Request) -> dict[str, bool]:
        return {"access": request.scope[ACCESS]}

    app.add_api_route("/health", health)
    app.add_middleware(Gate, rules=rules)
    server = ApiServer(app, "127.0.0.1", 0)
    server.start()
    try:
        yield f"{server.url}/health"
    finally:
        server.stop()


@as_another_user
def test_each_call_knows_whether_its_caller_has_access() -> None:
    with _telling_access(AccessRules("127.0.0.1")) as address:
        assert curl(address).body == {"access": True}
        assert curl(address, "-H", "Forwarded: for=203.0.113.7").body == {"access": False}
        assert curl(address, user=OTHER_USER).body == {"access": False}
    for host in ("127.0.0.1", "0.0.0.0"):
        with _telling_access(AccessRules(host, TOKEN)) as address:
            assert curl(address).body == {"access": False}
            assert curl(address, "-H", BEARER, user=OTHER_USER).body == {"access": True}


def can_unshare_users() -> bool:
    """Whether a process may have user ids of its own here, as in a container."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    done = subprocess.run(["unshare", "--user", "true"], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.skipif(not can_unshare_users(), reason="needs Linux's user namespaces")
def test_where_the_system_hides_the_user_every_call_needs_a_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In such a container all users of the machine have one id: 65534."""
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    with Running("serve", "--port", "0", before=("unshare", "--user")) as server:
        address = server.first_line().split()[2]
        assert "does not say which user makes a call" in server.error_line()
        answer = httpx.get(f"{address}/api/accounts", trust_env=False)
        assert "does not say which user" in problem(answer, 401)["detail"]
        health = httpx.get(f"{address}/health", trust_env=False)
        assert set(health.json()) == {"status"}
