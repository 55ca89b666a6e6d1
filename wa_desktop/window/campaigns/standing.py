"""What holds a campaign back, or asks for an answer, in words with the action that goes on."""

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from wa_desktop.contracts.account_check import token_refused
from wa_desktop.contracts.held_back import HeldBack, Obstacle
from wa_desktop.contracts.outlooks import Outlook
from wa_desktop.contracts.service import BY_USER
from wa_desktop.ledger.records import Account, Contract, Limit
from wa_desktop.ledger.schedule import MISSED_START
from wa_desktop.ledger.states import ContractState
from wa_desktop.window import words
from wa_desktop.window.formats import fill, moment, moment_there, near_moment
from wa_desktop.window.theme import Tone
from wa_desktop.window.translation import translated
from wa_desktop.window.vocabulary import Vocabulary

translate = QCoreApplication.translate

_USUAL = 60_000_000
"""A rate limit that lets the next message go within a minute is no news."""


class Offer(Enum):
    """What the window offers beside the campaign's own buttons, of which "Resume" is one."""

    START_NOW = "start_now"
    NOT_NOW = "not_now"
    RESUME_ACCOUNT = "resume_account"
    EDIT_ACCOUNT = "edit_account"
    REPLACE_TOKEN = "replace_token"  # noqa: S105 - the name of a button
    RESUME_QUEUE = "resume_queue"


@dataclass(frozen=True, slots=True)
class Standing:
    """A sentence, how loud it is, and what can be done. Blank: nothing is to be said."""

    text: str = ""
    tone: Tone = Tone.BUSY
    offers: tuple[Offer, ...] = ()


NOTHING = Standing()


def standing(contract: Contract, account: Account, outlook: Outlook, at: int) -> Standing:
    """What is to be said about a campaign at that moment."""
    if contract.action is not None:
        return Standing(_under_way(contract.action))
    held = outlook.held_back
    if held is None:
        return NOTHING
    if contract.state is ContractState.PAUSED:
        return _paused(contract)
    if held.by is Obstacle.SCHEDULE:
        return Standing(_scheduled(contract))
    if held.by is Obstacle.ACCOUNT_STOPPED:
        said = fill(
            translate("Standing", "The account “%1” has stopped sending. %2"),
            words.account_name(account),
            words.state_reason(account.state_reason),
        )
        # With a token that was refused, sending again can only fail until it is replaced.
        offers = (Offer.RESUME_ACCOUNT, Offer.EDIT_ACCOUNT)
        if token_refused(account):
            offers = (Offer.REPLACE_TOKEN, Offer.RESUME_ACCOUNT)
        return Standing(said.strip(), Tone.BAD, offers)
    if held.by is Obstacle.PAUSED:
        said = translate("Standing", "The queue is paused, for all campaigns.")
        return Standing(said, Tone.WARN, (Offer.RESUME_QUEUE,))
    if held.by is Obstacle.NO_WORKER:
        return Standing(translate("Standing", "No program sends at the moment."), Tone.WARN)
    if held.by is Obstacle.BARRED:
        return Standing(translated(held.reason), Tone.BAD)
    return _waiting(held, at)


def _paused(contract: Contract) -> Standing:
    reason = contract.state_reason
    if reason == MISSED_START:
        said = translate(
            "Standing",
            "It was to start on %1, but the program was not running then. Start it now?",
        )
        asked = fill(said, moment(contract.start_at))
        return Standing(asked, Tone.WARN, (Offer.START_NOW, Offer.NOT_NOW))
    if reason is None or reason == BY_USER:
        return NOTHING
    return Standing(words.state_reason(reason), Tone.WARN)


def _scheduled(contract: Contract) -> str:
    start, zone = contract.start_at, contract.zone
    if start is None:
        return ""
    said = fill(translate("Standing", "It starts on %1."), moment(start))
    there = moment_there(start, zone)
    if there is None:
        return said
    beside = translate("Standing", "That is %1 in %2.")
    return f"{said} {fill(beside, there, zone)}"


def _waiting(held: HeldBack, at: int) -> Standing:
    until = held.until
    if held.by is Limit.RATE and (until is None or until - at < _USUAL):
        return NOTHING
    said = translated(held.reason)
    if until is not None and until > at:
        on = translate("Standing", "It goes on by itself at %1.")
        said = f"{said} {fill(on, near_moment(until))}"
    return Standing(said)


def _under_way(action: str) -> str:
    if action == "copy":
        return translate("Standing", "Its recipients are being copied.")
    return translate("Standing", "What was asked for is being done with its messages.")


_OFFERS = Vocabulary(
    "Standing",
    {
        Offer.START_NOW: QT_TRANSLATE_NOOP("Standing", "Start now"),
        Offer.NOT_NOW: QT_TRANSLATE_NOOP("Standing", "Not now"),
        Offer.RESUME_ACCOUNT: QT_TRANSLATE_NOOP("Standing", "Let the account send again"),
        Offer.EDIT_ACCOUNT: QT_TRANSLATE_NOOP("Standing", "Edit account…"),
        Offer.REPLACE_TOKEN: QT_TRANSLATE_NOOP("Standing", "Replace the token…"),
        Offer.RESUME_QUEUE: QT_TRANSLATE_NOOP("Standing", "Let the queue go on"),
    },
)


def offer_words(offer: Offer) -> str:
    """The button of an offer."""
    return _OFFERS[offer]
