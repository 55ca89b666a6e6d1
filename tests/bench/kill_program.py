"""``wa-desktop`` as the kill bench runs it: told by a signal, it prints where its threads stand.

    python tests/bench/kill_program.py MIGRATIONS worker

``MIGRATIONS`` is a folder of migrations in the place of the program's own; empty: its own.
"""

import faulthandler
import signal
import sys
from pathlib import Path


def main() -> None:
    """Run the program."""
    del sys.path[0]  # this folder, whose modules are not meant to be found
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    folder = sys.argv.pop(1)
    from wa_desktop.cli import main as run
    from wa_desktop.ledger.upgrade import upgrade

    if folder:
        upgrade.__defaults__ = (Path(folder),)
    run()


if __name__ == "__main__":
    main()
