"""What each of the provider's error codes means and what is done about it.

The rules are data (``error_table.toml``); decisions hang on the code alone, never on an
error's title or HTTP status (Cloud API, error codes page, 2026-05).
"""

import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from wa_desktop.words import Words, words


class Reaction(StrEnum):
    """What is done about an error."""

    RETRY = "retry"
    """Send again after a back-off."""
    SLOW_ACCOUNT = "slow_account"
    """Lower the account's rate, wait, put the message back."""
    WAIT_LONG = "wait_long"
    """This recipient waits; everyone else goes on."""
    FAIL = "fail"
    SUPPRESS_RECIPIENT = "suppress_recipient"
    """The message fails and the recipient is left out of what follows."""
    PAUSE_CONTRACT = "pause_contract"
    STOP_ACCOUNT = "stop_account"


class Scope(StrEnum):
    """Whom a suppression is about."""

    RECIPIENT = "recipient"
    COUNTRY = "country"


class Whose(StrEnum):
    """Whose messages a suppression holds back."""

    EVERYONE = "everyone"
    """It is a fact about the recipient."""
    BUSINESS = "business"
    """It is about the account and all others of its portfolio."""
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """The rule for one code. Waits are in seconds.

    ``retries`` (of RETRY and WAIT_LONG) is how often a message is sent again after this code,
    after which ``when_spent`` is the reaction; the contract's own number of attempts holds
    besides where ``costs_attempt``. SLOW_ACCOUNT sends again without end: nothing was sent.
    ``pause_after`` equal answers in a row pause the contract: then the fault is not the
    row's. ``suppress_days`` None: until lifted. ``known`` is False for a code that the table
    does not have.
    """

    code: int
    reaction: Reaction
    en: str
    ru: str
    source: str
    retries: int = 0
    when_spent: Reaction = Reaction.FAIL
    wait_first: float = 1.0
    wait_factor: float = 2.0
    wait_cap: float = 300.0
    costs_attempt: bool = True
    pause_after: int | None = None
    suppress_days: int | None = None
    scope: Scope = Scope.RECIPIENT
    whose: Whose = Whose.EVERYONE
    known: bool = True

    @property
    def said(self) -> Words:
        """The sentence with the code behind it."""
        return words("{cause} (code {code})", cause=Words(self.en, {}), code=self.code)

    @property
    def suppresses(self) -> bool:
        """Whether a message that fails for good with this code suppresses its recipient."""
        again = self.reaction in (Reaction.RETRY, Reaction.WAIT_LONG)
        return (self.when_spent if again else self.reaction) is Reaction.SUPPRESS_RECIPIENT

    def sentence(self, language: str) -> str:
        """The sentence in a language ("ru", "ru_RU", …); English for all but Russian."""
        return self.ru if language.lower().startswith("ru") else self.en


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """All rules: by code, and by range (ascending, not overlapping)."""

    codes: Mapping[int, ErrorRule]
    ranges: tuple[tuple[int, int, ErrorRule], ...]
    unknown: ErrorRule

    def rules(self) -> Iterator[ErrorRule]:
        """All of them; one that is for several codes comes once for each."""
        yield from self.codes.values()
        yield from (rule for _, _, rule in self.ranges)
        yield self.unknown

    def rule_for(self, code: int) -> ErrorRule:
        """The code's own rule, else its range's, else the one for unknown codes."""
        rule = self.codes.get(code) or self._in_range(code)
        return rule or replace(self.unknown, code=code)

    def _in_range(self, code: int) -> ErrorRule | None:
        place = bisect_right(self.ranges, code, key=lambda row: row[0]) - 1
        if place < 0:
            return None
        _first, last, rule = self.ranges[place]
        return replace(rule, code=code) if code <= last else None


def reaction_for(code: int) -> ErrorRule:
    """The rule for a code of the provider (429: an HTTP 429 without a Graph body)."""
    return error_table().rule_for(code)


@cache
def error_table() -> ErrorTable:
    """The table, read once from the package."""
    return read_table((files(__package__) / "error_table.toml").read_text("utf-8"))


def read_table(text: str) -> ErrorTable:
    """A table from its TOML; ``ValueError`` for a key, reaction or overlap that is wrong."""
    data = tomllib.loads(text)
    codes: dict[int, ErrorRule] = {}
    ranges: list[tuple[int, int, ErrorRule]] = []
    for entry in data["rule"]:
        own = entry.pop("codes", [])
        spans = entry.pop("ranges", [])
        for code in own:
            if code in codes:
                raise ValueError(f"code {code} has two rules")
            codes[code] = _rule(code, entry)
        ranges += [(first, last, _rule(first, entry)) for first, last in spans]
    ranges.sort(key=lambda row: row[:2])
    for (_, last, _rule_before), (first, _, _rule_after) in pairwise(ranges):
        if first <= last:
            raise ValueError(f"the ranges overlap at {first}")
    return ErrorTable(codes, tuple(ranges), replace(_rule(0, data["unknown"]), known=False))


def _rule(code: int, entry: Mapping[str, Any]) -> ErrorRule:
    strange = set(entry) - {one.name for one in fields(ErrorRule)}
    if strange:
        raise ValueError(f"rule {code}: unknown keys {', '.join(sorted(strange))}")
    values = dict(entry)
    reaction = Reaction(values.pop("reaction"))
    if "when_spent" in values:
        values["when_spent"] = Reaction(values["when_spent"])
    if "scope" in values:
        values["scope"] = Scope(values["scope"])
    if "whose" in values:
        values["whose"] = Whose(values["whose"])
    values.setdefault("costs_attempt", reaction is not Reaction.SLOW_ACCOUNT)
    return ErrorRule(code=code, reaction=reaction, **values)
