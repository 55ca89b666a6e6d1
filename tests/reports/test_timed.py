"""A question with a time limit, asked once however many want its answer."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from wa_desktop.reports.timed import NoAnswer, Timed


def test_the_answer_is_given_and_the_next_question_is_asked_anew() -> None:
    answers = iter([1, 2])
    timed = Timed(lambda: next(answers), 5)
    assert (timed.ask(), timed.ask()) == (1, 2)


def test_an_error_of_the_question_reaches_whoever_asked() -> None:
    def question() -> None:
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        Timed(question, 5).ask()


def test_a_question_that_hangs_is_asked_once_and_holds_up_nobody() -> None:
    end, asked = threading.Event(), []

    def question() -> int:
        asked.append(1)
        end.wait(10)
        return 7

    timed = Timed(question, 0.2)

    def ask(_: int) -> bool:
        try:
            timed.ask()
        except NoAnswer:
            return False
        return True

    began = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        assert not any(pool.map(ask, range(20)))
    assert time.monotonic() - began < 5
    assert len(asked) == 1
    end.set()
