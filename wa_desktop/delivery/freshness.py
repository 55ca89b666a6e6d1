"""How long this engine may still begin what the ledger granted (``ledger/lifetimes.py``).

The lifetime follows the store: about twice the time that a commit's answer takes. A store that
is slower than ever before costs one turn, whose grants are given back unsent.
"""

from dataclasses import dataclass

from wa_desktop.clock import SECOND
from wa_desktop.ledger.lifetimes import LONGEST, USUAL
from wa_desktop.ledger.turns.cycle import BEGIN_AHEAD

_KEPT = 10 * SECOND
"""A longer lifetime is kept for this long after it was last needed."""


@dataclass(frozen=True, slots=True)
class Term:
    """When a turn's grants were certainly not yet committed, and how long they live from then."""

    sealed_at: int
    lifetime: int


class Freshness:
    """Chooses the lifetime of grants. Lives on the engine's loop; times in microseconds."""

    def __init__(self) -> None:
        self._lifetime = USUAL
        self._wanted = USUAL
        self._declared: int | None = USUAL
        self._most_needed = 0
        self._since = 0

    def next_declared(self, at: int) -> int | None:
        """What the next turn must declare in the ledger; ``None``: all is as declared.

        Called before each turn, after which ``keep`` or ``doubt`` must be called.
        """
        if at - self._since > _KEPT:
            self._wanted = min(self._wanted, _fitting(self._most_needed))
            self._most_needed, self._since = 0, at
        # A shorter one holds for what was granted before as well, from before it is declared.
        self._lifetime = min(self._lifetime, self._wanted)
        return None if self._wanted == self._declared else self._wanted

    def doubt(self) -> None:
        """A turn failed: whether it declared anything is not known."""
        if self._wanted != self._declared:
            self._declared = None

    def keep(self, sealed_at: int) -> Term:
        """A turn's answer came: the term of what it granted."""
        self._declared = self._lifetime = self._wanted
        return Term(sealed_at, self._lifetime)

    def note_use(self, term: Term, at: int) -> None:
        """All that a turn granted could be sent from this moment on: so long it must live."""
        needed = 2 * (at - term.sealed_at) + BEGIN_AHEAD
        self._most_needed = max(self._most_needed, needed)
        self._wanted = max(self._wanted, _fitting(needed))

    def is_over(self, term: Term, at: int) -> bool:
        """Whether a grant has become too old to be sent."""
        return at - term.sealed_at > min(term.lifetime, self._lifetime)


def _fitting(needed: int) -> int:
    """The shortest lifetime that is long enough, in steps so that it seldom changes."""
    lifetime = USUAL
    while lifetime < needed:
        lifetime *= 2
    return min(lifetime, LONGEST)
