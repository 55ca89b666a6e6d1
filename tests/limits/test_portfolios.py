"""Accounts of several portfolios in one turn."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.limits.desk import open_desk, phones
from wa_desktop.ledger.turns.turn import Turn, Want


def test_turns_that_meet_in_two_portfolios_never_wait_for_each_other(
    postgres_url: str, tmp_path: Path
) -> None:
    desk = open_desk(postgres_url, tmp_path)
    names = {"a": "p", "b": "p", "c": "q", "d": "q"}
    for number, (name, portfolio) in enumerate(names.items()):
        account = desk.account(name, portfolio_id=portfolio, daily_limit=10_000)
        desk.running(account, phones(200, start=1_000 * number))

    def turns(accounts: str) -> None:
        worker = desk.ledger.workers.register()
        for _ in range(100):
            desk.ledger.cycle.run(Turn(worker, desk.at, wants=[Want(one, 2) for one in accounts]))

    with ThreadPoolExecutor() as pool:
        for ended in [pool.submit(turns, "ac"), pool.submit(turns, "db")]:
            ended.result()
    desk.ledger.close()
