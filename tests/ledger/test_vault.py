"""The key file: made once, read by its owner alone, never guessed anew."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from wa_desktop.errors import LedgerError
from wa_desktop.ledger.vault import Vault

RACER = """
import sys
from pathlib import Path
from wa_desktop.ledger.vault import Vault
sys.stdin.readline()
print(Vault.from_file(Path(sys.argv[1])).made().hex())
"""


def test_the_key_file_is_made_when_it_is_needed_and_read_after_that(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "secret.key"
    assert Vault.from_file(path).secret() is None
    assert not path.parent.exists()
    made = Vault.from_file(path).made()
    assert Vault.from_file(path).secret() == made


def test_the_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    Vault.from_file(path).made()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 44, b"x" * 44])
def test_a_damaged_key_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    for read in (Vault.from_file(path).secret, Vault.from_file(path).made):
        with pytest.raises(LedgerError, match=rf"{path}.*damaged.*Restore"):
            read()
    assert path.read_bytes() == content


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
