"""The bell: how this room tells the workers where to look, without knowing the queue."""

from typing import Protocol


class Bell(Protocol):
    """Rings for work that the ledger already holds; a lost or doubled ring does no harm.

    A ring that cannot be passed on is not the caller's concern: whoever implements this
    logs it, and the sweep rings again.
    """

    def contract(self, contract_id: str) -> None:
        """There is work on this contract as a whole (preparing, skipping, deleting)."""
        ...

    def account(self, account_id: str) -> None:
        """This account has messages due."""
        ...
