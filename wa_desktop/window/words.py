"""The core's states, reasons and notices in the words of the screen."""

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QObject

from wa_desktop.contracts.accounts import SANDBOX_NAME
from wa_desktop.contracts.service import BY_USER
from wa_desktop.events import Notice, NoticeKind, NoticeLevel
from wa_desktop.ledger.copies.restored import MOVED, RESTORED
from wa_desktop.ledger.records import Account, AccountKind, AccountState, Counts
from wa_desktop.ledger.schedule import MISSED_START, how_long
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.recipients.phones import PhoneFault
from wa_desktop.recipients.rows import EXTRA_CELLS_FAULT, NUL_FAULT
from wa_desktop.window.formats import fill, moment, number, percent
from wa_desktop.window.theme import Tone
from wa_desktop.window.translation import provider_refusal, translated
from wa_desktop.window.vocabulary import Vocabulary

translate = QCoreApplication.translate


_CONTRACT_STATES = Vocabulary[ContractState](
    "Words",
    {
        ContractState.DRAFT: QT_TRANSLATE_NOOP("Words", "Draft"),
        ContractState.SCHEDULED: QT_TRANSLATE_NOOP("Words", "Scheduled"),
        ContractState.QUEUED: QT_TRANSLATE_NOOP("Words", "Starting"),
        ContractState.PREPARING: QT_TRANSLATE_NOOP("Words", "Preparing"),
        ContractState.RUNNING: QT_TRANSLATE_NOOP("Words", "Running"),
        ContractState.PAUSED: QT_TRANSLATE_NOOP("Words", "Paused"),
        ContractState.COMPLETED: QT_TRANSLATE_NOOP("Words", "Completed"),
        ContractState.CANCELLED: QT_TRANSLATE_NOOP("Words", "Cancelled"),
        ContractState.DELETING: QT_TRANSLATE_NOOP("Words", "Being deleted"),
    },
)


_CONTRACT_TONES = {
    ContractState.QUEUED: Tone.BUSY,
    ContractState.PREPARING: Tone.BUSY,
    ContractState.RUNNING: Tone.BUSY,
    ContractState.PAUSED: Tone.WARN,
    ContractState.COMPLETED: Tone.GOOD,
}


_MESSAGE_STATES = Vocabulary[MessageState](
    "Message",
    {
        MessageState.DRAFT: QT_TRANSLATE_NOOP("Message", "Not started"),
        MessageState.WAITING: QT_TRANSLATE_NOOP("Message", "Waiting"),
        MessageState.DELAYED: QT_TRANSLATE_NOOP("Message", "Delayed"),
        MessageState.CLAIMED: QT_TRANSLATE_NOOP("Message", "About to be sent"),
        MessageState.SENDING: QT_TRANSLATE_NOOP("Message", "Sending"),
        MessageState.SENT: QT_TRANSLATE_NOOP("Message", "Sent"),
        MessageState.DELIVERED: QT_TRANSLATE_NOOP("Message", "Delivered"),
        MessageState.READ: QT_TRANSLATE_NOOP("Message", "Read"),
        MessageState.FAILED: QT_TRANSLATE_NOOP("Message", "Failed"),
        MessageState.SKIPPED: QT_TRANSLATE_NOOP("Message", "Skipped"),
        MessageState.IN_DOUBT: QT_TRANSLATE_NOOP("Message", "In doubt"),
    },
)


_MESSAGE_TONES = {
    MessageState.CLAIMED: Tone.BUSY,
    MessageState.SENDING: Tone.BUSY,
    MessageState.SENT: Tone.GOOD,
    MessageState.DELIVERED: Tone.GOOD,
    MessageState.READ: Tone.GOOD,
    MessageState.FAILED: Tone.BAD,
    MessageState.IN_DOUBT: Tone.WARN,
}


