"""What each of the provider's error codes means and what is done about it.

The rules are data (``error_table.toml``); decisions hang on the code, never on an error's title
or HTTP status (Cloud API, error codes page, 2026-05). Where Graph itself answers (a wrong id, a
token) a subcode says more: a rule for code and subcode wins over the one for the code alone.
"""

import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import pairwise, product
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


class PortfolioSign(StrEnum):
    """What shows that an error is about the whole business and not what its rule says."""

    TEMPLATE_APPROVED = "template_approved"
    """The provider still lists the message's template as approved."""
    HELD = "held"
    """The provider lately held back messages of the business."""


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """The rule for one code. Waits are in seconds.

    ``retries`` (of RETRY and WAIT_LONG) is how often a message is sent again after this code,
    after which ``when_spent`` is the reaction; the contract's own number of attempts holds
    besides where ``costs_attempt``. SLOW_ACCOUNT sends again without end: nothing was sent.
    ``pause_after`` equal answers in a row pause the contract: then the fault is not the
    row's. ``suppress_days`` None: until lifted. ``subcode``: the rule is for this subcode of the
    code alone. ``known`` is False for a code that the table does not have.

    ``person_tries``: so often, over all contracts, may one person be tried that is refused so
    (0: not counted); between two tries are ``person_rest`` seconds, and after the last one
    ``person_memory`` seconds until they are forgotten. ``portfolio_if``: with this sign the
    accounts of the whole business stop. ``asked_by_recipient``: the recipient said stop, so a
    suppression is lifted for one number at a time.
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
    person_tries: int = 0
    person_rest: float = 86_400.0
    person_memory: float = 7 * 86_400.0
    portfolio_if: PortfolioSign | None = None
    asked_by_recipient: bool = False
    subcode: int | None = None

    @property
    def said(self) -> Words:
        """The sentence with the code behind it."""
        if self.subcode is not None:
            return words(
                "{cause} (code {code}, subcode {subcode})",
                cause=Words(self.en, {}),
                code=self.code,
                subcode=self.subcode,
            )
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
    """All rules: by code, by range (ascending, not overlapping), by code and subcode."""

    codes: Mapping[int, ErrorRule]
    ranges: tuple[tuple[int, int, ErrorRule], ...]
    unknown: ErrorRule
    pairs: Mapping[tuple[int, int], ErrorRule] = field(default_factory=dict)

    def rules(self) -> Iterator[ErrorRule]:
        """All of them; one that is for several codes comes once for each."""
        yield from self.codes.values()
        yield from self.pairs.values()
        yield from (rule for _, _, rule in self.ranges)
        yield self.unknown

    def rule_for(self, code: int, subcode: int | None = None) -> ErrorRule:
        """The pair's rule, else the code's, else its range's, else the one for unknown codes."""
        if subcode is not None and (code, subcode) in self.pairs:
            return self.pairs[code, subcode]
        rule = self.codes.get(code) or self._in_range(code)
        return rule or replace(self.unknown, code=code)

    def _in_range(self, code: int) -> ErrorRule | None:
        place = bisect_right(self.ranges, code, key=lambda row: row[0]) - 1
        if place < 0:
            return None
        _first, last, rule = self.ranges[place]
        return replace(rule, code=code) if code <= last else None


def reaction_for(code: int, subcode: int | None = None) -> ErrorRule:
    """The rule for a code of the provider (429: an HTTP 429 without a Graph body)."""
    return error_table().rule_for(code, subcode)


@cache
def counted_per_person() -> frozenset[int]:
    """The codes whose tries are counted for each person over all contracts."""
    return frozenset(one.code for one in error_table().rules() if one.person_tries)


@cache
def asked_by_recipient() -> frozenset[int]:
    """The codes that mean that the recipient said stop."""
    return frozenset(one.code for one in error_table().rules() if one.asked_by_recipient)


@cache
def error_table() -> ErrorTable:
    """The table, read once from the package."""
    return read_table((files(__package__) / "error_table.toml").read_text("utf-8"))


def read_table(text: str) -> ErrorTable:
    """A table from its TOML; ``ValueError`` for a key, reaction or overlap that is wrong."""
    data = tomllib.loads(text)
    codes: dict[int, ErrorRule] = {}
    pairs: dict[tuple[int, int], ErrorRule] = {}
    ranges: list[tuple[int, int, ErrorRule]] = []
    for entry in data["rule"]:
        own = entry.pop("codes", [])
        spans = entry.pop("ranges", [])
        subcodes = entry.pop("subcodes", [])
        if subcodes:
            _add_pairs(pairs, product(own, subcodes), entry)
            continue
        for code in own:
            if code in codes:
                raise ValueError(f"code {code} has two rules")
            codes[code] = _rule(code, entry)
        ranges += [(first, last, _rule(first, entry)) for first, last in spans]
    ranges.sort(key=lambda row: row[:2])
    for (_, last, _rule_before), (first, _, _rule_after) in pairwise(ranges):
        if first <= last:
            raise ValueError(f"the ranges overlap at {first}")
    unknown = replace(_rule(0, data["unknown"]), known=False)
    return ErrorTable(codes, tuple(ranges), unknown, pairs)


def _add_pairs(
    pairs: dict[tuple[int, int], ErrorRule],
    new: Iterable[tuple[int, int]],
    entry: Mapping[str, Any],
) -> None:
    """Suppressions are kept by the code alone, so no rule of a pair may cause one."""
    for code, subcode in new:
        if (code, subcode) in pairs:
            raise ValueError(f"code {code} with subcode {subcode} has two rules")
        rule = replace(_rule(code, entry), subcode=subcode)
        if rule.suppresses:
            raise ValueError(f"code {code} with subcode {subcode} would suppress a recipient")
        pairs[code, subcode] = rule


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
    if "portfolio_if" in values:
        values["portfolio_if"] = PortfolioSign(values["portfolio_if"])
    values.setdefault("costs_attempt", reaction is not Reaction.SLOW_ACCOUNT)
    return ErrorRule(code=code, reaction=reaction, **values)
