"""``python -m wa_desktop`` is the console script by another name."""

if __name__ == "__main__":
    # Not at the top: the process that reads files imports this module, too.
    from wa_desktop.cli import main

    main()