_REJECTIONS = Vocabulary[str](
    "Words",
    {
        PhoneFault.EMPTY: QT_TRANSLATE_NOOP("Words", "no phone number"),
        PhoneFault.NOT_A_NUMBER: QT_TRANSLATE_NOOP("Words", "not a phone number"),
        PhoneFault.TOO_SHORT: QT_TRANSLATE_NOOP("Words", "too short for a phone number"),
        PhoneFault.TOO_LONG: QT_TRANSLATE_NOOP("Words", "too long for a phone number"),
        PhoneFault.WRONG_LENGTH: QT_TRANSLATE_NOOP(
            "Words", "wrong number of digits for its country"
        ),
        PhoneFault.UNKNOWN_COUNTRY: QT_TRANSLATE_NOOP("Words", "unknown country code"),
        PhoneFault.NO_COUNTRY: QT_TRANSLATE_NOOP(
            "Words", "no country code: write it with + or choose a default country"
        ),
        PhoneFault.NO_AREA_CODE: QT_TRANSLATE_NOOP("Words", "the area code is missing"),
        PhoneFault.NOT_IN_PLAN: QT_TRANSLATE_NOOP(
            "Words",
            "possible, but not valid in its country's plan: "
            "the length is right, but no number there begins like this",
        ),
        PhoneFault.TWO_READINGS: QT_TRANSLATE_NOOP(
            "Words",
            "can be read as numbers of two people: write it with + and the country code",
        ),
        PhoneFault.DIGITS_LOST: QT_TRANSLATE_NOOP(
            "Words", "digits were lost in a spreadsheet: format the column as text"
        ),
        NUL_FAULT: QT_TRANSLATE_NOOP("Words", "holds a zero character, which no message can carry"),
        EXTRA_CELLS_FAULT: QT_TRANSLATE_NOOP("Words", "has more cells than there are columns"),
    },
)


_NOTICES = Vocabulary[NoticeKind](
    "Words",
    {
        NoticeKind.STARTED: QT_TRANSLATE_NOOP("Words", "“%1” has started."),
        NoticeKind.STARTED_LATE: QT_TRANSLATE_NOOP("Words", "“%1” has started late."),
        NoticeKind.RESUMED: QT_TRANSLATE_NOOP("Words", "“%1” goes on."),
        NoticeKind.FINISHED: QT_TRANSLATE_NOOP("Words", "“%1” is finished."),
        NoticeKind.PAUSED: QT_TRANSLATE_NOOP("Words", "“%1” is paused."),
        NoticeKind.HELD: QT_TRANSLATE_NOOP(
            "Words", "The provider holds back messages of “%1” for now."
        ),
        NoticeKind.RESUMED_AFTER_CRASH: QT_TRANSLATE_NOOP(
            "Words", "“%1” goes on where it stopped."
        ),
        NoticeKind.MISSED_START: QT_TRANSLATE_NOOP("Words", "“%1” did not start at its time."),
        NoticeKind.ACCOUNT_STOPPED: QT_TRANSLATE_NOOP(
            "Words", "The account “%1” has stopped sending."
        ),
        NoticeKind.ACCOUNT_RESUMED: QT_TRANSLATE_NOOP("Words", "The account “%1” sends again."),
        NoticeKind.TROUBLE: QT_TRANSLATE_NOOP("Words", "There is trouble with sending."),
        NoticeKind.UNCONFIRMED: QT_TRANSLATE_NOOP("Words", "Nothing is sent from here."),
        NoticeKind.TROUBLE_OVER: QT_TRANSLATE_NOOP("Words", "Sending works again."),
        NoticeKind.BACKUP_FAILED: QT_TRANSLATE_NOOP("Words", "The daily backup was not made."),
        NoticeKind.QUEUE_SETUP: QT_TRANSLATE_NOOP("Words", "Redis is not set up as it should be."),
    },
)


def contract_state(state: ContractState) -> str:
    """A campaign's state."""
    return _CONTRACT_STATES[state]


def contract_tone(state: ContractState) -> Tone:
    """The colour of a campaign's state."""
    return _CONTRACT_TONES.get(state, Tone.QUIET)


def message_state(state: MessageState) -> str:
    """A message's state."""
    return _MESSAGE_STATES[state]


def message_tone(state: MessageState) -> Tone:
    """The colour of a message's state."""
    return _MESSAGE_TONES.get(state, Tone.QUIET)


def rejection(reason: str) -> str:
    """Why a row of a file cannot be used; an unknown reason stays as it is."""
    return _REJECTIONS.find(reason) or translated(reason)


def state_reason(reason: str | None) -> str:
    """Why a campaign or account stands where it does; blank where a person chose it."""
    if reason is None or reason == BY_USER:
        return ""
    if reason == MISSED_START:
        return translate(
            "Words",
            "It was to start while the program was not running. Start it if you still want it.",
        )
    if reason == RESTORED:
        return translate(
            "Words",
            "The data came from a backup. Since then messages may have gone out: check, "
            "then resume.",
        )
    if reason == MOVED:
        return translate(
            "Words",
            "The data was copied or moved. Another copy may have sent these messages: check, then "
            "resume.",
        )
    return translated(reason)


