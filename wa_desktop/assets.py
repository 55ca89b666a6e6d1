"""Where the files that come with the program lie: icons, translations, samples."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource(name: str) -> Path:
    """The path of a shipped file such as ``samples/customers.csv``.

    Installed, the files lie inside the package; in a checkout, beside it. Raises
    ``FileNotFoundError`` for a name that is in neither place or leads out of it.
    """
    for folder in (_PACKAGE / "resources", _PACKAGE.parent / "resources"):
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.exists():
            return path
    raise FileNotFoundError(
        f"{name} is missing from the program's files. Install wa-desktop again."
    )
