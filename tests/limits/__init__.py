"""Limits in layers, at a time that the test hands in."""
