"""The ledger: everything that must not be lost, and the only place with SQL."""
