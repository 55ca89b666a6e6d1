"""Suppressions over HTTP."""

from tests.ledgers import outcome, turn
from tests.server.api import Api, problem
from wa_desktop.ledger.records import NO_SECRETS, Account, AccountKind
from wa_desktop.ledger.turns.settle import OutcomeKind

PHONE = "79991234567"
GERMAN = "4915112345678"


def _refused(api: Api, phone: str, code: int) -> str:
    """A contract to the number, which was answered with the code."""
    ledger = api.services.ledger
    if all(one.id != "real" for one in ledger.accounts.list()):
        ledger.accounts.add(
            Account("real", "Real", AccountKind.CLOUD_API, "1055", rate_limit=None), NO_SECRETS
        )
    contract = api.started(phone, accountId="real")
    worker = ledger.workers.register()
    (granted,) = turn(ledger, worker, free=1, account="real").granted
    answer = outcome(granted, OutcomeKind.FAILED, code=code, text="no")
    turn(ledger, worker, outcomes=[answer])
    return contract


def test_who_is_left_out_is_listed_with_the_reason(fresh_api: Api) -> None:
    assert fresh_api.get("/api/suppressions") == {"items": [], "nextCursor": None}
    contract = _refused(fresh_api, PHONE, 131026)
    (item,) = fresh_api.get("/api/suppressions")["items"]
    assert set(item) == {
        "phoneNumber", "country", "whose", "accountId", "errorCode", "reason", "since", "until",
        "contractId", "messageId",
    }  # fmt: skip
    assert (item["phoneNumber"], item["country"], item["whose"]) == (PHONE, None, "everyone")
    assert (item["accountId"], item["errorCode"], item["contractId"]) == (None, 131026, contract)
    assert item["reason"].startswith("The message cannot be delivered")
    assert item["until"] > item["since"]


def test_a_skipped_message_says_so_over_http(fresh_api: Api) -> None:
    _refused(fresh_api, PHONE, 131026)
    contract = fresh_api.started(PHONE, accountId="real")
    (item,) = fresh_api.get(f"/api/contracts/{contract}/messages?state=skipped")["items"]
    assert (item["errorCode"], item["errorText"][:9]) == (131026, "Not sent:")
    assert fresh_api.get(f"/api/contracts/{contract}")["counts"]["skipped"] == 1


def test_a_country_is_listed_by_its_code_and_lifted_by_it(fresh_api: Api) -> None:
    _refused(fresh_api, GERMAN, 130497)
    (item,) = fresh_api.get("/api/suppressions")["items"]
    assert (item["phoneNumber"], item["country"]) == (None, "DE")
    assert (item["whose"], item["accountId"], item["until"]) == ("account", "real", None)
    assert fresh_api.client.delete("/api/suppressions/DE").status_code == 204
    assert fresh_api.get("/api/suppressions")["items"] == []


def test_a_lifted_number_is_written_to_again(fresh_api: Api) -> None:
    _refused(fresh_api, PHONE, 131026)
    assert fresh_api.client.delete(f"/api/suppressions/%2B{PHONE}").status_code == 204
    contract = fresh_api.started(PHONE, accountId="real")
    assert fresh_api.get(f"/api/contracts/{contract}")["counts"]["waiting"] == 1


def test_what_is_not_suppressed_is_not_found(fresh_api: Api) -> None:
    for who in (PHONE, "DE", "nobody", "%00"):
        problem(fresh_api.client.delete(f"/api/suppressions/{who}"), 404)


def test_they_are_paged(fresh_api: Api) -> None:
    for last in (7, 8, 9):
        _refused(fresh_api, PHONE[:-1] + str(last), 131026)
    first = fresh_api.get("/api/suppressions?limit=2")
    rest = fresh_api.get(f"/api/suppressions?limit=2&cursor={first['nextCursor']}")
    assert [len(one["items"]) for one in (first, rest)] == [2, 1]
    assert rest["nextCursor"] is None
