"""The network goes for a while, and every answer that a broken one can give."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket
from threading import Thread

import pytest

from tests.faults.scene import Scene, begin
from tests.programs import TOKEN, Place, is_completed, phone
from tests.services.process import free_port
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.clock import SECOND, now
from wa_desktop.events import NoticeKind
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import AccountState, Message, RateLimit
from wa_desktop.ledger.states import MessageState

CONCURRENCY = 20


@pytest.fixture
def program(home: Path, sqlite_url: str) -> Iterator[Program]:
    with Program.open(Place(home, sqlite_url, None).settings()) as opened:
        opened.start()
        yield opened


def _messages(scene: Scene) -> tuple[Message, ...]:
    messages = scene.program.services.ledger.messages
    return messages.of_ids(list(messages.ids(scene.contract.id, MessageFilter())))


def test_a_network_that_is_gone_for_a_while_costs_no_attempt(program: Program) -> None:
    port = free_port()
    with ExitStack() as first:
        cloud = first.enter_context(StandIn(port))
        scene = begin(program, cloud, 300, concurrency=CONCURRENCY)
        scene.wait_for_share(0.2)
        program.services.contracts.pause(scene.contract.id)
        wait_until(lambda: not scene.counts().active, "what is on the wire")
        scene.earlier = cloud.accepted()
    program.services.contracts.start(scene.contract.id)
    # Several tries, at growing distances, each with one message.
    scene.shows("The provider of acc cannot be reached", "no attempt is spent")
    wait_until(lambda: _tries(scene) >= 4, "it to try in vain", 30)
    assert any("no connection" in (one.error_text or "") for one in _messages(scene))
    with StandIn(port) as scene.cloud:
        scene.goes_on()
        scene.is_well()
        scene.finish()
        assert scene.attempts() == {1}
    assert len(scene.told(NoticeKind.TROUBLE)) == len(scene.told(NoticeKind.TROUBLE_OVER)) == 1


def _tries(scene: Scene) -> int:
    """How often it was tried in vain to connect."""
    waiting = [one for one in _messages(scene) if one.error_text is not None]
    events = (scene.program.services.ledger.messages.history(one.id).events for one in waiting)
    return sum(len(one) for one in events)


def test_a_network_that_goes_with_all_on_the_wire_doubts_those_and_no_more(
    program: Program,
) -> None:
    port = free_port()
    with StandIn(port) as cloud:
        cloud.behave(Behaviour(latency=0.2))
        scene = begin(program, cloud, 300, concurrency=CONCURRENCY)
        scene.wait_for_share(0.2)
        scene.earlier = cloud.accepted()
    with StandIn(port) as scene.cloud:
        scene.goes_on()
        scene.finish(most_in_doubt=CONCURRENCY)


@pytest.mark.parametrize(
    ("answer", "state", "posts"),
    [
        ("131000", MessageState.SENT, 2),  # HTTP 500 with a Graph body: it was refused
        ("131016", MessageState.DELAYED, 1),  # 503 with a Graph body
        ("bare_429", MessageState.SENT, 2),
        ("html_502", MessageState.IN_DOUBT, 1),
        ("html_401", MessageState.IN_DOUBT, 1),
        ("html_403", MessageState.IN_DOUBT, 1),
        ("html_404", MessageState.IN_DOUBT, 1),
        ("empty_200", MessageState.IN_DOUBT, 1),
        ("no_id", MessageState.IN_DOUBT, 1),
        ("redirect", MessageState.IN_DOUBT, 1),
        ("cut_body", MessageState.IN_DOUBT, 1),
        ("drop_before", MessageState.IN_DOUBT, 1),
        ("drop_after", MessageState.IN_DOUBT, 1),
        ("reset_after", MessageState.IN_DOUBT, 1),
        ("ok_close", MessageState.SENT, 1),
        ("endless_code", MessageState.IN_DOUBT, 1),
        ("unwritable_words", MessageState.SENT, 2),
        ("unwritable_id", MessageState.SENT, 1),
    ],
)
def test_every_answer_leads_to_its_state_and_is_never_guessed(
    program: Program, cloud: StandIn, answer: str, state: MessageState, posts: int
) -> None:
    cloud.behave(Behaviour(phones={phone(0): (answer, "ok")}))
    scene = begin(program, cloud, 1)
    wait_until(lambda: _messages(scene)[0].state is state, f"it to be {state.word}", 20)
    assert cloud.summary().posts == posts
    if state is not MessageState.SENT:
        assert _messages(scene)[0].error_text
    assert len(scene.accepted) <= 1


@pytest.mark.parametrize("asked", ["1e300", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_without_end_holds_an_account_for_a_day_at_most(
    program: Program, cloud: StandIn, asked: str
) -> None:
    cloud.behave(Behaviour(phones={phone(0): ("130429", "ok")}, retry_after=asked))
    scene = begin(program, cloud, 1)
    wait_until(lambda: _messages(scene)[0].state is MessageState.DELAYED, "it to be put off")
    due = _messages(scene)[0].due_at or 0
    assert 23 * 3600 * SECOND < due - now() <= 24 * 3600 * SECOND


def _tls_speaker_that_hangs_up() -> tuple[socket, Thread]:
    """A port that answers a TLS handshake with words."""
    listener = socket(AF_INET, SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen()

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                peer.sendall(b"no TLS here\r\n\r\n")

    thread = Thread(target=serve, daemon=True)
    thread.start()
    return listener, thread


@pytest.mark.parametrize("fault", ["dns", "tls", "refused"])
def test_a_way_that_cannot_be_made_sends_nothing_and_spends_nothing(
    program: Program, cloud: StandIn, fault: str
) -> None:
    listener, _ = _tls_speaker_that_hangs_up()
    with closing(listener):
        addresses = {
            "dns": "https://graph.nothing-such.invalid",
            "tls": f"https://127.0.0.1:{listener.getsockname()[1]}",
            "refused": f"http://127.0.0.1:{free_port()}",
        }
        scene = begin(program, cloud, 3, start=False)
        edited = replace(scene.account, api_base_url=addresses[fault])
        program.services.accounts.change(edited, TOKEN)
        program.services.contracts.start(scene.contract.id)
        wait_until(lambda: _tries(scene) >= 2, "it to try in vain", 30)
    found = _messages(scene)
    assert {one.attempts for one in found} == {0}
    assert any("no connection" in (one.error_text or "") for one in found)
    program.services.accounts.change(scene.account, TOKEN)
    scene.goes_on()
    scene.finish()


def test_a_thousand_messages_with_all_sorts_of_refusals_are_all_accounted_for(
    program: Program, cloud: StandIn
) -> None:
    undeliverable = [phone(number) for number in range(0, 1_000, 20)]
    unlucky = [phone(number) for number in range(1, 1_000, 10)]
    cloud.behave(
        Behaviour(
            latency=0.01,
            retry_after="1",
            max_per_second=200,
            phones=dict.fromkeys(undeliverable, ("131026",))
            | dict.fromkeys(unlucky, ("131000", "ok")),
        )
    )
    scene = begin(program, cloud, 1_000, rate=RateLimit(500, 1_000), concurrency=50)
    wait_until(lambda: is_completed(program, scene.contract), "all to be over", 90)
    found = {one.phone: one for one in _messages(scene)}
    failed = {one for one in found if found[one].state is MessageState.FAILED}
    arrived = [one.to.lstrip("+") for one in scene.accepted]
    assert failed == set(undeliverable)
    assert sorted(arrived) == sorted(found.keys() - failed)
    assert {found[one].error_code for one in failed} == {131026}
    assert all(found[one].error_text for one in failed)
    assert cloud.summary().answers["130429"] > 20
    assert {found[one].attempts for one in unlucky} == {2}
    assert {found[one].attempts for one in found.keys() - set(unlucky)} == {1}


def test_a_storm_of_errors_stops_the_account_and_one_action_resumes_it(
    program: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(token="another token", latency=0.01))
    scene = begin(program, cloud, 200)
    get = program.services.ledger.accounts.get
    wait_until(lambda: get("acc").state is AccountState.STOPPED, "the account to stop")
    assert "190" in (get("acc").state_reason or "")
    wait_until(lambda: scene.told(NoticeKind.ACCOUNT_STOPPED), "the notice of it")
    assert [one.detail for one in scene.told(NoticeKind.ACCOUNT_STOPPED)] == [
        get("acc").state_reason
    ]
    assert cloud.summary().posts <= 2 * CONCURRENCY
    assert scene.counts().failed == 0
    cloud.behave(Behaviour())
    program.services.accounts.resume("acc")
    scene.goes_on()
    scene.finish()
    assert scene.attempts() == {1}
