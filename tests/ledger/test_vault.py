"""The key file: made once, read by its owner alone, never guessed anew."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from wa_desktop.errors import LedgerError
from wa_desktop.ledger.records import NO_SECRETS, AccountSecrets
from wa_desktop.ledger.vault import Vault

SECRETS = AccountSecrets(access_token="токен", verify_token="v")
RACER = """
import sys
from pathlib import Path
from wa_desktop.ledger.vault import Vault
sys.stdin.readline()
print(Vault.from_file(Path(sys.argv[1])).seal.__self__._fernet._signing_key.hex())
"""


def test_what_is_sealed_opens_with_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "secret.key"
    sealed = Vault.from_file(path).seal(SECRETS)
    assert Vault.from_file(path).open(sealed) == SECRETS


def test_the_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    Vault.from_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_is_sealed_as_nothing() -> None:
    vault = Vault.from_passphrase("a passphrase")
    assert vault.seal(NO_SECRETS) is None
    assert vault.open(None) == NO_SECRETS


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 44, b"x" * 44])
def test_a_damaged_key_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=rf"{path}.*damaged.*Restore"):
        Vault.from_file(path)
    assert path.read_bytes() == content


def test_a_damaged_seal_is_an_error_in_plain_words() -> None:
    with pytest.raises(LedgerError, match="another key"):
        Vault.from_passphrase("a passphrase").open("nonsense")


def test_programs_that_start_at_once_for_the_first_time_get_one_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RACER, str(tmp_path / "secret.key")]
    racers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    keys = {racer.communicate(timeout=60)[0].strip() for racer in racers}
    assert len(keys) == 1
    assert keys != {""}
