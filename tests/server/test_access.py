"""Who may call."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.api import Api, problem, served
from wa_desktop.errors import SettingsError
from wa_desktop.server.access import AccessRules
from wa_desktop.server.application import ApiSettings

TOKEN = "a-s3cret-token-of-tests"


@pytest.fixture(scope="module")
def open_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API under the rules of a server that others can reach."""
    settings = ApiSettings(host="0.0.0.0", token=TOKEN)
    with served(tmp_path_factory.mktemp("open"), settings) as one:
        yield one


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:5001", "127.0.0.1.evil.example", "192.168.0.7", "localhost.",
     "127.0.0.1@evil.example", "[127.0.0.1]", "[::1", "[::1]x", "::1", "127.0.0.1:", "0.0.0.0",
     "127.0.0.1:80a", "localhost:5001:5001"],
)  # fmt: skip
def test_a_host_header_that_is_no_loopback_name_is_refused(api: Api, host: str) -> None:
    problem(api.client.get("/api/accounts", headers={"Host": host}), 403)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:5001", "127.0.0.1", "127.8.9.1:1", "[::1]", "[::1]:5001"]
)
def test_a_loopback_host_header_is_let_in(api: Api, host: str) -> None:
    assert api.client.get("/api/accounts", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3000", ""])
def test_a_foreign_origin_is_refused(api: Api, origin: str) -> None:
    answer = api.client.post(
        "/api/accounts", json={"name": "A", "kind": "sandbox"}, headers={"Origin": origin}
    )
    problem(answer, 403)


def test_a_page_of_the_server_itself_may_call(api: Api) -> None:
    origin = str(api.client.base_url).rstrip("/")
    assert api.client.get("/api/accounts", headers={"Origin": origin}).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", "",
     "text/csv", "application/json; charset=utf-16", "application/jsonp", "text/json"],
)  # fmt: skip
def test_a_body_that_is_not_json_is_refused(api: Api, content_type: str) -> None:
    answer = api.client.post(
        "/api/accounts",
        content=b'{"name": "A", "kind": "sandbox"}',
        headers={"Content-Type": content_type},
    )
    assert "application/json" in problem(answer, 415)["detail"]


def test_json_with_its_charset_named_is_taken(api: Api) -> None:
    answer = api.client.post(
        "/api/accounts",
        content='{"name": "Счёт", "kind": "sandbox"}'.encode(),
        headers={"Content-Type": "Application/JSON; charset=UTF-8"},
    )
    assert answer.status_code == 201


def test_a_packed_body_is_refused(api: Api) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    problem(api.client.post("/api/accounts", content=b"\x1f\x8b", headers=headers), 415)


def test_a_call_without_a_body_needs_no_content_type(api: Api) -> None:
    contract = api.contract("79991234567")
    assert api.client.post(f"/api/contracts/{contract}/start").status_code == 202


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "myhost.example"])
def test_beyond_this_computer_the_server_refuses_to_start_without_a_token(
    host: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as caught, served(tmp_path, ApiSettings(host=host)):
        pass
    assert "WA_API_TOKEN" in str(caught.value)
    assert host in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_on_loopback_no_token_is_needed(host: str) -> None:
    assert AccessRules(host).local


@pytest.mark.parametrize("path", ["/api/accounts", "/docs", "/openapi.json", "/nowhere"])
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer é"]
)
def test_without_the_token_nothing_is_answered(
    open_api: Api, path: str, header: str | None
) -> None:
    headers = [] if header is None else [(b"Authorization", header.encode("latin-1"))]
    answer = open_api.client.get(path, headers=headers)
    problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_with_the_token_the_host_may_be_any(open_api: Api, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {TOKEN}", "Host": "wa.example"}
    assert open_api.client.get("/api/accounts", headers=headers).status_code == 200


def test_on_loopback_a_token_that_is_set_is_asked_for(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with served(tmp_path_factory.mktemp("local"), ApiSettings(token=TOKEN)) as api:
        problem(api.client.get("/api/accounts"), 401)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert api.client.get("/api/accounts", headers=headers).status_code == 200
        problem(api.client.get("/api/accounts", headers={**headers, "Host": "evil.example"}), 403)


def test_health_is_open_without_a_token(open_api: Api) -> None:
    assert open_api.client.get("/health").status_code == 200


def test_the_token_is_never_shown(open_api: Api) -> None:
    assert TOKEN not in repr(ApiSettings(host="0.0.0.0", token=TOKEN))
    assert TOKEN not in repr(AccessRules("0.0.0.0", TOKEN))
    assert TOKEN not in open_api.client.get("/api/accounts").text


@pytest.mark.parametrize("path", ["/health", "/docs", "/openapi.json", "/api/accounts", "/nowhere"])
def test_every_answer_has_security_headers(api: Api, path: str) -> None:
    headers = api.client.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "server" not in headers


def test_refused_tokens_leave_one_line_a_minute_with_the_address_and_without_the_token(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with served(tmp_path, ApiSettings(token=TOKEN)) as api:
        for path in ("/api/accounts", "/api/contracts", "/health"):
            api.client.get(path, headers={"Authorization": "Bearer not-the-hushhush-token"})
        api.client.get("/api/accounts", headers={"Authorization": f"Bearer {TOKEN}"})
        api.client.get("/health")
    (line,) = [one for one in caplog.records if one.levelname == "WARNING"]
    assert "a call from 127.0.0.1 was refused" in line.getMessage()
    assert "hush" not in line.getMessage()
