"""What the stand-in remembers and decides: behaviour, records, the answer to each post."""

import json
import random
import time
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.standin import answers
from tests.standin.behaviour import ACCEPTING, Answer, Behaviour, is_code
from tests.standin.history import page_of, wamid_of
from tests.standin.record import AcceptedMessage, Summary, count_doubled, worst_window
from tests.standin.tally import Tally

_SECOND_NS = 1_000_000_000
_TIER = "whatsapp_business_manager_messaging_limit"
_HELD = {Answer.HELD: "held_for_quality_assessment", Answer.PAUSED: "paused"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: bytes (None: nothing, ever), the delay in seconds, then what happens."""

    data: bytes | None
    delay: float = 0.0
    close: bool = False
    reset: bool = False


class Cloud:
    """The state of one stand-in. Used on one event loop only."""

    def __init__(self) -> None:
        self.connections = 0
        self.reset()

    def reset(self) -> None:
        """Forget every message and go back to the default behaviour."""
        self.messages: list[AcceptedMessage] = []
        self.tally: Tally | None = None
        self.connections = 0
        self.history_calls = 0
        self._posts = 0
        self.questions: list[str] = []
        self._answers: Counter[str] = Counter()
        self.behave(Behaviour())

    def behave(self, behaviour: Behaviour) -> None:
        """Answer so from now on; the turns of ``phones`` and the rate start anew."""
        self._behaviour = behaviour
        if behaviour.counting and self.tally is None:
            self._count_only()
        self._rng = random.Random(behaviour.seed)
        self._turns: Counter[str] = Counter()
        self._recent: defaultdict[str, deque[int]] = defaultdict(deque)

    @property
    def count(self) -> int:
        """How many messages were accepted."""
        return len(self.messages) if self.tally is None else len(self.tally.arrivals)

    def post(self, sender: str, token: str | None, body: bytes) -> Reply:
        """Answer a post to ``/{version}/{phone-number-id}/messages``."""
        arrived = time.monotonic_ns()
        self._posts += 1
        refusal = self._refused_token(token)
        if refusal:
            return self._reply("190", refusal)
        try:
            message = json.loads(body)
            to, kind = message["to"], message["type"]
            content = _content_of(kind, message[kind])
        except (ValueError, KeyError, TypeError):
            error = answers.graph_error(100, self._behaviour, "the body is not a message")
            return self._reply("100", error)
        answer = self._answer_for(sender, to, arrived)
        wamid = ""
        if answer in ACCEPTING:
            wamid = wamid_of(self._known_as(to), self.count)
            tracking = message.get("biz_opaque_callback_data")
            if self.tally is not None:
                self.tally.add(arrived, to, content, tracking)
            else:
                now = time.time_ns()
                self.messages.append(
                    AcceptedMessage(arrived, now, sender, to, kind, content, tracking, wamid)
                )
        return self._say(answer, to, wamid)

    def number(self, sender: str, token: str | None, query: Mapping[str, str]) -> Reply:
        """Answer a question about a phone number."""
        self.questions.append(f"number {sender}")
        refusal = self._refused_token(token)
        if refusal:
            return Reply(refusal)
        if self._behaviour.no_tier and _TIER in query.get("fields", ""):
            details = f"(#100) Tried accessing nonexisting field ({_TIER})"
            return Reply(answers.graph_error(100, self._behaviour, details))
        if self._behaviour.number == Answer.OK:
            number = {"id": sender, **answers.NUMBER, "quality_rating": self._behaviour.quality}
            if self._behaviour.no_tier:
                del number[_TIER]
            return Reply(answers.as_json(number))
        return self._say(self._behaviour.number, "", "")

    def history(self, sender: str, token: str | None, query: Mapping[str, str]) -> Reply:
        """Answer a question about the messages that a number sent, the newest first."""
        self.history_calls += 1
        refusal = self._refused_token(token)
        if refusal:
            return Reply(refusal)
        told, latency = self._behaviour, self._behaviour.history_latency
        if told.history not in (Answer.OK, Answer.EMPTY_200):
            return replace(self._say(told.history, "", ""), delay=latency)
        shown = self.messages if told.history == Answer.OK else []
        return Reply(answers.as_json(page_of(shown, sender, told, query)), latency)

    def library(self, waba: str, name: str, token: str | None) -> Reply:
        """Answer a question about the templates of a business account."""
        self.questions.append(f"templates {waba} {name}")
        refusal = self._refused_token(token)
        if refusal:
            return Reply(refusal)
        if self._behaviour.library == Answer.OK:
            return Reply(answers.library(self._behaviour.templates, name))
        return self._say(self._behaviour.library, "", "")

    def summary(self, window_ms: float, sender: str | None) -> Summary:
        """Figures over everything accepted, or over what one phone-number-id sent.

        ``ValueError`` for one sender's figures where messages are only counted.
        """
        arrivals: Sequence[int]
        if self.tally is not None:
            if sender is not None:
                raise ValueError("messages are only counted; whose they were is not kept")
            arrivals, doubled = self.tally.arrivals, self.tally.doubled
        else:
            messages = [one for one in self.messages if sender in (None, one.sender)]
            arrivals, doubled = [one.arrived_ns for one in messages], count_doubled(messages)
        return Summary(
            accepted=len(arrivals),
            distinct=len(arrivals) - doubled,
            doubled=doubled,
            worst_window=worst_window(arrivals, int(window_ms * 1_000_000)),
            span=(arrivals[-1] - arrivals[0]) / _SECOND_NS if arrivals else 0.0,
            posts=self._posts,
            connections=self.connections,
            answers=dict(self._answers),
        )

    def _count_only(self) -> None:
        """Keep no records from now on; those there are become counts."""
        self.tally = Tally()
        for one in self.messages:
            self.tally.add(one.arrived_ns, one.to, one.content, one.tracking)
        self.messages.clear()

    def _refused_token(self, token: str | None) -> bytes | None:
        expected = self._behaviour.token
        if token and expected in (None, token):
            return None
        return answers.graph_error(190, self._behaviour, "the access token is missing or wrong")

    def _answer_for(self, sender: str, to: str, arrived: int) -> str:
        phone = to.lstrip("+")
        turns = self._behaviour.phones.get(phone)
        if turns:
            turn = min(self._turns[phone], len(turns) - 1)
            self._turns[phone] += 1
            return turns[turn]
        if self._behaviour.shares:
            drawn = self._rng.random()
            for answer, share in self._behaviour.shares.items():
                drawn -= share
                if drawn < 0:
                    return answer
        if self._behaviour.max_per_second is not None:
            return self._within_rate(sender, arrived, self._behaviour.max_per_second)
        return Answer.OK

    def _within_rate(self, sender: str, arrived: int, limit: int) -> str:
        recent = self._recent[sender]
        while recent and arrived - recent[0] >= _SECOND_NS:
            recent.popleft()
        if len(recent) >= limit:
            return "130429"
        recent.append(arrived)
        return Answer.OK

    def _say(self, answer: str, to: str, wamid: str) -> Reply:
        if answer in (Answer.OK, Answer.OK_CLOSE):
            data = answers.accepted(to, wamid, self._known_as(to))
            return self._reply(answer, data, close=answer == Answer.OK_CLOSE)
        if answer in _HELD:
            phone = to.lstrip("+")
            return self._reply(answer, answers.accepted(to, wamid, phone, _HELD[Answer(answer)]))
        if is_code(answer):
            code, _, subcode = answer.partition("/")
            error = answers.graph_error(
                int(code), self._behaviour, subcode=int(subcode) if subcode else None
            )
            return self._reply(answer, error)
        if answer == Answer.SILENT:
            return self._reply(answer, None)
        if answer in (Answer.DROP_AFTER, Answer.DROP_BEFORE):
            return self._reply(answer, b"", close=True)
        if answer == Answer.RESET_AFTER:
            return self._reply(answer, b"", reset=True)
        data = answers.odd(Answer(answer), self._behaviour)
        return self._reply(answer, data, close=answer == Answer.CUT_BODY)

    def _known_as(self, to: str) -> str:
        phone = to.lstrip("+")
        return self._behaviour.wa_ids.get(phone, phone)

    def _reply(
        self, answer: str, data: bytes | None, *, close: bool = False, reset: bool = False
    ) -> Reply:
        self._answers[str(answer)] += 1
        delay = self._behaviour.latency
        if self._behaviour.jitter:
            delay += self._rng.random() * self._behaviour.jitter
        return Reply(data, delay, close, reset)


def _content_of(kind: str, value: Any) -> str:
    if kind == "text":
        body: str = value["body"]
        return body
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
