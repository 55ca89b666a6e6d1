"""What is learnt of a number and its templates, against the stand-in."""

import asyncio
from collections.abc import Mapping

import pytest

from tests.standin import Answer, Behaviour, StandIn
from wa_desktop.senders.cloud_api import CloudApiSender
from wa_desktop.senders.settings import CloudApiSettings
from wa_desktop.senders.vitals import LookFailed, NumberSigns, Onlooker

TOKEN = "stand-in"
"""A word of the stand-in's own errors: a provider may quote the token it refuses."""


def _settings(base_url: str) -> CloudApiSettings:
    return CloudApiSettings("1055", TOKEN, base_url, connect_timeout=0.5, timeout=1.0)


def _number(base_url: str) -> NumberSigns | LookFailed:
    async def look() -> NumberSigns | LookFailed:
        sender = CloudApiSender(_settings(base_url))
        try:
            return await Onlooker(sender).number()
        finally:
            await sender.close()

    return asyncio.run(look())


def _template(base_url: str, name: str) -> Mapping[str, str] | LookFailed:
    async def look() -> Mapping[str, str] | LookFailed:
        sender = CloudApiSender(_settings(base_url))
        try:
            return await Onlooker(sender).template("2044", name)
        finally:
            await sender.close()

    return asyncio.run(look())


def test_a_number_fares_as_the_provider_says(cloud: StandIn) -> None:
    cloud.behave(Behaviour(quality="YELLOW"))
    assert _number(cloud.base_url) == NumberSigns("YELLOW", "CONNECTED")


def test_a_template_is_known_by_its_whole_name_in_each_language(cloud: StandIn) -> None:
    library = {"promo/ru": "PAUSED", "promo/en_US": "APPROVED", "promotion/ru": "REJECTED"}
    cloud.behave(Behaviour(templates=library))
    assert _template(cloud.base_url, "promo") == {"ru": "PAUSED", "en_US": "APPROVED"}
    assert _template(cloud.base_url, "pro") == {}
    assert cloud.questions() == ["templates 2044 promo", "templates 2044 pro"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("190", 190),
        ("4", 4),
        (Answer.BARE_429, 429),
        (Answer.HTML_502, None),
        (Answer.EMPTY_200, None),
        (Answer.NO_ID, None),
        (Answer.CUT_BODY, None),
        (Answer.REDIRECT, None),
        (Answer.DROP_BEFORE, None),
        (Answer.SILENT, None),
        (Answer.ENDLESS_CODE, None),
    ],
)
def test_what_fails_says_so_without_the_token(
    cloud: StandIn, answer: str, code: int | None
) -> None:
    cloud.behave(Behaviour(number=answer, library=answer))
    for found in (_number(cloud.base_url), _template(cloud.base_url, "promo")):
        assert isinstance(found, LookFailed)
        assert found.code == code
        assert found.reason
        assert TOKEN not in found.reason


def test_the_time_asked_for_is_known(cloud: StandIn) -> None:
    cloud.behave(Behaviour(number="80007", regain_minutes=3))
    found = _number(cloud.base_url)
    assert isinstance(found, LookFailed)
    assert (found.code, found.retry_after) == (80007, 180.0)


def test_a_provider_out_of_reach_is_a_failed_look() -> None:
    found = _number("http://127.0.0.1:1")
    assert isinstance(found, LookFailed)
    assert found.code is None
