"""The core's states, reasons and notices in the words of the screen."""

from collections.abc import Mapping
from functools import cache

from PySide6.QtCore import QCoreApplication, QLocale, QObject

from wa_desktop.contracts.accounts import SANDBOX_NAME
from wa_desktop.contracts.service import BY_USER
from wa_desktop.events import Notice, NoticeKind
from wa_desktop.ledger.copies.restored import RESTORED
from wa_desktop.ledger.records import Account, AccountKind, AccountState
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.work import MISSED_START
from wa_desktop.recipients.phones import PhoneFault
from wa_desktop.recipients.rows import EXTRA_CELLS_FAULT, NUL_FAULT
from wa_desktop.window.formats import fill
from wa_desktop.window.theme import Tone
from wa_desktop.window.translation import provider_refusal, translated

translate = QCoreApplication.translate


@cache
def _contract_states(_locale: str) -> Mapping[ContractState, str]:
    return {
        ContractState.DRAFT: translate("Words", "Draft"),
        ContractState.SCHEDULED: translate("Words", "Scheduled"),
        ContractState.QUEUED: translate("Words", "Starting"),
        ContractState.PREPARING: translate("Words", "Preparing"),
        ContractState.RUNNING: translate("Words", "Running"),
        ContractState.PAUSED: translate("Words", "Paused"),
        ContractState.COMPLETED: translate("Words", "Completed"),
        ContractState.CANCELLED: translate("Words", "Cancelled"),
        ContractState.DELETING: translate("Words", "Being deleted"),
    }


_CONTRACT_TONES = {
    ContractState.QUEUED: Tone.BUSY,
    ContractState.PREPARING: Tone.BUSY,
    ContractState.RUNNING: Tone.BUSY,
    ContractState.PAUSED: Tone.WARN,
    ContractState.COMPLETED: Tone.GOOD,
}


@cache
def _message_states(_locale: str) -> Mapping[MessageState, str]:
    return {
        MessageState.DRAFT: translate("Words", "Not started", "message"),
        MessageState.WAITING: translate("Words", "Waiting", "message"),
        MessageState.DELAYED: translate("Words", "Delayed", "message"),
        MessageState.CLAIMED: translate("Words", "About to be sent", "message"),
        MessageState.SENDING: translate("Words", "Sending", "message"),
        MessageState.SENT: translate("Words", "Sent", "message"),
        MessageState.DELIVERED: translate("Words", "Delivered", "message"),
        MessageState.READ: translate("Words", "Read", "message"),
        MessageState.FAILED: translate("Words", "Failed", "message"),
        MessageState.SKIPPED: translate("Words", "Skipped", "message"),
        MessageState.IN_DOUBT: translate("Words", "In doubt", "message"),
    }


_MESSAGE_TONES = {
    MessageState.CLAIMED: Tone.BUSY,
    MessageState.SENDING: Tone.BUSY,
    MessageState.SENT: Tone.GOOD,
    MessageState.DELIVERED: Tone.GOOD,
    MessageState.READ: Tone.GOOD,
    MessageState.FAILED: Tone.BAD,
    MessageState.IN_DOUBT: Tone.WARN,
}


@cache
def _rejections(_locale: str) -> Mapping[str, str]:
    return {
        PhoneFault.EMPTY: translate("Words", "no phone number"),
        PhoneFault.NOT_A_NUMBER: translate("Words", "not a phone number"),
        PhoneFault.TOO_SHORT: translate("Words", "too short for a phone number"),
        PhoneFault.TOO_LONG: translate("Words", "too long for a phone number"),
        PhoneFault.WRONG_LENGTH: translate("Words", "wrong number of digits for its country"),
        PhoneFault.UNKNOWN_COUNTRY: translate("Words", "unknown country code"),
        PhoneFault.NO_COUNTRY: translate(
            "Words", "no country code: write it with + or choose a default country"
        ),
        PhoneFault.DIGITS_LOST: translate(
            "Words", "digits were lost in a spreadsheet: format the column as text"
        ),
        NUL_FAULT: translate("Words", "holds a zero character, which no message can carry"),
        EXTRA_CELLS_FAULT: translate("Words", "has more cells than there are columns"),
    }


@cache
def _notices(_locale: str) -> Mapping[NoticeKind, str]:
    return {
        NoticeKind.STARTED: translate("Words", "“%1” has started."),
        NoticeKind.FINISHED: translate("Words", "“%1” is finished."),
        NoticeKind.PAUSED: translate("Words", "“%1” is paused."),
        NoticeKind.RESUMED_AFTER_CRASH: translate("Words", "“%1” goes on where it stopped."),
        NoticeKind.MISSED_START: translate("Words", "“%1” did not start at its time."),
        NoticeKind.ACCOUNT_STOPPED: translate("Words", "The account “%1” has stopped sending."),
        NoticeKind.TROUBLE: translate("Words", "There is trouble with sending."),
        NoticeKind.TROUBLE_OVER: translate("Words", "Sending works again."),
        NoticeKind.BACKUP_FAILED: translate("Words", "The daily backup was not made."),
    }


def _locale() -> str:
    """What the words are kept by: they change with the language."""
    return QLocale().name()


def contract_state(state: ContractState) -> str:
    """A campaign's state."""
    return _contract_states(_locale())[state]


def contract_tone(state: ContractState) -> Tone:
    """The colour of a campaign's state."""
    return _CONTRACT_TONES.get(state, Tone.QUIET)


def message_state(state: MessageState) -> str:
    """A message's state."""
    return _message_states(_locale())[state]


def message_tone(state: MessageState) -> Tone:
    """The colour of a message's state."""
    return _MESSAGE_TONES.get(state, Tone.QUIET)


def rejection(reason: str) -> str:
    """Why a row of a file cannot be used; an unknown reason stays as it is."""
    return _rejections(_locale()).get(reason) or translated(reason)


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
    return translated(reason)


def message_note(code: int | None, text: str | None) -> str:
    """Why a message failed, waits or is in doubt, with the provider's code behind it."""
    if code is None:
        return translated(text or "")
    return f"{provider_refusal(code, text or '')} ({code})".strip()


def notice(told: Notice) -> str:
    """A notice as one or two sentences."""
    sentence = fill(_notices(_locale())[told.kind], told.subject)
    detail = state_reason(told.detail)
    return f"{sentence} {detail}" if detail else sentence


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

    def still_sending(self, count: int) -> str:
        """How many campaigns are at work."""
        return self.tr("%n campaign(s) are still sending.", "", count)


def account_name(account: Account) -> str:
    """An account's name; that of the first one is the program's own word."""
    return translated(SANDBOX_NAME) if account.name == SANDBOX_NAME else account.name


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
