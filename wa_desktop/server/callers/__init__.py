"""Finds out whether a call over loopback comes from the user who runs the server."""
