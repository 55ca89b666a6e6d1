"""Whether a refusal is about the whole business: then going on, or trying again, is no use.

Some codes have two meanings (Cloud API, portfolio pacing, 2025-12). 132015 says that a template
is paused; where the provider still lists it as approved, the business is under review and may send
nothing. 135000 mostly means wrong parameters; after messages were held back it is the same review.
What the provider says of the template decides; where it cannot be asked, whether it lately held
back messages of the business does.
"""

import asyncio
import logging
import time

from wa_desktop.clock import SECOND
from wa_desktop.delivery.store import Store
from wa_desktop.error_table import PortfolioSign, reaction_for
from wa_desktop.errors import LedgerError
from wa_desktop.ledger.contracts import ContractText
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import Account
from wa_desktop.senders.cloud_api import CloudApiSender
from wa_desktop.senders.protocol import Refused, Sender
from wa_desktop.senders.vitals import LookFailed, Onlooker
from wa_desktop.words import words

log = logging.getLogger(__name__)

_PATIENCE = 10.0
"""Seconds for the provider's answer; the message keeps its place in flight so long."""

_KEPT = 60.0
"""Seconds for which an answer holds: all that is on the wire is refused at once."""

_HELD_WITHIN = 7 * 86_400 * SECOND
"""Held messages are sent or dropped within days; what was held earlier says nothing."""

_APPROVED = "APPROVED"

Key = tuple[str, str, str]


class Portfolio:
    """Asked for each refusal; lives on the engine's loop."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._store = Store("portfolio")
        self._asked: dict[Key, tuple[float, asyncio.Task[bool]]] = {}

    async def concern(
        self, account: Account, sender: Sender, text: ContractText, refused: Refused
    ) -> str | None:
        """Why the whole business must stop; ``None``: the refusal means what it says."""
        rule = reaction_for(refused.code, refused.subcode)
        if rule.portfolio_if is None:
            return None
        if not await self._found(rule.portfolio_if, account, sender, text):
            return None
        return words(
            "The provider lets the business send nothing while it reviews it (code {code}). Read "
            "the notice in the Meta Business Suite, and resume the account once the review is "
            "over. Nothing is lost.",
            code=refused.code,
        )

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = [task for _, task in self._asked.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._store.close()

    async def _found(
        self, sign: PortfolioSign, account: Account, sender: Sender, text: ContractText
    ) -> bool:
        """Ask once for all that is refused for the same cause at the same time."""
        template = f"{text.template.name}/{text.template.language}" if text.template else ""
        key = (account.id, sign.value, template)
        kept = self._asked.get(key)
        if kept is None or time.monotonic() - kept[0] > _KEPT:
            task = asyncio.get_running_loop().create_task(self._ask(sign, account, sender, text))
            kept = self._asked[key] = (time.monotonic(), task)
        return await asyncio.shield(kept[1])

    async def _ask(
        self, sign: PortfolioSign, account: Account, sender: Sender, text: ContractText
    ) -> bool:
        try:
            if sign is PortfolioSign.TEMPLATE_APPROVED:
                state = await _state_of_template(account, sender, text)
                if state is not None:
                    return state.upper() == _APPROVED
            return await self._store.run(
                self._ledger.vitals.held_since, account.id, self._ledger.clock.now() - _HELD_WITHIN
            )
        except LedgerError as error:
            log.info("whether the business must stop is not known: %s", error)
        except Exception:
            log.exception("a look at the business failed in an unforeseen way")
        return False


async def _state_of_template(account: Account, sender: Sender, text: ContractText) -> str | None:
    """What the provider says of the contract's template; ``None``: it cannot be asked."""
    template = text.template
    if template is None or account.waba_id is None or not isinstance(sender, CloudApiSender):
        return None
    try:
        async with asyncio.timeout(_PATIENCE):
            states = await Onlooker(sender).template(account.waba_id, template.name)
    except TimeoutError:
        return None
    return None if isinstance(states, LookFailed) else states.get(template.language)
