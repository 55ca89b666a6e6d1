"""A log at DEBUG holds no message text, no template parameter, no phone number and no secret."""

import signal

import pytest

from tests.programs import Place, Worker, cloud_account, filled_contract, is_completed, phone, text
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.content import MessageTemplate
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.recipients.rows import RecipientRow

AMOUNT = 12
PARAMETER = "a parameter of the template"


@pytest.mark.long("postgresql-sqlite", "sqlite-redis")
def test_a_real_send_leaves_nothing_of_its_content_in_the_log(
    place: Place, cloud: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    cloud.behave(Behaviour(latency=0.01))
    with Program.open(place.settings()) as program:
        account = cloud_account(program, cloud)
        texts = filled_contract(program, account, AMOUNT)
        templates, _ = program.services.contracts.create_filled(
            NewContract(
                account.id, "Templates", template=MessageTemplate("sale", "ru", {"1": "{{a}}"})
            ),
            [
                RecipientRow(number, phone(number), None, {"a": f"{PARAMETER} {number}"})
                for number in range(AMOUNT, 2 * AMOUNT)
            ],
        )
        for one in (texts, templates):
            program.services.contracts.start(one.id)
        log = place.home / "debug.log"
        with Worker(place, log=log) as worker:
            wait_until(
                lambda: is_completed(program, texts) and is_completed(program, templates),
                "both campaigns to be done",
                30,
            )
            worker.send(signal.SIGTERM)
            assert worker.wait() == 0
    assert cloud.count() == 2 * AMOUNT
    written = log.read_text()
    assert "DEBUG wa_desktop" in written
    forbidden = ["клиент", PARAMETER, "a-token-of-the-tests"]
    forbidden += [part for number in range(2 * AMOUNT) for part in (phone(number), text(number))]
    assert [one for one in forbidden if one in written] == []
    # A statement with its values is what a library would write.
    assert "INSERT INTO" not in written
    assert "SELECT " not in written
