"""The ledger knows its key: another one opens nothing, changes nothing and says what to do."""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ledger.keys.sealing import (
    OTHER,
    SECRETS,
    SHOP,
    TOKEN,
    everything,
    fingerprint_text,
    one,
    opened,
    random_key,
    sealed_text,
    two,
)
from tests.ledgers import execute
from wa_desktop.errors import LedgerDamaged, TokenUnusable, WrongKey
from wa_desktop.ledger.keys.derivation import Fingerprint, new_fingerprint, sealing_key
from wa_desktop.ledger.keys.ledger_key import KeyFit
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import AccountKind, AccountSecrets
from wa_desktop.ledger.vault import Vault

ALL = ("access_token", "app_secret", "verify_token")
PASSPHRASE = re.escape("WA_SECRET_KEY is not the key that the access tokens in this ledger need.")


def test_the_first_machine_that_starts_gives_the_ledger_its_key(ledger_url: str) -> None:
    with opened(ledger_url, one()) as ledger:
        assert ledger.key.standing().fit is KeyFit.NONE_YET
        assert ledger.key.settle()
        assert not ledger.key.settle()
        assert ledger.key.standing().fit is KeyFit.FITS
    with opened(ledger_url, one()) as again:
        again.key.settle()
        assert again.accounts.add(SHOP, SECRETS).secrets_set == ALL


def test_another_key_is_refused_and_changes_nothing(ledger_url: str) -> None:
    with opened(ledger_url, one()) as ledger:
        ledger.accounts.add(SHOP, SECRETS)
        before = everything(ledger)
    with opened(ledger_url, two()) as stranger:
        uses: list[Callable[[], object]] = [
            stranger.key.settle,
            lambda: stranger.accounts.for_sending("shop"),
            lambda: stranger.accounts.add(OTHER, SECRETS),
            lambda: stranger.accounts.change(SHOP, AccountSecrets(access_token="new")),
            lambda: stranger.accounts.change(SHOP, AccountSecrets(app_secret="new")),
        ]
        for use in uses:
            with pytest.raises(WrongKey, match=PASSPHRASE) as told:
                use()
            assert TOKEN not in str(told.value)
        assert stranger.key.standing().fit is KeyFit.WRONG
        assert everything(stranger) == before
    with opened(ledger_url, one()) as ledger:
        assert ledger.accounts.for_sending("shop").secrets == SECRETS


def test_what_needs_no_secret_works_with_another_key(ledger_url: str) -> None:
    with opened(ledger_url, one()) as ledger:
        stored = ledger.accounts.add(SHOP, SECRETS)
    with opened(ledger_url, two()) as stranger:
        [shown] = stranger.accounts.list()
        assert shown.secrets_set == ALL
        assert stranger.accounts.change(replace(stored, name="Лавка")).name == "Лавка"
        assert stranger.accounts.change(stored, AccountSecrets()).name == "Магазин"
    with opened(ledger_url, one()) as ledger:
        assert ledger.accounts.for_sending("shop").secrets == SECRETS


def test_a_second_data_folder_gets_no_key_file_of_its_own(ledger_url: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first.key", tmp_path / "second.key"
    with opened(ledger_url, Vault.from_file(first)) as ledger:
        ledger.accounts.add(SHOP, SECRETS)
    with opened(ledger_url, Vault.from_file(second)) as stranger:
        told = re.escape(f"there is no key file {second} here")
        with pytest.raises(WrongKey, match=rf"{told}.*Copy the file secret\.key.*to {second}"):
            stranger.key.settle()
    assert not second.exists()
    second.write_bytes(first.read_bytes())
    with opened(ledger_url, Vault.from_file(second)) as stranger:
        assert stranger.accounts.for_sending("shop").secrets == SECRETS


@pytest.mark.parametrize(
    ("ledgers", "own", "said"),
    [
        (one, two, "WA_SECRET_KEY is not the key .* Set WA_SECRET_KEY to the value"),
        (one, random_key, "stored with a WA_SECRET_KEY, which is not set here.* Set WA_SECRET_KEY"),
        (random_key, one, "a key file, but WA_SECRET_KEY is set here.* Start without WA_SECRET"),
        (random_key, random_key, "The key file .* is not the key .* Copy the file secret.key"),
    ],
)
def test_the_refusal_says_what_is_wrong_and_what_to_do(
    sqlite_url: str, ledgers: Callable[[], Vault], own: Callable[[], Vault], said: str
) -> None:
    with opened(sqlite_url, ledgers()) as ledger:
        ledger.key.settle()
    with opened(sqlite_url, own()) as stranger, pytest.raises(WrongKey) as told:
        stranger.key.settle()
    text = str(told.value)
    assert re.search(said, text)
    assert "Nothing was changed." in text
    assert "wa-desktop key set" in text


def test_of_programs_that_start_at_once_one_gives_the_key(ledger_url: str) -> None:
    """Each has a key of its own: the others are refused, none is overwritten."""
    ledgers = [Ledger.open(ledger_url, random_key()) for _ in range(4)]
    begin, ends = threading.Barrier(4), []

    def start(ledger: Ledger) -> None:
        begin.wait()
        try:
            ledger.key.settle()
            ends.append("taken")
        except WrongKey:
            ends.append("refused")

    threads = [threading.Thread(target=start, args=(one,)) for one in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["refused"] * 3 + ["taken"]
    for ledger in ledgers:
        ledger.close()


def test_a_program_notices_that_the_key_was_changed_while_it_ran(ledger_url: str) -> None:
    with opened(ledger_url, one()) as running, opened(ledger_url, two()) as other:
        running.accounts.add(SHOP, SECRETS)
        other.rekeying.seal_anew((one(),), ())
        for use in (
            lambda: running.accounts.for_sending("shop"),
            lambda: running.accounts.add(OTHER, SECRETS),
            lambda: running.accounts.change(SHOP, AccountSecrets(access_token="new")),
        ):
            with pytest.raises(WrongKey, match="changed while this program was running"):
                use()
        assert other.accounts.for_sending("shop").secrets == SECRETS


def test_a_fingerprint_shows_neither_the_key_nor_a_quick_way_to_guess_it(sqlite_url: str) -> None:
    with opened(sqlite_url, one()) as ledger:
        ledger.key.settle()
        text = fingerprint_text(ledger)
    assert text is not None
    found = json.loads(text)
    assert found["source"] == "passphrase"
    assert found["cost"] >= 2**15
    secret = one().secret()
    assert secret is not None
    assert secret.decode() not in text


def test_equal_passphrases_of_two_ledgers_have_different_fingerprints() -> None:
    (first, key), (second, other) = new_fingerprint(one()), new_fingerprint(one())
    assert first.mark != second.mark
    assert key != other
    assert sealing_key(one(), first) == key
    assert sealing_key(two(), first) is None


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "{}",
        "[]",
        '{"source": "passphrase", "cost": 1, "salt": "AAAA", "mark": "ab"}',
        '{"source": "passphrase", "cost": 1073741824, "salt": "AAAA", "mark": "ab"}',
        '{"source": "passphrase", "cost": 40000, "salt": "AAAA", "mark": "ab"}',
        '{"source": "passphrase", "cost": 0, "salt": "AAAA", "mark": "ab"}',
        '{"source": "file", "cost": 0, "salt": "?", "mark": "ab"}',
    ],
)
def test_a_damaged_or_weakened_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(LedgerDamaged, match="key cannot be read"):
        Fingerprint.read(text)


