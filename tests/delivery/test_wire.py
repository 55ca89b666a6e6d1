"""Messages between their claim and their outcome: each is sent once and settled once."""

import asyncio
from collections.abc import Callable, Collection, Coroutine

import pytest

from wa_desktop.clock import MILLISECOND, SECOND, SteadyClock, monotonic, now
from wa_desktop.delivery.breakers import Breakers
from wa_desktop.delivery.freshness import Term
from wa_desktop.delivery.lane import Lane
from wa_desktop.delivery.wire import Wire
from wa_desktop.ledger.contracts import ContractText
from wa_desktop.ledger.lifetimes import USUAL
from wa_desktop.ledger.records import Account, AccountKind, RateLimit
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.senders.protocol import Accepted, Outgoing, SendResult

TEXT = ContractText("uid", "Весна", 1, "Привет", None, 3)


class Recorder:
    """A sender that notes what it is given and answers when it may."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.answer = asyncio.Event()

    async def send(self, outgoing: Outgoing) -> SendResult:
        self.sent.append(outgoing.message_id)
        await self.answer.wait()
        return Accepted(f"wamid.{outgoing.message_id}")

    async def close(self) -> None:
        """Nothing is held open."""


def fresh(age: int = 0) -> Term:
    """The term of a grant that was committed so long ago."""
    return Term(monotonic() - age, USUAL)


class Bench:
    """A wire with one lane and its recorder."""

    def __init__(self, rate: RateLimit | None = None) -> None:
        self.sender = Recorder()
        account = Account("acc", "acc", AccountKind.SANDBOX, rate_limit=rate, concurrency=10)
        self.lane = Lane(account, self.sender)
        self.wire = Wire(lambda: None, Breakers(), SteadyClock())

    def take(self, message_id: int, *, slot: int, begun: bool) -> None:
        """The ledger granted a message."""
        granted = Granted(message_id, 1, "acc", "79990000000", 0, 0, slot, begun, 1, None)
        self.wire.take(granted, self.lane, TEXT, now(), fresh())

    def begin(self, asked: Collection[int], begun: Collection[int], at: int) -> None:
        """The ledger answered to what is due."""
        self.wire.begin(asked, begun, at, fresh())

    async def turns(self) -> None:
        """Let everything go as far as it can."""
        for _ in range(5):
            await asyncio.sleep(0)


def on_a_loop(test: Callable[[Bench], Coroutine[None, None, None]]) -> Callable[[], None]:
    """Run a test on a loop of its own, as the engine has one."""

    def run() -> None:
        async def with_bench() -> None:
            await test(Bench())

        asyncio.run(with_bench())

    run.__name__ = test.__name__
    return run


@on_a_loop
async def test_a_begun_message_goes_out_at_once_and_is_settled(bench: Bench) -> None:
    bench.take(1, slot=0, begun=True)
    await bench.turns()
    assert (bench.sender.sent, bench.lane.free, bench.wire.idle) == ([1], 9, False)
    bench.sender.answer.set()
    await bench.turns()
    [outcome] = bench.wire.collect()
    assert (outcome.kind, outcome.provider_id) == (OutcomeKind.SENT, "wamid.1")
    assert (bench.lane.free, bench.wire.idle) == (10, True)


async def _late(by: int) -> tuple[list[int], list[OutcomeKind]]:
    """What became of a message of an account with 80 a second, so much after its slot."""
    bench = Bench(RateLimit(80, 1_000))
    bench.take(1, slot=now() - by, begun=True)
    await bench.turns()
    return bench.sender.sent, [one.kind for one in bench.wire.collect()]


def test_a_message_that_is_late_by_more_than_an_interval_gets_another_slot() -> None:
    assert asyncio.run(_late(100 * MILLISECOND)) == ([], [OutcomeKind.RETURNED])
    assert asyncio.run(_late(0)) == ([1], [])


@on_a_loop
async def test_a_claimed_message_waits_until_the_ledger_has_begun_it(bench: Bench) -> None:
    slot = now() + 50 * MILLISECOND
    bench.take(1, slot=slot, begun=False)
    assert bench.wire.due_to_begin(slot - 60 * MILLISECOND) == ()
    assert bench.wire.due_to_begin(slot) == (1,)
    await bench.turns()
    assert bench.sender.sent == []
    bench.begin([1], [1], slot)
    await bench.turns()
    assert bench.sender.sent == [1]


@on_a_loop
async def test_what_the_ledger_did_not_begin_is_forgotten(bench: Bench) -> None:
    bench.take(1, slot=0, begun=False)
    bench.begin(bench.wire.due_to_begin(now()), [], now())
    assert (bench.wire.idle, bench.lane.free) == (True, 10)


@on_a_loop
async def test_a_message_granted_again_after_a_pause_goes_out_once(bench: Bench) -> None:
    first, second = now(), now() + 10 * MILLISECOND
    bench.take(1, slot=first, begun=False)
    bench.take(1, slot=second, begun=False)
    due = bench.wire.due_to_begin(second)
    assert due == (1,)
    bench.begin(due, [1], second)
    await bench.turns()
    assert bench.sender.sent == [1]


@on_a_loop
async def test_a_message_granted_again_as_begun_is_not_begun_a_second_time(bench: Bench) -> None:
    bench.take(1, slot=now(), begun=False)
    bench.take(1, slot=now() - 1, begun=True)
    assert bench.wire.due_to_begin(now()) == ()
    await bench.turns()
    assert (bench.sender.sent, bench.lane.free) == ([1], 9)


@on_a_loop
async def test_what_is_not_begun_is_given_back_at_a_stop(bench: Bench) -> None:
    bench.take(1, slot=now() + SECOND, begun=False)
    bench.wire.return_unbegun()
    assert [one.kind for one in bench.wire.collect()] == [OutcomeKind.RETURNED]
    assert bench.wire.idle


@on_a_loop
async def test_what_is_on_the_wire_when_time_is_over_is_in_doubt(bench: Bench) -> None:
    bench.take(1, slot=0, begun=True)
    await bench.turns()
    bench.wire.give_up()
    await bench.turns()
    [outcome] = bench.wire.collect()
    assert (outcome.kind, bench.wire.idle) == (OutcomeKind.IN_DOUBT, True)


@on_a_loop
async def test_what_is_begun_but_not_written_when_time_is_over_goes_back(bench: Bench) -> None:
    bench.take(1, slot=0, begun=True)
    bench.take(2, slot=now() + 20 * MILLISECOND, begun=True)
    bench.wire.give_up()
    ended = asyncio.Event()
    asyncio.get_running_loop().call_later(0.03, ended.set)
    await ended.wait()
    assert bench.sender.sent == []
    assert [one.kind for one in bench.wire.collect()] == [OutcomeKind.RETURNED] * 2
    assert bench.wire.idle


@on_a_loop
async def test_a_message_that_was_held_up_too_long_goes_back_unsent(bench: Bench) -> None:
    bench.take(1, slot=0, begun=False)
    bench.begin(bench.wire.due_to_begin(now()), [1], now() - 6 * SECOND)
    await bench.turns()
    assert bench.sender.sent == []
    assert [one.kind for one in bench.wire.collect()] == [OutcomeKind.RETURNED]


@on_a_loop
async def test_a_program_fault_leaves_a_doubt_and_no_loose_end(bench: Bench) -> None:
    bench.take(1, slot=0, begun=True)
    bench.wire._flights[1].text = None  # type: ignore[assignment]
    await bench.turns()
    assert [one.kind for one in bench.wire.collect()] == [OutcomeKind.IN_DOUBT]


@on_a_loop
async def test_what_a_failed_turn_did_not_settle_is_settled_by_the_next(bench: Bench) -> None:
    bench.take(1, slot=0, begun=True)
    bench.sender.answer.set()
    await bench.turns()
    outcomes = bench.wire.collect()
    assert not bench.wire.settled
    bench.wire.put_back(outcomes)
    assert bench.wire.known() == {1}
    assert bench.wire.collect() == outcomes


@pytest.mark.parametrize("forget", [True, False])
def test_forgotten_claims_free_their_places(forget: bool) -> None:
    async def check() -> None:
        bench = Bench()
        bench.take(1, slot=now() + SECOND, begun=False)
        if forget:
            bench.wire.forget([1, 2])
        else:
            bench.wire.outlive(1)
        assert (bench.wire.idle, bench.lane.free) == (True, 10)

    asyncio.run(check())


@pytest.mark.parametrize("hours", [-24, 24])
def test_nothing_is_sent_on_a_grant_from_before_the_clock_was_set_or_a_sleep(hours: int) -> None:
    async def send() -> None:
        bench = Bench()
        bench.take(1, slot=0, begun=True)
        bench.wire._clock._offset -= hours * 3_600 * SECOND
        await bench.turns()
        assert bench.sender.sent == []
        [outcome] = bench.wire.collect()
        assert (outcome.kind, outcome.costs_attempt) == (OutcomeKind.RETURNED, False)

    asyncio.run(send())


@on_a_loop
async def test_what_a_worker_learns_after_it_was_taken_for_dead_is_marked_as_late(
    bench: Bench,
) -> None:
    bench.take(1, slot=0, begun=True)
    await bench.turns()
    bench.take(2, slot=now() + SECOND, begun=False)
    bench.wire.return_unbegun()
    bench.take(3, slot=now() + SECOND, begun=False)
    bench.wire.outlive(7)
    bench.take(4, slot=0, begun=True)
    bench.sender.answer.set()
    await bench.turns()
    found = {one.message_id: one.late_for for one in bench.wire.collect()}
    assert found == {1: 7, 2: 7, 4: None}
    assert bench.wire.idle


@on_a_loop
async def test_a_grant_whose_answer_came_late_goes_back_unsent(bench: Bench) -> None:
    granted = Granted(1, 1, "acc", "79990000000", 0, 0, 0, True, 1, None)
    bench.wire.take(granted, bench.lane, TEXT, now(), fresh(340 * MILLISECOND))
    bench.take(2, slot=0, begun=False)
    bench.wire.begin(bench.wire.due_to_begin(now()), [2], now(), fresh(340 * MILLISECOND))
    await bench.turns()
    assert bench.sender.sent == []
    assert [one.kind for one in bench.wire.collect()] == [OutcomeKind.RETURNED] * 2
