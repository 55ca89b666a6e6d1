"""A new key is a step of its own: all or nothing, with the old key or without the tokens."""

from pathlib import Path

import pytest

from tests.ledger.keys.sealing import (
    OTHER,
    SECRETS,
    SHOP,
    TWO,
    everything,
    one,
    opened,
    random_key,
    seal_as_before,
    two,
)
from tests.ledgers import execute
from wa_desktop.errors import InvalidInput, LedgerBusy, MoveRefused, TokenUnusable, WrongKey
from wa_desktop.ledger.keys.rekeying import keys_in
from wa_desktop.ledger.records import NO_SECRETS, AccountSecrets, AccountState
from wa_desktop.ledger.vault import Vault


def _filled(url: str, vault: Vault) -> None:
    with opened(url, vault) as ledger:
        ledger.accounts.add(SHOP, SECRETS)
        ledger.accounts.add(OTHER, AccountSecrets(access_token="others"))


@pytest.mark.parametrize(
    ("old", "new"),
    [(one(), two()), (one(), random_key()), (random_key(), one()), (random_key(), random_key())],
)
def test_with_the_old_key_everything_is_sealed_anew(
    ledger_url: str, old: Vault, new: Vault
) -> None:
    _filled(ledger_url, old)
    with opened(ledger_url, new) as ledger:
        done = ledger.rekeying.seal_anew((random_key(), old), ())
        assert (sorted(done.sealed_anew), done.unreadable) == (["Лавка", "Магазин"], ())
        assert ledger.accounts.for_sending("shop").secrets == SECRETS
        assert ledger.accounts.for_sending("other").secrets.access_token == "others"
    with opened(ledger_url, old) as former, pytest.raises(WrongKey):
        former.key.settle()


def test_without_the_right_old_key_nothing_changes(ledger_url: str) -> None:
    _filled(ledger_url, one())
    with opened(ledger_url, two()) as ledger:
        before = everything(ledger)
        for old in ((), (random_key(),), (two(),)):
            with pytest.raises(InvalidInput, match=r"None of the old keys.*forget-tokens"):
                ledger.rekeying.seal_anew(old, ())
        assert everything(ledger) == before


def test_a_key_that_fits_already_is_left(ledger_url: str) -> None:
    _filled(ledger_url, one())
    with opened(ledger_url, one()) as ledger:
        before = everything(ledger)
        for act in (
            lambda: ledger.rekeying.seal_anew((one(),), ()),
            lambda: ledger.rekeying.forget(()),
        ):
            with pytest.raises(MoveRefused, match="already"):
                act()
        assert everything(ledger) == before


def test_nothing_is_rekeyed_while_a_worker_lives(ledger_url: str) -> None:
    _filled(ledger_url, one())
    with opened(ledger_url, two()) as ledger:
        ledger.workers.register()
        before = everything(ledger)
        for act in (ledger.rekeying.forget, lambda a: ledger.rekeying.seal_anew((one(),), a)):
            with pytest.raises(LedgerBusy, match="Stop every window, server and worker"):
                act(ledger.workers.alive())
        assert everything(ledger) == before


def test_where_the_old_key_is_lost_tokens_are_given_up_and_accounts_stop(ledger_url: str) -> None:
    _filled(ledger_url, one())
    with opened(ledger_url, two()) as ledger:
        assert sorted(ledger.rekeying.forget(())) == ["Лавка", "Магазин"]
        for account in ledger.accounts.list():
            assert account.state is AccountState.STOPPED
            assert "Enter the token again" in (account.state_reason or "")
            assert account.secrets_set == ()
            with pytest.raises(TokenUnusable, match="No access token is stored"):
                ledger.accounts.for_sending(account.id)
        ledger.accounts.change(SHOP, AccountSecrets(access_token="new"))
        assert ledger.accounts.for_sending("shop").secrets.access_token == "new"


def test_a_ledger_without_secrets_takes_a_new_key_without_the_old_one(sqlite_url: str) -> None:
    with opened(sqlite_url, one()) as ledger:
        ledger.key.settle()
    with opened(sqlite_url, two()) as ledger:
        assert ledger.rekeying.seal_anew((), ()).sealed_anew == ()
        ledger.key.settle()


def test_a_new_key_does_not_lead_a_token_to_an_address_that_was_edited(sqlite_url: str) -> None:
    _filled(sqlite_url, one())
    with opened(sqlite_url, two()) as ledger:
        execute(ledger, "UPDATE accounts SET api_base_url = 'https://evil.example'")
        ledger.rekeying.seal_anew((one(),), ())
        with pytest.raises(TokenUnusable, match="another API address"):
            ledger.accounts.for_sending("shop")


def test_what_an_earlier_version_sealed_takes_a_new_key(sqlite_url: str) -> None:
    with opened(sqlite_url, one()) as ledger:
        ledger.accounts.add(SHOP, NO_SECRETS)
        seal_as_before(ledger, one())
    with opened(sqlite_url, two()) as ledger:
        assert ledger.rekeying.seal_anew((one(),), ()).sealed_anew == ("Магазин",)
        assert ledger.accounts.for_sending("shop").secrets == SECRETS


def test_what_the_old_key_does_not_open_is_named_and_left(sqlite_url: str) -> None:
    _filled(sqlite_url, one())
    with opened(sqlite_url, two()) as ledger:
        execute(ledger, "UPDATE accounts SET secrets = 'nonsense' WHERE id = 'other'")
        done = ledger.rekeying.seal_anew((one(),), ())
        assert (done.sealed_anew, done.unreadable) == (("Магазин",), ("Лавка",))


def test_an_old_key_is_read_from_a_key_file_or_a_text(tmp_path: Path) -> None:
    file = tmp_path / "old.key"
    made = Vault.from_file(file).made()
    assert keys_in(file)[0].secret() == made
    text = tmp_path / "old.txt"
    text.write_text(f"{TWO}\n", encoding="utf-8")
    assert [one.secret() for one in keys_in(text)] == [TWO.encode()]
    text.write_bytes(b"\xff")
    assert keys_in(text) == ()
