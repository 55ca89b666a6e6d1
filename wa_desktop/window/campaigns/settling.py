"""Sends failed messages again and settles doubts, after a question that says what may happen."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from wa_desktop.error_table import asked_by_recipient, reaction_for
from wa_desktop.ledger.chosen_rows import Planned
from wa_desktop.ledger.records import DoubtPolicy
from wa_desktop.window.campaigns.action_bar import ActionBar
from wa_desktop.window.formats import day, fill, number
from wa_desktop.window.parts.questions import Answer, Question
from wa_desktop.window.translation import in_language
from wa_desktop.window.wiring import Wiring

_MOST_REASONS = 4
"""So many reasons why messages are left out are shown; the rest is counted."""


class Settling(QObject):
    """Asks over a page and acts through its action bar. ``ids`` empty: all there are."""

    nothing_left = Signal(str)
    """A sentence: what was chosen had changed meanwhile."""

    def __init__(self, wiring: Wiring, actions: ActionBar, page: QWidget) -> None:
        super().__init__(page)
        self._wiring = wiring
        self._actions = actions
        self._page = page

    def ask_retry(self) -> None:
        """Send all failed messages again."""
        self._plan((), ask=True)

    def retry(self, ids: Sequence[int] = ()) -> None:
        """Send failed messages again; asks only if some of them would be left out."""
        self._plan(ids, ask=False)

    def _plan(self, ids: Sequence[int], *, ask: bool) -> None:
        again = self._wiring.services.again

        def known(planned: Planned) -> None:
            if planned.left_out or (ask and planned.rows):
                self._ask_planned(planned, ids)
            else:
                self._retry(ids)

        self._actions.act(lambda one: again.plan_retry(one, ids=ids), known)

    def _ask_planned(self, planned: Planned, ids: Sequence[int]) -> None:
        answers, texts = [], []
        title = self.tr("None of these messages can be sent again")
        if planned.rows:
            title = self.tr("Send %Ln failed message(s) again?", "", planned.rows)
            answers.append(Answer(self.tr("Send again"), lambda: self._retry(ids)))
            texts.append(self.tr("WhatsApp accepted none of them, so nobody gets a message twice."))
        if planned.left_out:
            texts.append(self._left_out_words(planned))
        codes = {one.code for one in planned.left_out} - asked_by_recipient()
        if codes:
            answers.append(
                Answer(
                    self.tr("Write to them all the same"),
                    lambda: self._lift_and_retry(sorted(codes), ids),
                    danger=True,
                )
            )
        Question(title, "\n\n".join(texts), tuple(answers), self.tr("Leave"), self._page).open()

    def _left_out_words(self, planned: Planned) -> str:
        """How many messages stay as they are: a line for each of the commonest reasons."""
        count = planned.left_out_count
        lines = [self.tr("%Ln message(s) will not be sent again:", "", count)]
        for one in planned.left_out[:_MOST_REASONS]:
            reason = in_language(reaction_for(one.code))
            text = fill(self.tr("• %1 with code %2: %3"), number(one.count), one.code, reason)
            if one.until is not None:
                text += " " + fill(self.tr("Until %1."), day(one.until))
            lines.append(text)
        if rest := sum(one.count for one in planned.left_out[_MOST_REASONS:]):
            lines.append(self.tr("• %Ln message(s) for other reasons", "", rest))
        return "\n".join(lines)

    def _retry(self, ids: Sequence[int]) -> None:
        again = self._wiring.services.again
        self._actions.act(
            lambda one: again.retry(one, ids=ids).rows,
            self._told(self.tr("None of these messages is failed any more.")),
        )

    def _lift_and_retry(self, codes: Sequence[int], ids: Sequence[int]) -> None:
        services = self._wiring.services

        def act(contract_id: str) -> int:
            services.suppressions.lift_where(codes=codes, contract_id=contract_id)
            return services.again.retry(contract_id, ids=ids).rows

        self._actions.act(act, self._told(self.tr("None of these messages is failed any more.")))

    def ask_resend(self, count: int, ids: Sequence[int] = ()) -> None:
        """Send messages in doubt again."""
        Question(
            self.tr("Send %Ln message(s) in doubt again?", "", count),
            self.tr(
                "It is unknown whether they arrived. Whoever got the first one gets a second "
                "message."
            ),
            (
                Answer(
                    self.tr("Send again"),
                    lambda: self._settle(DoubtPolicy.RESEND, ids),
                    danger=True,
                ),
            ),
            self.tr("Leave"),
            self._page,
        ).open()

    def ask_treat_as_sent(self, count: int, ids: Sequence[int] = ()) -> None:
        """Count messages in doubt as sent."""
        Question(
            self.tr("Treat %Ln message(s) in doubt as sent?", "", count),
            self.tr(
                "It is unknown whether they arrived. They are not sent again, so whoever did not "
                "get the message will not get it."
            ),
            (
                Answer(
                    self.tr("Treat as sent"), lambda: self._settle(DoubtPolicy.TREAT_AS_SENT, ids)
                ),
            ),
            self.tr("Leave"),
            self._page,
        ).open()

    def _settle(self, choice: DoubtPolicy, ids: Sequence[int]) -> None:
        doubts = self._wiring.services.doubts
        self._actions.act(
            lambda one: doubts.settle(one, choice, ids),
            self._told(self.tr("None of these messages is in doubt any more.")),
        )

    def _told(self, sentence: str) -> Callable[[int], None]:
        def done(amount: int) -> None:
            if not amount:
                self.nothing_left.emit(sentence)

        return done
