"""The check of a phone number, against the stand-in."""

import pytest

from tests.standin import Answer, Behaviour, StandIn
from wa_desktop.errors import ProviderError
from wa_desktop.senders.provider import ProviderNumber, check_number
from wa_desktop.senders.settings import CloudApiSettings

TOKEN = "EAAsecretTOKEN123"


def settings_of(base_url: str) -> CloudApiSettings:
    return CloudApiSettings("106540352242922", TOKEN, base_url, connect_timeout=0.5, timeout=1.0)


def test_a_number_is_read_as_the_provider_has_it(cloud: StandIn) -> None:
    assert check_number(settings_of(cloud.base_url)) == ProviderNumber(
        phone_number_id="106540352242922",
        phone="+1 555-0100",
        display_name="Stand-in",
        quality="GREEN",
        tier="TIER_2K",
        throughput="STANDARD",
        status="CONNECTED",
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("190", "access token is wrong or has expired"),
        ("10", "lacks the rights"),
        ("33", "no phone number with the id 106540352242922"),
        ("131000", "code 131000"),
        (Answer.HTML_502, "answered 502"),
        (Answer.EMPTY_200, "not as the Cloud API"),
        (Answer.REDIRECT, "answered 302"),
        (Answer.DROP_BEFORE, "broke off"),
        (Answer.SILENT, "did not answer in time"),
    ],
)
def test_each_failure_is_said_in_plain_words(cloud: StandIn, answer: str, words: str) -> None:
    cloud.behave(Behaviour(number=answer))
    with pytest.raises(ProviderError, match=words) as caught:
        check_number(settings_of(cloud.base_url))
    assert TOKEN not in str(caught.value)


def test_no_connection_names_the_address() -> None:
    with pytest.raises(ProviderError, match=r"No connection to http://127\.0\.0\.1:1"):
        check_number(settings_of("http://127.0.0.1:1"))


def test_a_provider_that_does_not_know_the_limits_field_is_asked_again_without_it(
    cloud: StandIn,
) -> None:
    cloud.behave(Behaviour(no_tier=True))
    number = check_number(settings_of(cloud.base_url))
    assert (number.quality, number.tier) == ("GREEN", None)
    assert len(cloud.questions()) == 2


@pytest.mark.parametrize(("answer", "asked"), [("100", 2), ("100/33", 1)])
def test_a_number_that_is_not_known_is_asked_about_twice_at_most(
    cloud: StandIn, answer: str, asked: int
) -> None:
    cloud.behave(Behaviour(number=answer))
    with pytest.raises(ProviderError, match="no phone number with the id"):
        check_number(settings_of(cloud.base_url))
    assert len(cloud.questions()) == asked


@pytest.mark.parametrize(
    ("answer", "words"), [("190/463", "has expired"), ("190/460", "changed the password")]
)
def test_what_happened_to_the_token_is_said(cloud: StandIn, answer: str, words: str) -> None:
    cloud.behave(Behaviour(number=answer))
    with pytest.raises(ProviderError, match=words):
        check_number(settings_of(cloud.base_url))
