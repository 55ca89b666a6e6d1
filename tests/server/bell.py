"""A bell that remembers who rang."""

import threading
from dataclasses import dataclass, field


@dataclass
class RememberingBell:
    """Takes note of every ring, in order; safe from any thread."""

    contracts: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def contract(self, contract_id: str) -> None:
        """A ring for a contract."""
        with self._lock:
            self.contracts.append(contract_id)

    def account(self, account_id: str) -> None:
        """A ring for an account."""
        with self._lock:
            self.accounts.append(account_id)
