"""Has hypothesis tell stories to a machine."""

from collections.abc import Callable, Sequence
from typing import cast

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.bench.model.rules import LedgerMachine
from tests.bench.model.stage import OpenLedger, Tally

GENERATE = (Phase.explicit, Phase.generate)
SHORTEN = (*GENERATE, Phase.shrink)


Told = Callable[[OpenLedger, Tally], RuleBasedStateMachine]
"""Who acts a story out, anew for each."""


def tell(
    opened: OpenLedger,
    tally: Tally,
    told: Told = LedgerMachine,
    *,
    examples: int,
    steps: int,
    phases: Sequence[Phase] = GENERATE,
    seed: int | None = None,
) -> None:
    """Run so many stories of so many steps; raises what the first disagreement raised.

    Without ``SHORTEN`` a story that disagrees is told as it was found, which takes no time.
    """

    def machine() -> RuleBasedStateMachine:
        return told(opened, tally)

    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    seeded = machine if seed is None else hypothesis.seed(seed)(machine)
    run_state_machine_as_test(cast("type[RuleBasedStateMachine]", seeded), settings=chosen)
