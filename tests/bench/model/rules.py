"""The rules: what may happen, in any order."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.bench.model.choices import (
    ACCOUNT,
    AHEAD,
    CODES,
    COPIED,
    FREE,
    KINDS,
    MINUTE,
    MOSTLY,
    NUMBERS,
    PASSED,
    PRIORITY,
    SELDOM,
    STATES,
    WHICH,
    WHO,
)
from tests.bench.model.machine import ACCOUNTS, MOST_CONTRACTS, Machine, nothing
from tests.bench.model.plain import EDITABLE, Edit, PlainAction, PlainContract
from tests.bench.model.turns import MILLISECOND, SECOND, End
from wa_desktop.contracts.service import ContractChanges
from wa_desktop.ledger.news import News, NewsKind
from wa_desktop.ledger.records import AccountState, DoubtPolicy
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.switches import QueueName
from wa_desktop.ledger.turns.settle import TAKEN, OutcomeKind
from wa_desktop.ledger.turns.turn import Turn


class WorldRules(Machine):
    """Time, jobs, the sweep, queues and accounts."""

    @rule(by=PASSED)
    def time_passes(self, by: int) -> None:
        self.clock.move(by)

    @rule(which=WHICH)
    def job(self, which: int) -> None:
        self.advance(self.pick(which))

    @rule(which=WHICH, kind=st.sampled_from(["prepare", "skip", "act"]))
    def one_slice(self, which: int, kind: str) -> None:
        """A job that is killed after its first slice."""
        uid = self.pick(which)
        work = {
            "prepare": (self.jobs.prepare, self.ledger.work.prepare_slice),
            "skip": (self.jobs.skip, self.ledger.work.skip_slice),
            "act": (self.jobs.act, self.ledger.actions.slice),
        }
        model, real = work[kind]
        self.both(f"{kind} slice", lambda: model(self.plain.row(uid)), lambda: real(uid))

    @rule()
    def sweep(self) -> None:
        """The sweep rings for whatever has work left, and that is carried on."""
        bell = self.stage.bell

        def real() -> list[str]:
            bell.contracts.clear()
            bell.accounts.clear()
            self.stage.sweep.once()
            rung = set(bell.contracts)
            return [one for one in self.uids if one in rung]

        found = self.both("sweep", self.jobs.sweep, real)
        assert set(bell.accounts) >= self.turns.with_work(), "an account was not rung for"
        for uid in found.value if isinstance(found.value, list) else ():
            self.advance(uid)

    @rule(queue=st.sampled_from(QueueName), paused=SELDOM)
    def switch(self, queue: QueueName, paused: bool) -> None:
        switch = self.stage.queues.pause if paused else self.stage.queues.resume
        self.both(
            "pause queue" if paused else "resume queue",
            lambda: self.plain.switch(queue.value, paused=paused),
            lambda: switch(queue),
        )

    @rule(name=ACCOUNT, stopped=SELDOM)
    def stop_or_resume(self, name: str, stopped: bool) -> None:
        state = AccountState.STOPPED if stopped else AccountState.ACTIVE

        def model() -> None:
            self.plain.accounts[name].state = state.value

        def real() -> None:
            if stopped:
                self.ledger.accounts.set_state(name, state, "trouble")
            else:
                self.stage.accounts.resume(name)

        self.both("stop account" if stopped else "resume account", model, real)

    @rule(name=ACCOUNT, concurrency=st.integers(1, 8))
    def change_places(self, name: str, concurrency: int) -> None:
        def model() -> None:
            self.plain.accounts[name].concurrency = concurrency

        def real() -> None:
            account = self.ledger.accounts.get(name)
            self.stage.accounts.change(replace(account, concurrency=concurrency))

        self.both("change places", model, real)


class ContractRules(WorldRules):
    """What people do with contracts."""

    def ids_of(self, uid: str, most: int) -> tuple[int, ...]:
        """The first rows of a contract."""
        return tuple(one.id for one in self.plain.contracts[uid].messages[:most])

    @precondition(lambda self: sum(1 for _ in self.plain.here()) < MOST_CONTRACTS)
    @rule(
        account=ACCOUNT,
        priority=PRIORITY,
        expires_in=AHEAD,
        numbers=NUMBERS,
        policy=st.sampled_from(DoubtPolicy),
        grace=st.sampled_from([0, MINUTE]),
        started=MOSTLY,
    )
    def make(
        self,
        account: str,
        priority: int,
        expires_in: int | None,
        numbers: list[int],
        policy: DoubtPolicy,
        grace: int,
        started: bool,
    ) -> None:
        uid = self.create(account, priority, expires_in, policy, grace)
        self.add_rows(uid, numbers, None)
        if started:
            self.start_and_prepare(uid)

    @rule(which=WHICH, numbers=NUMBERS, due_in=AHEAD)
    def add(self, which: int, numbers: list[int], due_in: int | None) -> None:
        self.add_rows(self.pick(which), numbers, due_in)

    @rule(which=WHICH, at_once=st.booleans(), prepared=MOSTLY)
    def start(self, which: int, at_once: bool, prepared: bool) -> None:
        uid = self.pick(which)
        self.both(
            "start",
            lambda: self.plain.start(uid, at_once=at_once),
            lambda: nothing(self.stage.contracts.start(uid, at_once=at_once)),
        )
        if prepared:
            self.advance(uid)

    @rule(which=WHICH, start_in=st.sampled_from([10 * SECOND, 40 * MINUTE]), by=PASSED)
    def start_later(self, which: int, start_in: int, by: int) -> None:
        """Scheduled, and looked at again in time, a little late or too late."""
        here = [one.uid for one in self.plain.here()]
        ready = [uid for uid in here if self.plain.contracts[uid].state in EDITABLE]
        place = here.index(ready[which % len(ready)]) if ready else which
        self.change(place, None, start_in, None, ())
        self.start(place, at_once=False, prepared=False)
        self.clock.move(by)
        self.sweep()

    @rule(which=WHICH)
    def pause(self, which: int) -> None:
        uid = self.pick(which)
        self.both(
            "pause",
            lambda: self.plain.pause(uid),
            lambda: self.stage.contracts.pause(uid).removed,
        )

    @rule(which=WHICH, really=SELDOM)
    def cancel(self, which: int, really: bool) -> None:
        uid = self.pick(which)
        if really or self.plain.contracts[uid].state in ("completed", "cancelled", "deleting"):
            self.both(
                "cancel",
                lambda: self.plain.cancel(uid),
                lambda: nothing(self.stage.contracts.cancel(uid)),
            )

    @rule(which=WHICH, force=SELDOM)
    def delete(self, which: int, force: bool) -> None:
        uid = self.pick(which)
        self.both(
            "delete",
            lambda: self.plain.delete(uid, force=force),
            lambda: self.stage.contracts.delete(uid, force=force),
        )

    @rule(
        which=WHICH,
        priority=st.sampled_from([None, -1, 0, 1]),
        start_in=AHEAD,
        expires_in=st.sampled_from([None, None, -SECOND, 20 * SECOND, 60 * MINUTE]),
        clear=st.sampled_from([(), (), ("start_at",), ("expires_at",), ("start_at", "expires_at")]),
    )
    def change(
        self,
        which: int,
        priority: int | None,
        start_in: int | None,
        expires_in: int | None,
        clear: tuple[str, ...],
    ) -> None:
        uid, at = self.pick(which), self.clock.at
        start_at = None if start_in is None else at + start_in
        expires_at = None if expires_in is None else at + expires_in
        edit = Edit(priority, start_at, expires_at, clear)
        changes = ContractChanges(
            priority=priority, start_at=start_at, expires_at=expires_at, clear=clear
        )
        self.both(
            "change",
            lambda: self.plain.change(uid, edit),
            lambda: nothing(self.stage.contracts.change(uid, changes)),
        )

    @precondition(lambda self: self.any_in("failed", "inDoubt", "skipped"))
    @rule(which=WHICH, states=STATES, code=CODES, some=st.sampled_from([0, 0, 3]))
    def retry(self, which: int, states: list[MessageState], code: int | None, some: int) -> None:
        uid = self.pick(which)
        ids = self.ids_of(uid, some)
        words = tuple(one.word for one in states)
        self.both(
            "retry",
            lambda: self.plain.begin(uid, PlainAction("retry", self.plain.at, words, ids, code)),
            lambda: (
                self.stage.again.retry(
                    uid, states, ids=ids, codes=() if code is None else (code,)
                ).rows
            ),
        )

    @precondition(lambda self: self.any_in("failed"))
    @rule()
    def retry_failed(self) -> None:
        self.both(
            "retry failed", self.plain.retry_failed, lambda: self.stage.again.retry_listed().rows
        )

    @precondition(lambda self: sum(1 for _ in self.plain.here()) < MOST_CONTRACTS)
    @rule(which=WHICH, only=COPIED)
    def duplicate(self, which: int, only: tuple[MessageState, ...]) -> None:
        source = self.pick(which)
        made: list[str] = []
        words = tuple(one.word for one in only)

        def real() -> None:
            made.append(self.stage.again.duplicate(source, only).id)

        def model() -> None:
            self.plain.duplicate(source, made[0] if made else "", words)

        if self.both("duplicate", model, real).how == "done":
            self.know(made[0])

    @precondition(lambda self: self.any_in("inDoubt"))
    @rule(which=WHICH, choice=st.sampled_from(DoubtPolicy), some=st.sampled_from([0, 0, 3]))
    def settle_doubts(self, which: int, choice: DoubtPolicy, some: int) -> None:
        uid = self.pick(which)
        ids = self.ids_of(uid, some)
        kind = {DoubtPolicy.RESEND: "retry", DoubtPolicy.TREAT_AS_SENT: "treat"}.get(choice)

        def model() -> int:
            if kind is None:
                return 0
            return self.plain.begin(uid, PlainAction(kind, self.plain.at, ("inDoubt",), ids))

        self.both("settle doubts", model, lambda: self.stage.doubts.settle(uid, choice, ids))


class EngineRules(WorldRules):
    """Turns of several workers, burials, late answers and news."""

    def ends(self, who: int, kinds: list[OutcomeKind], code: int | None, costs: bool) -> list[End]:
        """Ends of what the worker was granted first and has not told of yet."""
        held = list(self.held[self.workers[who]])
        due = self.clock.at + (SECOND if costs else 40 * SECOND)
        return [
            End(
                *(message, kind.value, due if kind is OutcomeKind.RETRY else None),
                None if kind in TAKEN else code,
                costs,
            )
            for message, kind in zip(held, kinds, strict=False)
        ]

    def claims(self, who: int) -> list[int]:
        """What was claimed for a later slot, as the worker knows."""
        return [one.message_id for one in self.held[self.workers[who]].values() if not one.begun]

    @rule(who=WHO, account=ACCOUNT, free=FREE)
    def claim(self, who: int, account: str, free: int) -> None:
        self.turn("claim", who, wants=[(account, free)])

    @precondition(lambda self: any(self.held.values()))
    @rule(who=WHO)
    def begin(self, who: int) -> None:
        place = self.holder(who)
        self.turn("begin", place, begin=self.claims(place))

    @precondition(lambda self: any(self.held.values()))
    @rule(who=WHO, kinds=KINDS, code=CODES, costs=MOSTLY)
    def settle(self, who: int, kinds: list[OutcomeKind], code: int | None, costs: bool) -> None:
        place = self.holder(who)
        self.turn("settle", place, self.ends(place, kinds, code, costs))

    @rule(who=WHO, rounds=st.integers(1, 4), kinds=KINDS, code=CODES, free=FREE)
    def work(
        self, who: int, rounds: int, kinds: list[OutcomeKind], code: int | None, free: int
    ) -> None:
        """An engine at work: turn after turn, each with what the last one brought."""
        for _ in range(rounds):
            self.whole_turn(who, kinds, code, (free, free), backwards=False)
            self.time_passes(60 * MILLISECOND)

    @rule(who=WHO, kinds=KINDS, code=CODES, frees=st.tuples(FREE, FREE), backwards=SELDOM)
    def whole_turn(
        self,
        who: int,
        kinds: list[OutcomeKind],
        code: int | None,
        frees: tuple[int, int],
        backwards: bool,
    ) -> None:
        """Outcomes, begins and claims for both accounts in one transaction."""
        ends = self.ends(who, kinds, code, costs=True)
        ended = {one.message for one in ends}
        begin = [one for one in self.claims(who) if one not in ended]
        wants = list(zip(ACCOUNTS, frees, strict=True))
        self.turn("turn", who, ends, begin, wants[::-1] if backwards else wants)

    @precondition(lambda self: any(self.held.values()))
    @rule(who=WHO)
    def die(self, who: int) -> None:
        """A worker is taken for dead; a turn of its own is refused, another takes its place."""
        place = self.holder(who)
        worker = self.workers[place]
        self.both("bury", lambda: self.turns.bury(worker), lambda: self.ledger.workers.bury(worker))
        self.both(
            "claim",
            lambda: nothing(self.turns.run(worker, (), (), ())),
            lambda: nothing(self.ledger.cycle.run(Turn(worker, self.clock.at))),
        )
        self.late += [(worker, message) for message in self.held.pop(worker)]
        self.workers[place] = self.ledger.workers.register()
        self.held[self.workers[place]] = {}

    @precondition(lambda self: self.late)
    @rule(who=WHO, place=st.integers(0, 9), kind=st.sampled_from(OutcomeKind), costs=MOSTLY)
    def learn_late(self, who: int, place: int, kind: OutcomeKind, costs: bool) -> None:
        """A buried worker lives after all, and tells what became of its message."""
        worker, message = self.late.pop(place % len(self.late))
        code = None if kind in TAKEN else 131000
        end = End(message, kind.value, None, code, costs, late_for=worker)
        self.turn("late", who, [end])

    @rule(which=WHICH, priority=st.sampled_from([-1, 1]), who=WHO, by=PASSED)
    def rank(self, which: int, priority: int, who: int, by: int) -> None:
        """Another priority, and claims of few places before and after some time."""
        uid = self.pick(which)
        account = self.plain.contracts[uid].account
        self.both(
            "change",
            lambda: self.plain.change(uid, Edit(priority)),
            lambda: nothing(self.stage.contracts.change(uid, ContractChanges(priority=priority))),
        )
        self.turn("claim", who, wants=[(account, 1)])
        self.clock.move(by)
        self.turn("claim", who, wants=[(account, 2)])

    @rule(
        which=WHICH,
        place=st.integers(0, 9),
        kinds=st.lists(st.sampled_from(NewsKind), min_size=1, max_size=3),
    )
    def news(self, which: int, place: int, kinds: list[NewsKind]) -> None:
        """News of one message, in any order and repeated."""
        contract = self.plain.contracts[self.pick(which)]
        rows = [one for one in contract.messages if one.state != "draft"]
        for kind in kinds if rows else ():
            self._one_news(contract, rows[place % len(rows)].id, kind)

    def _one_news(self, contract: PlainContract, message: int, kind: NewsKind) -> None:
        code = 131026 if kind is NewsKind.FAILED else None
        ours, theirs = f"wa1:{contract.uid}:{message}:1", f"wamid.{message}"
        news = News(ours, kind, self.clock.at, theirs, code)
        self.both(
            "news",
            lambda: self.turns.news(contract, message, kind.value, code),
            lambda: (found := self.ledger.news.record_news(news)) and found.word,
        )


class LedgerMachine(ContractRules, EngineRules):
    """Two accounts, some contracts and three workers, driven at random."""
