"""A ledger filled for show: campaigns in every state, with times that fit each other."""

import random
from dataclasses import replace
from pathlib import Path

from tests.ledgers import execute
from tests.window.core import UNLIMITED, HandDrivenCore
from wa_desktop.clock import SECOND, now
from wa_desktop.contracts.service import ContractChanges
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.turns.cycle import Beat, Turn
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.recipients.rows import RecipientRow

WORDS = {
    "en": {
        "winter": "Winter collection",
        "appointments": "Appointment reminders",
        "survey": "Customer survey",
        "old": "Opening hours in December",
        "text": "Hello {{name}}, the winter collection is here. Shall we keep a parcel for you?",
        "reason": "The number is not on WhatsApp.",
        "doubt": "The connection ended before an answer came.",
        "file": "winter-customers.csv",
        "folder": "Lists",
        "trouble": "Another wa-desktop already sends from this data folder. "
        "Use that one, or close it first.",
        "account": "Shop, +44 7700 900100",
        "spring": "Spring collection",
        "names": "Owen Grace Ivy Noah Ella Max",
    },
    "ru": {
        "winter": "Зимняя коллекция",
        "appointments": "Напоминания о записи",
        "survey": "Опрос покупателей",
        "old": "Часы работы в декабре",
        "text": "Здравствуйте, {{name}}! Зимняя коллекция уже здесь. Отложить для вас посылку?",
        "reason": "Этого номера нет в WhatsApp.",
        "doubt": "Связь прервалась, прежде чем пришёл ответ.",
        "file": "покупатели-зима.csv",
        "folder": "Списки",
        "trouble": "Другая программа wa-desktop уже отправляет из этой папки данных. "
        "Пользуйтесь ею или сначала закройте её.",
        "account": "Магазин, +7 999 000-00-00",
        "spring": "Весенняя коллекция",
        "names": "Егор Павел Анна Ольга Иван Мария",
    },
}

BREAKER = "60 of the last 100 messages failed."
TOKEN_EXPIRED = 190


class ShownCore(HandDrivenCore):
    """A core whose ledger holds a bit of everything."""

    def __init__(self, folder: Path, language: str) -> None:
        super().__init__(folder)
        self.words = WORDS[language]
        account = self.ledger.accounts.get(UNLIMITED)
        self.services.accounts.change(replace(account, name=self.words["account"]))
        dice = random.Random(7)  # noqa: S311
        self._finished("old", 1_840)
        self._working("winter", 12_500, dice)
        self._paused("appointments", 640)
        self.survey = self.make(self.words["survey"], 3_200, text=self.words["text"])
        self._made_at(self.survey, 7)
        self.missed = self._missed("spring", 2_400)

    def make(self, name: str, recipients: int, *, text: str = "Hello") -> Contract:
        """A draft whose recipients have names."""
        names = self.words["names"].split()
        rows = [
            RecipientRow(line, f"7999{line:07}", variables={"name": names[line % len(names)]})
            for line in range(1, recipients + 1)
        ]
        contract, _ = self.services.contracts.create_filled(
            NewContract(UNLIMITED, name, message=text), rows
        )
        return contract

    def beat(self) -> None:
        """A sign of life of the worker, for the page that is taken next."""
        self.ledger.cycle.run(Turn(self._worker, now(), beat=Beat(now(), now())))

    def _made_at(self, contract: Contract, minutes: int, started: int | None = None) -> None:
        """Make its times fit what was sent: so many minutes ago it was made and started."""
        execute(
            self.ledger,
            "UPDATE contracts SET created_at = ?, started_at = ? WHERE uid = ?",
            now() - minutes * 60 * SECOND,
            None if started is None else now() - started * 60 * SECOND,
            contract.id,
        )

    def _finished(self, name: str, amount: int) -> None:
        contract = self.make(self.words[name], amount, text=self.words["text"])
        self.services.contracts.start(contract.id)
        self._made_at(contract, 135, 121)
        self.send(amount - 12, at=now() - 7_200 * SECOND)
        self.send(12, [OutcomeKind.FAILED], text=self.words["reason"], at=now() - 7_000 * SECOND)
        execute(
            self.ledger,
            "UPDATE contracts SET finished_at = ? WHERE uid = ?",
            now() - 6_990 * SECOND,
            contract.id,
        )

    def _paused(self, name: str, amount: int) -> None:
        contract = self.make(self.words[name], amount, text=self.words["text"])
        self.services.contracts.start(contract.id)
        self.services.contracts.pause(contract.id, BREAKER)
        self._made_at(contract, 20, 18)

    def _missed(self, name: str, amount: int) -> Contract:
        contract = self.make(self.words[name], amount, text=self.words["text"])
        start_at = now() + 60 * SECOND
        self.services.contracts.change(contract.id, ContractChanges(start_at=start_at))
        self.services.contracts.start(contract.id)
        self.ledger.schedule.start_due(start_at + 3_600 * SECOND)
        execute(
            self.ledger,
            "UPDATE contracts SET start_at = ? WHERE uid = ?",
            now() - 45 * 60 * SECOND,
            contract.id,
        )
        self._made_at(contract, 600)
        return contract

    def _working(self, name: str, amount: int, dice: random.Random) -> None:
        contract = self.make(self.words[name], amount, text=self.words["text"])
        self.services.contracts.start(contract.id)
        self._made_at(contract, 56, 49)
        for back in range(48, 0, -1):
            at = now() - back * 60 * SECOND
            self.send(dice.randrange(80, 140), at=at)
        self.send(31, [OutcomeKind.FAILED], text=self.words["reason"])
        self.send(3, [OutcomeKind.IN_DOUBT], text=self.words["doubt"])
        self.send(24, [OutcomeKind.RETRY], text=self.words["doubt"])
        self.claim(8)
