"""Settings are checked where they are made, and hide what is secret."""

import asyncio

import pytest

from wa_desktop.errors import InvalidInput
from wa_desktop.senders.cloud_api import CloudApiSender
from wa_desktop.senders.factory import CloudApiSettings, SandboxSettings, build_sender
from wa_desktop.senders.sandbox import SandboxSender

TOKEN = "EAAsecretTOKEN123"


def test_each_kind_of_settings_builds_its_sender() -> None:
    async def run() -> None:
        cloud = build_sender(CloudApiSettings("106", TOKEN))
        sandbox = build_sender(SandboxSettings())
        assert isinstance(cloud, CloudApiSender)
        assert isinstance(sandbox, SandboxSender)
        await cloud.close()
        await sandbox.close()

    asyncio.run(run())


def test_the_token_is_not_shown() -> None:
    assert TOKEN not in repr(CloudApiSettings("106", TOKEN))


def test_the_address_is_put_together_from_its_parts() -> None:
    settings = CloudApiSettings("10/6", TOKEN, "https://example.org/graph/", "v25.0")
    assert settings.messages_url == "https://example.org/graph/v25.0/10%2F6/messages"


@pytest.mark.parametrize(
    ("values", "at"),
    [
        ({"phone_number_id": ""}, "phoneNumberId"),
        ({"phone_number_id": ".."}, "phoneNumberId"),
        ({"access_token": ""}, "accessToken"),
        ({"access_token": "two\nlines-secret"}, "accessToken"),
        ({"access_token": "токен-secret"}, "accessToken"),
        ({"api_base_url": "graph.facebook.com"}, "apiBaseUrl"),
        ({"api_base_url": "https://user:secret@host"}, "apiBaseUrl"),
        ({"api_base_url": "https://host?x=1"}, "apiBaseUrl"),
        ({"api_base_url": "https://host:99999"}, "apiBaseUrl"),
        ({"api_version": "23"}, "apiVersion"),
        ({"connect_timeout": 30.0, "timeout": 10.0}, "timeout"),
    ],
)
def test_a_wrong_value_is_named_and_secrets_are_not(values: dict[str, object], at: str) -> None:
    arguments: dict[str, object] = {"phone_number_id": "106", "access_token": TOKEN} | values
    with pytest.raises(InvalidInput) as caught:
        CloudApiSettings(**arguments)  # type: ignore[arg-type]
    assert [one.at for one in caught.value.problems] == [at]
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("values", [{"latency": -1.0}, {"failure_share": 1.5}])
def test_a_sandbox_out_of_bounds_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        SandboxSettings(**values)  # type: ignore[arg-type]
