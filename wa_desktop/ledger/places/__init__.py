"""From where the ledger is sent: what tells a copy of it from the one that sent last."""