def message_note(code: int | None, text: str | None, subcode: int | None = None) -> str:
    """Why a message failed, waits or is in doubt, with the provider's code behind it."""
    if code is None:
        return translated(text or "")
    said = translated(text or "")
    # Our own sentence says more than the code's: why a message was not sent at all.
    why = said if said != text else provider_refusal(code, said, subcode)
    return f"{why} ({code})".strip()


def notice(told: Notice) -> str:
    """A notice as one or two sentences."""
    sentence = fill(_NOTICES[told.kind], told.subject)
    detail = _lateness(told) or state_reason(told.detail)
    return f"{sentence} {detail}" if detail else sentence


def _lateness(told: Notice) -> str:
    """When a start was to be and how late it is; blank for other notices."""
    if told.planned is None or told.level is NoticeLevel.INFO:
        return ""
    said = translate(
        "Words",
        "It was to start on %1, but the program was not running or the computer was asleep "
        "until %2 later.",
    )
    if told.kind is NoticeKind.MISSED_START:
        said += " " + translate("Words", "Open it to start it now or to leave it paused.")
    return fill(said, moment(told.planned), duration(told.late))


def duration(length: int) -> str:
    """A length of time, such as "12 min" or "3 h 5 min"."""
    return translated(how_long(length))


def progress(counts: Counts) -> str:
    """How far a campaign is, with what went wrong."""
    return " · ".join((percent(counts.progress), *_amounts(*_wrong(counts))))


def all_counts(counts: Counts) -> str:
    """What a progress bar shows, in figures."""
    return " · ".join(
        _amounts(
            (translate("Words", "%1 sent"), counts.completed),
            (translate("Words", "%1 held by the provider"), counts.held),
            *_wrong(counts),
            (translate("Words", "%1 skipped"), counts.skipped),
            (translate("Words", "%1 left"), counts.remaining),
            (translate("Words", "%1 in all"), counts.total),
        )
    )


def _wrong(counts: Counts) -> tuple[tuple[str, int], ...]:
    return (
        (translate("Words", "%1 failed"), counts.failed),
        (translate("Words", "%1 in doubt"), counts.in_doubt),
    )


def _amounts(*said: tuple[str, int]) -> list[str]:
    return [fill(text, number(amount)) for text, amount in said if amount]


def interrupted() -> str:
    """That the program was ended in the middle of its work."""
    return translate("Words", "The program was ended in the middle of sending.")


def no_doubt() -> str:
    """That a crash left nothing open."""
    return translate("Words", "No message is in doubt.")


class Counted(QObject):
    """Sentences with a plural, which only ``tr`` of a class carries to the translators."""

    def doubt(self, count: int) -> str:
        """How many messages are in doubt, and what that means."""
        return self.tr(
            "%n message(s) are in doubt: whether they arrived is unknown, "
            "so they are not sent again.",
            "",
            count,
        )

    def going_on(self, count: int) -> str:
        """How many campaigns go on by themselves."""
        return self.tr("%n campaign(s) go on where they stopped.", "", count)

    def scheduled(self, count: int) -> str:
        """How many campaigns wait for their time."""
        return self.tr("%n campaign(s) are scheduled.", "", count)

    def more_scheduled(self, count: int) -> str:
        """How many campaigns start after the next one."""
        return self.tr("%n more campaign(s) are scheduled after it.", "", count)

    def still_sending(self, count: int) -> str:
        """How many campaigns are at work."""
        return self.tr("%n campaign(s) are still sending.", "", count)


def account_name(account: Account) -> str:
    """An account's name; that of the first one is the program's own word."""
    return translated(SANDBOX_NAME) if account.name == SANDBOX_NAME else account.name


def account_labels(accounts: Sequence[Account]) -> dict[str, str]:
    """The names of accounts by their ids; those of one name have their number's id or their own
    behind it."""
    names = {one.id: account_name(one) for one in accounts}
    shared = {name for name, times in Counter(names.values()).items() if times > 1}
    return {
        one.id: f"{names[one.id]} ({one.phone_number_id or one.id})"
        if names[one.id] in shared
        else names[one.id]
        for one in accounts
    }


def account_kind(kind: AccountKind) -> str:
    """What sends for an account."""
    if kind is AccountKind.SANDBOX:
        return translate("Words", "Sandbox (sends nothing)")
    return translate("Words", "WhatsApp Cloud API")


def account_state(state: AccountState) -> str:
    """Whether an account may send."""
    if state is AccountState.ACTIVE:
        return translate("Words", "Ready")
    return translate("Words", "Stopped")
