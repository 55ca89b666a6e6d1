"""What the stand-in accepted, and what can be said about it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

_TRACKING = re.compile(r"(?P<ours>wa\d+:.+:\d+):\d+|(?P<marked>.+):a\d+", re.DOTALL)


class AcceptedMessage(NamedTuple):
    """One message as it arrived. ``arrived_ns`` is the machine's monotonic clock.

    ``to`` is as it was sent (with its plus), ``content`` the text's body or the template as
    JSON with sorted keys, ``tracking`` the caller's ``biz_opaque_callback_data``.
    """

    arrived_ns: int
    wall_ns: int
    sender: str
    to: str
    kind: str
    content: str
    tracking: str | None
    wamid: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures over what was accepted.

    ``doubled`` counts every acceptance whose message id or whose (to, content) was accepted
    before; ``distinct`` is the rest. ``worst_window`` is the most that arrived within any
    window of the length that was asked for; ``span`` the seconds from first to last arrival.
    ``posts`` counts all that came, ``answers`` how they were answered, ``connections`` how
    many were opened, the test's own control calls included.
    """

    accepted: int
    distinct: int
    doubled: int
    worst_window: int
    span: float
    posts: int
    connections: int
    answers: dict[str, int]

    def to_dict(self) -> dict[str, object]:
        """As the control endpoint gives it out."""
        return asdict(self)


def message_id_of(tracking: str) -> str:
    """The message a tracking text names: without the number of the attempt at its end.

    Known are ``wa1:contract:message:attempt`` and anything that ends with ``:aN``; all else
    is a message's id as it stands.
    """
    found = _TRACKING.fullmatch(tracking)
    return tracking if found is None else found["ours"] or found["marked"]


class Doubled:
    """Counts acceptances that repeat one before, by message id or by (to, content).

    Exact, and small where many share a text: each text is kept once.
    """

    def __init__(self) -> None:
        self.count = 0
        self._ids: set[str] = set()
        self._texts: dict[str, str] = {}
        self._first: dict[str, str] = {}
        self._further: set[tuple[str, str]] = set()

    def add(self, to: str, content: str, tracking: str | None) -> None:
        """Look at the next acceptance."""
        message_id = message_id_of(tracking) if tracking else None
        known = message_id in self._ids
        if message_id:
            self._ids.add(message_id)
        if self._was_sent(to, content) or known:
            self.count += 1

    def _was_sent(self, to: str, content: str) -> bool:
        content = self._texts.setdefault(content, content)
        if to not in self._first:
            self._first[to] = content
            return False
        if self._first[to] == content or (to, content) in self._further:
            return True
        self._further.add((to, content))
        return False


def count_doubled(messages: Iterable[AcceptedMessage]) -> int:
    """How many acceptances repeat one before, by message id or by (to, content)."""
    doubled = Doubled()
    for one in messages:
        doubled.add(one.to, one.content, one.tracking)
    return doubled.count


def worst_window(arrivals: Sequence[int], window_ns: int) -> int:
    """The most arrivals in any half-open window of ``window_ns``; arrivals are ascending."""
    worst = first = 0
    for last, arrived in enumerate(arrivals):
        while arrived - arrivals[first] >= window_ns:
            first += 1
        worst = max(worst, last - first + 1)
    return worst
