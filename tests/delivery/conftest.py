"""Programs that send: ``sending`` on each of the four pairs, ``light_sending`` on SQLite."""

from collections.abc import Iterator

import pytest

from wa_desktop.app import Program
from wa_desktop.events import Event, Notice


@pytest.fixture
def sending(program: Program) -> Program:
    """A program that sends; the test runs once on each of the four pairs of stores."""
    program.start()
    return program


@pytest.fixture
def light_sending(light_program: Program) -> Program:
    """A program that sends, where the stores make no difference."""
    light_program.start()
    return light_program


@pytest.fixture
def notices(light_program: Program) -> Iterator[list[Notice]]:
    """What the light program tells a person."""
    told: list[Notice] = []

    def listen(event: Event) -> None:
        if isinstance(event, Notice):
            told.append(event)

    unsubscribe = light_program.events.subscribe(listen)
    yield told
    unsubscribe()
