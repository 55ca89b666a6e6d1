"""``python -m wa_desktop`` is the console script by another name."""

from wa_desktop.cli import main

if __name__ == "__main__":
    main()
