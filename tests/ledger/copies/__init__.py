"""Backups, restoring and the check at start, with real files and processes."""
