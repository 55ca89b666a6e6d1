"""Messages that the provider holds back: a person is told once, and a campaign may be paused."""

from collections.abc import Sequence

from wa_desktop.delivery.reactions import Halt
from wa_desktop.delivery.wire import HaltRequest
from wa_desktop.events import EventBus, Notice, NoticeKind, NoticeLevel
from wa_desktop.ledger.turns.held import HeldNote
from wa_desktop.words import words

MEANING = words(
    "The provider holds messages back while it watches how the first ones are received, then "
    "sends or drops them by itself. This is usual for a new template, and for a business that "
    "has sent few messages so far."
)


def tell_of_held(events: EventBus, notes: Sequence[HeldNote]) -> list[HaltRequest]:
    """Tell of the first held messages since a campaign was started; returns what must stop."""
    for note in notes:
        if note.is_first:
            events.post(
                Notice(
                    NoticeKind.HELD,
                    NoticeLevel.INFO,
                    subject=note.name,
                    detail=MEANING,
                    contract_id=note.contract_id,
                    count=note.added,
                )
            )
    return [
        HaltRequest(Halt.CONTRACT, note.contract_id, note.name, _too_many(note))
        for note in notes
        if note.is_too_many
    ]


def _too_many(note: HeldNote) -> str:
    return words(
        "The provider holds back {count} messages, and the campaign is set to pause after {most}. "
        "Wait until they are delivered, then start it again.",
        count=note.run,
        most=note.pause_after,
    )
