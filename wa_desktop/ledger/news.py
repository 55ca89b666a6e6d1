"""News of a message from elsewhere: a status webhook, the provider's history, a person.

News is unordered and repeated. It only ever moves a message forward, and it may arrive
before the answer to the very request that sent the message.

A message that is sent again has more than one request, and what is told of an earlier one may
come, or come again, at any time (a provider repeats its news for days). That it arrived counts
always, also while it waits to be sent again: nobody is written to twice. That an earlier request
was taken, or failed, says nothing of the present one.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from wa_desktop.error_table import counted_per_person
from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.moves import move_messages
from wa_desktop.ledger.person_tries import note_tries
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import now
from wa_desktop.ledger.states import MessageState, message_may_move
from wa_desktop.ledger.suppressions import Finding, note_findings

_TRACKING = re.compile(r"wa1:(?P<contract>[a-z0-9]{1,64}):(?P<message>\d{1,18}):\d{1,9}")


class NewsKind(StrEnum):
    """What is known now."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news. ``tracking`` is the id that we sent along; ``at`` when it happened.

    ``note``: what the message's history says of it, at the moment that it was learnt, where
    that is more than the error's text.
    """

    tracking: str
    kind: NewsKind
    at: int
    provider_id: str | None = None
    error_code: int | None = None
    error_text: str | None = None
    error_subcode: int | None = None
    note: str | None = None


_TARGETS = {
    NewsKind.SENT: MessageState.SENT,
    NewsKind.DELIVERED: MessageState.DELIVERED,
    NewsKind.READ: MessageState.READ,
    NewsKind.FAILED: MessageState.FAILED,
}
_ON_THE_WAY = (MessageState.CLAIMED, MessageState.SENDING)
_STAMPS = {
    NewsKind.SENT: "sent_at = COALESCE(sent_at, ?)",
    NewsKind.DELIVERED: "delivered_at = COALESCE(delivered_at, ?)",
    NewsKind.READ: "read_at = COALESCE(read_at, ?)",
    NewsKind.FAILED: "due_at = COALESCE(due_at, ?)",
}


_CLEANED = {
    (MessageState.SENT, MessageState.FAILED): "cleaned_completed",
    (MessageState.FAILED, MessageState.DELIVERED): "cleaned_failed",
    (MessageState.FAILED, MessageState.READ): "cleaned_failed",
}
"""News that takes a message from one list of the queue to another: who counts what was cleaned
from the first."""


class NewsDesk:
    """Takes news in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_news(self, news: News, *, doubt_since: int | None = None) -> MessageState | None:
        """Move the message that the news is about; returns its new state.

        ``None`` when the news changes nothing: it is old, or about no message of this ledger.
        ``doubt_since``: it is inferred, and settles only the doubt that began then; whoever
        settled that one meanwhile, or sent the message again, knew better.
        """
        found = _TRACKING.fullmatch(news.tracking)
        if found is None:
            return None
        with self._database.write():
            row = self._locked(int(found["message"]), found["contract"])
            if row is None:
                return None
            source, account, known = MessageState(row[0]), str(row[1]), row[2]
            if doubt_since is not None and (source, row[3]) != (MessageState.IN_DOUBT, doubt_since):
                return None
            target = _TARGETS[news.kind]
            if not message_may_move(source, target) or _is_of_another(news, source, known):
                return None
            self._move(int(found["message"]), source, target, news)
            if source in _ON_THE_WAY:
                self._database.run(
                    "UPDATE accounts SET in_flight = in_flight - 1 WHERE id = ?", (account,)
                )
        return target

    def _locked(self, message: int, contract: str) -> tuple[int, str, str | None, int] | None:
        sql = (
            "SELECT m.state, c.account_id, m.provider_id, m.updated_at "
            "FROM messages m JOIN contracts c ON c.id = m.contract_id WHERE m.id = ? AND c.uid = ?"
        )
        first = self._database.row(sql, (message, contract))
        if first is None:
            return None
        if not self._database.is_sqlite:
            self._database.run(
                "SELECT 1 FROM accounts WHERE id = ?" + self._database.for_change, (first[1],)
            )
        row = self._database.row(sql, (message, contract))
        return None if row is None else (row[0], row[1], row[2], row[3])

    def _move(self, message: int, source: MessageState, target: MessageState, news: News) -> None:
        """Move it. One that was cleaned from a list of the queue's is listed again in another."""
        changes = CountChanges()
        cleaned = _CLEANED.get((source, target))
        also = ", listed = TRUE" if cleaned else ""
        if source is MessageState.SENDING:
            # The answer that the news overtook will change nothing: its attempt counts here.
            also += ", attempts = attempts + 1"
        moved = []
        self._end_hold(message, target, changes)
        for among in ("AND listed", "AND NOT listed") if cleaned else ("",):
            found = move_messages(
                self._database,
                changes,
                source,
                target,
                at=now(self._database),
                where=f"id = ? {among}",
                params=(message,),
                by_id=True,
                assign=f"{_STAMPS[news.kind]}, provider_id = COALESCE(provider_id, ?), "
                f"error_code = ?, error_text = ?, error_subcode = ?, claimed_by = NULL{also}",
                assign_params=(
                    news.at,
                    news.provider_id,
                    news.error_code,
                    news.error_text,
                    news.error_subcode,
                ),
            )
            if cleaned and "NOT" in among:
                for _, contract in found:
                    changes.add(contract, cleaned, -1)
            moved += found
        if news.kind is NewsKind.FAILED and news.error_code in counted_per_person():
            note_tries(
                self._database,
                ((row[0], news.error_code or 0, news.at) for row in moved),
            )
        elif news.kind is NewsKind.FAILED:
            note_findings(
                self._database,
                [Finding(row[0], row[1], news.error_code, news.at) for row in moved],
            )
        changes.apply(self._database)
        for _, contract in moved:
            self._database.run(
                "INSERT INTO events (at, kind, contract_id, message_id, code, text, subcode) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    now(self._database) if news.note else news.at,
                    news.kind.value,
                    contract,
                    message,
                    news.error_code,
                    news.note or news.error_text,
                    news.error_subcode,
                ),
            )

    def _end_hold(self, message: int, target: MessageState, changes: CountChanges) -> None:
        """The provider sent or dropped what it held back: the mark goes, with its count."""
        if target is MessageState.SENT:
            return
        for (contract,) in self._database.rows(
            "UPDATE messages SET held = NULL WHERE id = ? AND held RETURNING contract_id",
            (message,),
        ):
            changes.add(contract, "held", -1)


def _is_of_another(news: News, source: MessageState, known: str | None) -> bool:
    """Whether the news is about another request than the one that the message stands at.

    ``known``: the provider's id that is kept with the message. Of a message that was sent it is
    the present request's; else an earlier one's, since the answer is what tells the id.
    """
    if news.kind in (NewsKind.DELIVERED, NewsKind.READ) or None in (news.provider_id, known):
        return False
    if source is MessageState.SENT:
        return news.provider_id != known
    return news.provider_id == known
