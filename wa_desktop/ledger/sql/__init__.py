"""The database behind the ledger: connections, transactions, and how statements go out."""
