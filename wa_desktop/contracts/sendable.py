"""Whether a contract's message can be made at all, asked before it is started."""

from wa_desktop.errors import MoveRefused, Problem
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import Contract
from wa_desktop.messages.rendering import RenderFault, needed_fields, never_made
from wa_desktop.words import words


def refuse_never_made(ledger: Ledger, contract: Contract) -> None:
    """Raise ``MoveRefused`` when the message can be made for none of the recipients.

    Cheap at any size: a few rows are looked at, not all. One who lacks a value that others
    have fails alone when it is their turn.
    """
    message, template = contract.message, contract.template
    if never_made(message, template, ()) is None:
        return
    brought = ledger.variables.brought(contract.id, needed_fields(message, template))
    if brought.own_texts:
        return
    fault = never_made(message, template, brought.columns)
    if fault is None:
        return
    if fault.fault is RenderFault.MISSING_VARIABLE and needed_fields(message, template):
        said = words(
            "The message can be made for none of the recipients. {reason} Correct the message, or "
            "say what stands in for a missing value: {example}",
            reason=fault.reason,
            example=f"{{{{{fault.fields[0]}|…}}}}",
        )
    else:
        said = words(
            "The message can be made for none of the recipients. {reason} Correct the message.",
            reason=fault.reason,
        )
    raise MoveRefused(
        said,
        state=contract.state.value,
        allowed=["edit", "delete"],
        problems=[Problem("message" if template is None else "template", fault.reason)],
    )
