"""What is wrong with a working program, told once each time it begins and ends."""

from collections.abc import Callable

from wa_desktop.app import Health


class Troubles:
    """Remembers what was told."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told: tuple[str, ...] = ()

    def note(self, health: Health) -> None:
        """Tell what is new in it."""
        for problem in health.problems:
            if problem not in self._told:
                self._tell(problem)
        if self._told and health.ok:
            self._tell("All is well again.")
        self._told = health.problems
