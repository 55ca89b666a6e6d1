"""Sending again: retry some of a contract's messages, or copy it into a new draft."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from wa_desktop.contracts.bell import Bell
from wa_desktop.errors import InvalidInput, MoveRefused, NotFound, Problem
from wa_desktop.events import ContractChanged, EventBus, QueuesChanged
from wa_desktop.ledger.chosen_rows import Action, ActionKind, Planned, together
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.words import words

RETRYABLE = (MessageState.FAILED, MessageState.IN_DOUBT, MessageState.SKIPPED)
MOST_IDS = 5_000
"""More messages than this are chosen by state or code, not one by one."""


class Again:
    """Retries and copies. Both answer at once and are carried out in slices."""

    def __init__(self, ledger: Ledger, bell: Bell, events: EventBus) -> None:
        self._ledger = ledger
        self._bell = bell
        self._events = events

    def retry(
        self,
        contract_id: str,
        states: Sequence[MessageState] = (MessageState.FAILED,),
        *,
        codes: Sequence[int] = (),
        ids: Sequence[int] = (),
    ) -> Planned:
        """Put messages back into the queue, attempts reset, priority kept; returns how many.

        ``codes`` chooses by error code, ``ids`` single messages. Messages whose recipient is
        suppressed stay as they are; the answer says how many, and why. A completed contract
        runs again, unless no message is put back. ``InvalidInput`` for states that cannot be
        retried; ``MoveRefused`` while another action is under way or the contract is cancelled.
        """
        action = _retry(self._ledger.now(), states, codes, ids)
        planned = self._ledger.actions.begin(contract_id, action)
        self._changed(contract_id)
        return planned

    def plan_retry(
        self,
        contract_id: str,
        states: Sequence[MessageState] = (MessageState.FAILED,),
        *,
        codes: Sequence[int] = (),
        ids: Sequence[int] = (),
    ) -> Planned:
        """What ``retry`` would do now; nothing is changed. ``InvalidInput`` as there."""
        return self._ledger.actions.plan(
            contract_id, _retry(self._ledger.now(), states, codes, ids)
        )

    def retry_listed(self, contract_id: str | None = None, *, codes: Sequence[int] = ()) -> Planned:
        """Put the failed messages of the queue's list back: of one contract, or of all.

        Messages that were cleaned are not on the list, so they stay as they are. Of all: a
        contract on which another action is under way, or that has just ended, is left out.
        """
        action = replace(
            _retry(self._ledger.now(), (MessageState.FAILED,), codes, ()), listed_only=True
        )
        if contract_id is not None:
            planned = self._ledger.actions.begin(contract_id, action)
            self._changed(contract_id)
            return planned
        found = []
        for one in self._ledger.work.with_failed():
            with contextlib.suppress(MoveRefused, NotFound):
                found.append(self._ledger.actions.begin(one, action))
                self._changed(one)
        return together(found)

    def duplicate(
        self, contract_id: str, only: Sequence[MessageState] = (), *, name: str | None = None
    ) -> Contract:
        """A new draft with the same text and the same recipients, or those in some states.

        The recipients are copied in slices; until that is done the draft cannot be started.
        ``MoveRefused`` while recipients are still being added to the contract itself.
        """
        source = self._ledger.contracts.get(contract_id)
        copy_id = self._ledger.actions.begin_copy(
            contract_id,
            NewContract(
                account_id=source.account_id,
                name=name or f"{source.name[:190]} (2)",
                message=source.message,
                template=source.template,
                priority=source.priority,
                max_attempts=source.max_attempts,
                zone=source.zone,
                quiet_hours=source.quiet_hours,
                doubt_policy=source.doubt_policy,
                doubt_grace=source.doubt_grace,
                pause_after_held=source.pause_after_held,
            ),
            only,
        )
        self._changed(copy_id)
        return self._ledger.contracts.get(copy_id)

    def _changed(self, contract_id: str) -> None:
        self._bell.contract(contract_id)
        self._events.post(ContractChanged(contract_id))
        self._events.post(QueuesChanged())


def waits_for_start(contract: Contract, amount: int) -> str | None:
    """What to do where messages that were put back into the queue are not sent yet; ``None``:
    nothing, the contract runs."""
    if not amount or contract.state is not ContractState.PAUSED:
        return None
    return (
        "The campaign is paused: nothing is sent until it is started. wa-desktop contracts start "
        f"{contract.id}"
    )


def _retry(
    at: int, states: Sequence[MessageState], codes: Sequence[int], ids: Sequence[int]
) -> Action:
    wrong = [state.word for state in states if state not in RETRYABLE]
    if wrong or not states:
        allowed = ", ".join(state.word for state in RETRYABLE)
        raise InvalidInput(
            words("Only messages that are {allowed} can be sent again.", allowed=allowed),
            [Problem("states", words("must be among {allowed}", allowed=allowed))],
        )
    if len(ids) > MOST_IDS:
        raise InvalidInput(
            words(
                "At most {most} messages can be chosen one by one. Choose by state instead.",
                most=MOST_IDS,
            ),
            [Problem("ids", words("must not exceed {most}", most=MOST_IDS))],
        )
    return Action(
        ActionKind.RETRY,
        at,
        states=tuple(int(state) for state in states),
        codes=tuple(codes),
        ids=tuple(ids),
        spare_suppressed=True,
    )
