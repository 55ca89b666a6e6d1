"""The small files beside a ledger, where they cannot be opened: another user's, for instance."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.opened import open_ledger
from wa_desktop.errors import LedgerError
from wa_desktop.ledger.copies.backup import back_up
from wa_desktop.ledger.engine_lock import EngineLock
from wa_desktop.ledger.vault import Vault


def _open(ledger: Path) -> object:
    return open_ledger(f"sqlite:///{ledger}")


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("ledger.upgrade-lock", _open),
        ("ledger.engine-lock", lambda ledger: EngineLock(ledger).take()),
        ("backups/.ledger-lock", lambda ledger: back_up(ledger, ledger.parent / "backups")),
        ("secret.key", lambda ledger: Vault.from_file(ledger.parent / "secret.key").made()),
        ("secret.key-lock", lambda ledger: Vault.from_file(ledger.parent / "secret.key").made()),
    ],
)
def test_a_file_that_cannot_be_opened_is_named_with_what_to_do(
    tmp_path: Path, name: str, use: Callable[[Path], object]
) -> None:
    (tmp_path / name).mkdir(parents=True)
    with pytest.raises(LedgerError, match=rf"{tmp_path / name} cannot be used .*read and write"):
        use(tmp_path / "ledger.db")


def test_a_new_ledger_where_nothing_can_be_made_is_refused_in_words() -> None:
    if not Path("/sys").exists():
        pytest.skip("there is no folder here that refuses everybody")
    with pytest.raises(LedgerError, match=r"/sys/ledger\.upgrade-lock cannot be used"):
        _open(Path("/sys/ledger.db"))
