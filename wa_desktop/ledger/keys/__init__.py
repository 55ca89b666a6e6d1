"""What seals the secrets of accounts, and how a ledger knows the key that sealed them."""
