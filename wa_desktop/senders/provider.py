"""Asks the provider about a phone number: who it is, how good, how much it may send."""

from dataclasses import dataclass
from typing import Any

import httpx

from wa_desktop.error_table import reaction_for
from wa_desktop.errors import ProviderError
from wa_desktop.senders.bounded import get_bounded
from wa_desktop.senders.graph_answer import GraphError, parse_json, read_graph_error
from wa_desktop.senders.privacy import without_private
from wa_desktop.senders.settings import CloudApiSettings
from wa_desktop.senders.vitals import TOKEN_CODES
from wa_desktop.words import words

_FIELDS = "id,display_phone_number,verified_name,quality_rating,throughput,status"
_TIER = "whatsapp_business_manager_messaging_limit"
"""A field of version 24.0 and newer; a gateway may know it or not whatever the version. Where it is
refused the whole question is, so it is asked again without."""

_INVALID_PARAMETER = 100
_NO_SUCH_NUMBER = 33
_RIGHTS_CODES = (3, 10, 131005, *range(200, 300))
_UNKNOWN_NUMBER_CODES = (33, 100)


@dataclass(frozen=True, slots=True)
class ProviderNumber:
    """A phone number as the provider knows it; None where the provider says nothing.

    ``phone`` is as the provider writes it, ``quality`` GREEN, YELLOW, RED or NA, ``tier`` the
    portfolio's limit such as TIER_2K, ``throughput`` STANDARD or HIGH, ``status`` CONNECTED
    when it may send. Source: Cloud API, phone number fields (2026-05).
    """

    phone_number_id: str
    phone: str | None
    display_name: str | None
    quality: str | None
    tier: str | None
    throughput: str | None
    status: str | None

    @property
    def warning(self) -> str | None:
        """What a person should know of a number that can send; ``None``: nothing is wrong.

        A check only says it. What stops is the program that sends: whoever asks by hand decides
        for themselves, and a check must not stop the campaigns of another machine.
        """
        if self.quality is None or self.quality.upper() != "RED":
            return None
        return words(
            "The provider rates the quality of this number RED: too many people blocked or "
            "reported it. It can send still, and may soon be restricted. Write only to people "
            "who expect it. A campaign that runs is held up once for this."
        )


def check_number(settings: CloudApiSettings) -> ProviderNumber:
    """Ask for the number; blocks for up to the settings' time-out, so not for the window's thread.

    Raises :class:`ProviderError` with what is wrong and what to do.
    """
    headers = {"Authorization": f"Bearer {settings.access_token}"}
    timeout = httpx.Timeout(settings.timeout, connect=settings.connect_timeout)
    try:
        # No proxy of the environment: the check must go the way the messages go.
        with httpx.Client(headers=headers, timeout=timeout, trust_env=False) as client:
            response = _asked(client, settings, f"{_FIELDS},{_TIER}")
            if _may_be_the_field(response):
                response = _asked(client, settings, _FIELDS)
    except httpx.ConnectError as error:
        raise ProviderError(
            words(
                "No connection to {address}. Check the network and the account's apiBaseUrl.",
                address=settings.api_base_url,
            )
        ) from error
    except httpx.TimeoutException as error:
        raise ProviderError(
            words(
                "{address} did not answer in time. Try again in a minute.",
                address=settings.api_base_url,
            )
        ) from error
    except httpx.HTTPError as error:
        raise ProviderError(
            words(
                "The call to {address} broke off. Try again in a minute.",
                address=settings.api_base_url,
            )
        ) from error
    return _number_of(response, settings)


def _asked(client: httpx.Client, settings: CloudApiSettings, fields: str) -> httpx.Response:
    return get_bounded(client, settings.number_url, {"fields": fields}, settings.timeout)


def _may_be_the_field(response: httpx.Response) -> bool:
    """Whether the question may be refused for a field that is not known, not for the number."""
    error = read_graph_error(response.content) if response.status_code >= 400 else None
    return (
        error is not None and error.code == _INVALID_PARAMETER and error.subcode != _NO_SUCH_NUMBER
    )


def _number_of(response: httpx.Response, settings: CloudApiSettings) -> ProviderNumber:
    error = read_graph_error(response.content) if response.status_code >= 400 else None
    if error is not None:
        raise ProviderError(_words_for(error, settings))
    found = parse_json(response.content)
    if response.status_code != 200 or not isinstance(found, dict) or "id" not in found:
        raise ProviderError(
            words(
                "{address} answered {status}, but not as the Cloud API does. Check "
                "the account's apiBaseUrl, and whether a proxy stands between.",
                address=settings.api_base_url,
                status=response.status_code,
            )
        )
    return ProviderNumber(
        phone_number_id=str(found["id"]),
        phone=_text(found, "display_phone_number"),
        display_name=_text(found, "verified_name"),
        quality=_text(found, "quality_rating"),
        tier=_text(found, "whatsapp_business_manager_messaging_limit"),
        throughput=_text(found.get("throughput"), "level"),
        status=_text(found, "status"),
    )


def _words_for(error: GraphError, settings: CloudApiSettings) -> str:
    rule = reaction_for(error.code, error.subcode)
    if error.code in TOKEN_CODES and rule.subcode is not None:
        return rule.said
    if error.code in TOKEN_CODES:
        return words("The access token is wrong or has expired. Make a new one and enter it.")
    if error.code in _RIGHTS_CODES:
        return words(
            "The access token lacks the rights for this number. Give it "
            "whatsapp_business_messaging and whatsapp_business_management, then try again."
        )
    if error.code in _UNKNOWN_NUMBER_CODES:
        return words(
            "The provider knows no phone number with the id {id}, or the token may not see it. "
            "Copy the id from the WhatsApp Manager.",
            id=settings.phone_number_id,
        )
    return words(
        "The provider refused the check (code {code}): {said}",
        code=error.code,
        said=without_private(error.text, [settings.access_token]),
    )


def _text(found: Any, key: str) -> str | None:
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, str) else None