@pytest.mark.parametrize(
    "move",
    [
        "api_base_url = 'https://evil.example'",
        "api_base_url = 'http://graph.facebook.com'",
        "api_base_url = 'https://graph.facebook.com:8443'",
        "api_base_url = 'https://graph.facebook.com/proxy'",
        "phone_number_id = '1056'",
        "phone_number_id = NULL",
    ],
)
def test_a_token_does_not_follow_an_address_that_was_edited_in_the_database(
    ledger: Ledger, move: str
) -> None:
    ledger.accounts.add(SHOP, SECRETS)
    execute(ledger, f"UPDATE accounts SET {move} WHERE id = 'shop'")
    with pytest.raises(TokenUnusable, match=r"another API address or phone number ID.*enter the"):
        ledger.accounts.for_sending("shop")
    assert ledger.key.standing().unusable[0][0] == "shop"


@pytest.mark.parametrize(
    "spelling",
    [
        "api_base_url = 'https://GRAPH.facebook.com.:443/'",
        "phone_number_id = ' 0001055'",
    ],
)
def test_another_spelling_in_the_database_is_the_same_address(
    ledger: Ledger, spelling: str
) -> None:
    ledger.accounts.add(SHOP, SECRETS)
    execute(ledger, f"UPDATE accounts SET {spelling} WHERE id = 'shop'")
    sending = ledger.accounts.for_sending("shop")
    assert sending.secrets == SECRETS
    assert sending.account.api_base_url == SHOP.api_base_url
    assert sending.account.phone_number_id == SHOP.phone_number_id


def test_the_sealed_token_of_one_account_is_of_no_use_in_another(ledger: Ledger) -> None:
    ledger.accounts.add(SHOP, SECRETS)
    ledger.accounts.add(
        replace(OTHER, api_base_url="https://evil.example"), AccountSecrets(access_token="own")
    )
    execute(
        ledger,
        "UPDATE accounts SET secrets = ? WHERE id = 'other'",
        sealed_text(ledger),
    )
    with pytest.raises(TokenUnusable):
        ledger.accounts.for_sending("other")


def test_a_token_of_a_sandbox_is_of_no_use_at_an_address(ledger: Ledger) -> None:
    ledger.accounts.add(replace(SHOP, kind=AccountKind.SANDBOX), SECRETS)
    execute(ledger, "UPDATE accounts SET kind = 'cloud_api' WHERE id = 'shop'")
    with pytest.raises(TokenUnusable):
        ledger.accounts.for_sending("shop")


@pytest.mark.parametrize("damage", ["nonsense", "2:access_token:gAAAAA", "2:"])
def test_a_damaged_token_is_to_be_entered_again(ledger: Ledger, damage: str) -> None:
    ledger.accounts.add(SHOP, SECRETS)
    execute(ledger, "UPDATE accounts SET secrets = ? WHERE id = 'shop'", damage)
    with pytest.raises(TokenUnusable, match=r"cannot be opened.*Enter the token again") as told:
        ledger.accounts.for_sending("shop")
    assert damage not in str(told.value)
    ledger.accounts.change(SHOP, AccountSecrets(access_token="new"))
    assert ledger.accounts.for_sending("shop").secrets.access_token == "new"
