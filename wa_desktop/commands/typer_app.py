"""How every command's Typer app is made."""

import typer


def new_app(purpose: str | None = None) -> typer.Typer:
    """An app for one command, or with a ``purpose`` for a group of them; plain help, no boxes."""
    return typer.Typer(
        help=purpose,
        no_args_is_help=purpose is not None,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
