"""What an engine does with the ledger at each turn: settle, begin, claim within all limits."""
