"""What earlier versions sealed opens, and is sealed anew at the first start with the right key."""

import pytest

from tests.ledger.keys.sealing import (
    OTHER,
    SECRETS,
    SHOP,
    everything,
    fingerprint_text,
    one,
    opened,
    random_key,
    seal_as_before,
    sealed_text,
    two,
)
from tests.ledgers import execute
from wa_desktop.errors import LedgerBusy, TokenUnusable, WrongKey
from wa_desktop.ledger.keys.ledger_key import KeyFit
from wa_desktop.ledger.records import NO_SECRETS
from wa_desktop.ledger.vault import Vault


def _of_before(url: str, vault: Vault) -> None:
    """A ledger whose account was stored by an earlier version, with its address as typed."""
    with opened(url, vault) as ledger:
        ledger.accounts.add(SHOP, NO_SECRETS)
        seal_as_before(ledger, vault)
        execute(
            ledger,
            "UPDATE accounts SET api_base_url = 'https://Graph.facebook.com:443/', "
            "phone_number_id = '01055' WHERE id = 'shop'",
        )


@pytest.mark.parametrize("vault", [one(), random_key()], ids=["passphrase", "file"])
def test_the_first_start_seals_anew_with_address_and_slow_key(
    ledger_url: str, vault: Vault
) -> None:
    _of_before(ledger_url, vault)
    with opened(ledger_url, vault) as ledger:
        before = sealed_text(ledger)
        assert ledger.accounts.list()[0].secrets_set == (
            "access_token",
            "app_secret",
            "verify_token",
        )
        assert ledger.key.standing().fit is KeyFit.FITS
        assert fingerprint_text(ledger) is None
        ledger.key.settle()
        assert sealed_text(ledger).startswith("2:")
        assert sealed_text(ledger) != before
        sending = ledger.accounts.for_sending("shop")
        assert sending.secrets == SECRETS
        address = (sending.account.api_base_url, sending.account.phone_number_id)
        assert address == (SHOP.api_base_url, SHOP.phone_number_id)
        stored = everything(ledger)
        execute(ledger, "UPDATE accounts SET api_base_url = 'https://evil.example'")
        with pytest.raises(TokenUnusable):
            ledger.accounts.for_sending("shop")
    assert "https://graph.facebook.com" in str(stored)
    assert "Graph" not in str(stored)


def test_a_reader_that_needs_the_token_seals_anew_too(sqlite_url: str) -> None:
    _of_before(sqlite_url, one())
    with opened(sqlite_url, one()) as ledger:
        assert ledger.accounts.for_sending("shop").secrets == SECRETS
        assert sealed_text(ledger).startswith("2:")


@pytest.mark.parametrize("own", [two(), random_key()], ids=["passphrase", "file"])
def test_the_first_start_with_another_key_changes_nothing(ledger_url: str, own: Vault) -> None:
    _of_before(ledger_url, one())
    with opened(ledger_url, own) as stranger:
        before = everything(stranger)
        assert stranger.key.standing().fit is KeyFit.WRONG
        with pytest.raises(WrongKey, match="Use the key of the machine that stored the tokens"):
            stranger.key.settle()
        assert everything(stranger) == before
    with opened(ledger_url, one()) as ledger:
        assert ledger.accounts.for_sending("shop").secrets == SECRETS


def test_nothing_is_sealed_anew_while_an_earlier_version_runs(ledger_url: str) -> None:
    _of_before(ledger_url, one())
    with opened(ledger_url, one()) as ledger:
        worker = ledger.workers.register()
        before = everything(ledger)
        with pytest.raises(LedgerBusy, match=r"earlier version of wa-desktop still sends.*Stop"):
            ledger.key.settle()
        assert everything(ledger) == before
        ledger.workers.leave(worker)
        ledger.key.settle()
        assert ledger.accounts.for_sending("shop").secrets == SECRETS


def test_of_secrets_under_two_keys_those_that_open_are_kept(sqlite_url: str) -> None:
    """A second machine of an earlier version may have stored one account with its own key."""
    _of_before(sqlite_url, one())
    with opened(sqlite_url, one()) as ledger:
        ledger.accounts.add(OTHER, NO_SECRETS)
        seal_as_before(ledger, two(), OTHER)
        strange = sealed_text(ledger, "other")
        assert [one[0] for one in ledger.key.standing().unusable] == ["other"]
        ledger.key.settle()
        assert ledger.accounts.for_sending("shop").secrets == SECRETS
        assert sealed_text(ledger, "other") == strange
        with pytest.raises(TokenUnusable, match="Enter the token again"):
            ledger.accounts.for_sending("other")


def test_what_an_earlier_version_sealed_is_not_taken_into_a_ledger_with_a_fingerprint(
    sqlite_url: str,
) -> None:
    """Such a text names no address, so an old copy of it could be put beside any."""
    with opened(sqlite_url, one()) as ledger:
        ledger.accounts.add(SHOP, SECRETS)
        seal_as_before(ledger, one())
        with pytest.raises(TokenUnusable):
            ledger.accounts.for_sending("shop")
