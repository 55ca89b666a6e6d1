"""``doctor``: one module for each thing it looks at, and the command that asks them all."""

from wa_desktop.commands.doctor.command import app

__all__ = ["app"]
