"""Connections, transactions, pipes and slices, on both engines."""
