"""How the stand-in answers, as data that travels as JSON from a test to its process."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum


class Answer(StrEnum):
    """The ways a post can end besides a Graph error code (which is written as its number, with a
    subcode as ``100/33``)."""

    OK = "ok"
    OK_CLOSE = "ok_close"
    """Accepted and answered as usual, then the connection is closed unannounced."""
    HELD = "held"
    """Accepted, with the word that it is held back to see how others are received."""
    PAUSED = "paused"
    """The same, with the other word for it."""
    DROP_AFTER = "drop_after"
    """Accepted and recorded, then the connection is closed without an answer."""
    RESET_AFTER = "reset_after"
    """Accepted and recorded, then the connection is reset."""
    DROP_BEFORE = "drop_before"
    """The connection is closed without accepting."""
    SILENT = "silent"
    """Accepted and recorded, and never answered: the caller's time-out decides."""
    EMPTY_200 = "empty_200"
    NO_ID = "no_id"
    """200 with a body as usual, but no message id in it."""
    CUT_BODY = "cut_body"
    """200 whose body ends before its announced length."""
    HTML_502 = "html_502"
    HTML_401 = "html_401"
    HTML_403 = "html_403"
    HTML_404 = "html_404"
    BARE_429 = "bare_429"
    """429 without a body."""
    REDIRECT = "redirect"
    ENDLESS_CODE = "endless_code"
    """A Graph error whose code no column is wide enough for."""
    UNWRITABLE_WORDS = "unwritable_words"
    """131000, in words with a NUL and half a surrogate pair."""
    UNWRITABLE_ID = "unwritable_id"
    """200 with a message id that holds the same."""


def is_code(answer: str) -> bool:
    """Whether the answer is a Graph error code, with or without a subcode."""
    return all(part.isdecimal() for part in answer.split("/", 1))


ACCEPTING = frozenset(
    {
        Answer.OK,
        Answer.OK_CLOSE,
        Answer.HELD,
        Answer.PAUSED,
        Answer.DROP_AFTER,
        Answer.RESET_AFTER,
        Answer.SILENT,
        Answer.EMPTY_200,
        Answer.NO_ID,
        Answer.CUT_BODY,
        Answer.UNWRITABLE_ID,
    }
)
"""The answers whose message was taken (and is recorded), whatever the caller sees."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the stand-in does with posts. The default accepts everything at once.

    ``latency`` and ``jitter`` are seconds (each answer takes latency plus 0 to jitter).
    ``shares`` gives answers (an ``Answer`` or a Graph code as text) a share from 0 to 1; the
    rest is accepted. ``phones`` gives a number (digits, no plus) its answers in turn, the last
    one again and again, and wins over shares. Above ``max_per_second`` accepted in the last
    second for one phone-number-id, posts are answered 130429. ``retry_after`` and
    ``regain_minutes`` are sent as headers with every error. ``token`` is the only one that is
    let in, when set. ``number`` is the answer to a question about a phone number, whose ``quality``
    is as given and which, with ``no_tier``, does not know the field of the messaging limit (as
    before v24.0); ``library`` the one to a question about templates, of which there are
    ``templates``: their states by ``name/language``.
    ``history`` says how the message history is answered: whole (``ok``), ``empty_200`` for one
    that holds nothing, else an answer as above; each page holds ``history_page`` messages at
    most and takes ``history_latency`` seconds. ``statuses`` gives a number's messages in it
    their statuses in turn, a second apart; all others were sent.
    ``wa_ids`` names, by number, recipients that the provider knows under another one.
    ``counting``: keep no records until the next reset, only counts as exact as they are, for
    very many messages.
    """

    latency: float = 0.0
    jitter: float = 0.0
    shares: Mapping[str, float] = field(default_factory=dict)
    phones: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    max_per_second: int | None = None
    retry_after: str | None = None
    regain_minutes: int | None = None
    token: str | None = None
    number: str = Answer.OK
    history: str = Answer.OK
    history_page: int = 100
    history_latency: float = 0.0
    statuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    quality: str = "GREEN"
    wa_ids: Mapping[str, str] = field(default_factory=dict)
    no_tier: bool = False
    library: str = Answer.OK
    templates: Mapping[str, str] = field(default_factory=dict)
    counting: bool = False
    seed: int | None = None

    def __post_init__(self) -> None:
        answers = [
            *self.shares,
            self.number,
            self.library,
            self.history,
            *(one for row in self.phones.values() for one in row),
        ]
        for answer in answers:
            if not is_code(answer):
                Answer(answer)
        if sum(self.shares.values()) > 1 + 1e-9 or any(one < 0 for one in self.shares.values()):
            raise ValueError("shares must be positive and sum up to 1 at most")
        if not all(self.phones.values()):
            raise ValueError("a phone needs at least one answer")
        if not all("/" in one for one in self.templates):
            raise ValueError("a template is written name/language")

    def to_json(self) -> str:
        """The behaviour as the control endpoint takes it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: bytes | str) -> "Behaviour":
        """The reverse of ``to_json``; ``ValueError`` for an answer or a field that is unknown."""
        values = json.loads(text)
        unknown = set(values) - {one.name for one in fields(cls)}
        if unknown:
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        values["phones"] = {phone: tuple(row) for phone, row in values.get("phones", {}).items()}
        return cls(**values)
