"""The ledger and its services against a plain model, driven at random; see ``__main__``."""
