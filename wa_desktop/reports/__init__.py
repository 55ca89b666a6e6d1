"""What an unattended program reports: its health, and a log of what changes in the ledger."""
