"""Copies of the ledger: made, checked, put back, and the check of the ledger at each start."""
