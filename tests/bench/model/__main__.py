"""Everything that is done to a ledger, beside a plain model of it: both must always agree.

    python -m tests.bench.model [--examples 200] [--steps 60] [--stores sqlite] [--seed 7]
                                [--of limits]

Each example is a random story over the real ledger and services: contracts made, filled,
started, scheduled, paused, edited, retried, copied, cancelled and deleted; jobs killed
between slices, sweeps; turns of three workers that settle, begin and claim; burials, late
answers, news; queues and accounts stopped and resumed. After each act every state, count
and place is compared with a model written for this alone. With ``--of limits`` the stories
are of limits set, changed and lifted while three accounts, two of them or all in one
portfolio, send in any order: no grant may exceed one, and all must end. A disagreement ends
with the shortest story that shows it, and exit code 1. A server of its own carries PostgreSQL.
"""

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figures import say
from tests.bench.model.limits import LimitsMachine
from tests.bench.model.rules import LedgerMachine
from tests.bench.model.stage import OpenLedger, Tally
from tests.bench.model.telling import SHORTEN, Told, tell
from tests.opened import open_ledger
from tests.services.postgres import PostgresServer
from wa_desktop.ledger.ledger import Ledger

STORES = ("sqlite", "postgresql")
MACHINES: dict[str, Told] = {"contracts": LedgerMachine, "limits": LimitsMachine}


@contextmanager
def ledgers(store: str) -> Iterator[OpenLedger]:
    """Opens an empty ledger on that engine at each call."""
    with ExitStack() as stack:
        if store == "sqlite":
            folder = Path(stack.enter_context(TemporaryDirectory()))
            numbers = count()
            yield lambda: open_ledger(f"sqlite:///{folder / str(next(numbers))}.db")
            return
        server = stack.enter_context(PostgresServer())
        made: list[str] = []

        def opened() -> Ledger:
            # The last story is over when the next begins.
            while made:
                server.drop_database(made.pop())
            made.append(server.create_database())
            return open_ledger(server.url(made[-1]))

        yield opened


def run(store: str, told: Told, examples: int, steps: int, seed: int) -> bool:
    """Tell the stories on one engine and print its line; whether both sides always agreed."""
    tally, began = Tally(), time.monotonic()
    trouble = ""
    with ledgers(store) as opened:
        try:
            tell(opened, tally, told, examples=examples, steps=steps, seed=seed, phases=SHORTEN)
        except Exception as error:  # whatever the product raises that the model does not know
            trouble = "".join(traceback.format_exception(error))
    say(
        f"{store:12}  {tally.examples:8}  {tally.acts.total():7}  {tally.granted:7}  "
        f"{tally.refusals.total():8}  {int(bool(trouble)):13}  {time.monotonic() - began:7.1f}"
    )
    _list("acts", tally.acts)
    _list("refusals", tally.refusals)
    if trouble:
        say(trouble)
    return not trouble


def _list(title: str, counted: Counter[str]) -> None:
    say(f"  {title}")
    for name, amount in sorted(counted.items(), key=lambda one: (-one[1], one[0])):
        say(f"    {name:28} {amount:7}")


def main() -> int:
    """Tell the stories and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.model", description=__doc__)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--stores", nargs="+", choices=STORES, default=list(STORES))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--of", choices=MACHINES, default="contracts")
    given = parser.parse_args()
    say("stores        examples     acts  granted  refusals  disagreements  seconds")
    told = MACHINES[given.of]
    agreed = [run(one, told, given.examples, given.steps, given.seed) for one in given.stores]
    return 0 if all(agreed) else 1


if __name__ == "__main__":
    sys.exit(main())
