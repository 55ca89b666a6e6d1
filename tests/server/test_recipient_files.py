"""Files of recipients over HTTP: what is left out, what is refused, and the options."""

import pytest

from tests.server.api import Api, problem
from tests.server.test_recipients import phones, send

QUOTED = 'phone,name\n+447700900000,"Bob\n+447700900001,"Ann\n+447700900002,Zoe\n'
TITLED = "Report\n\nphone,name\n+447700900000,Ann\n+447700900001,Bob\n"
CSV = "text/csv"


def test_rows_with_faulty_bytes_are_left_out_and_counted(api: Api) -> None:
    contract = api.contract()
    rows = "".join(f"+4477009000{n:02},Zoé\n" for n in (1, 2, 3, 3)).encode()
    answer = send(api, contract, b"phone,name\n" + rows + b"12,x\n+447700900009,Zo\xe9\n", CSV)
    assert answer.status_code == 200
    read = answer.json()
    assert read["encoding"] == "utf-8"
    assert read["leftOut"] == {"hidden": 0, "undecodable": 1}
    assert read["leftOutLines"] == {"hidden": [], "undecodable": [7]}
    counts = [read[key] for key in ("accepted", "duplicates", "optedOut", "rejectedCount")]
    assert counts == [3, 1, 0, 1]
    assert sum(counts) + sum(read["leftOut"].values()) == 6  # data rows


def test_quotation_marks_in_doubt_are_refused_and_can_be_read_as_plain_characters(api: Api) -> None:
    contract = api.contract()
    refused = send(api, contract, QUOTED.encode(), CSV)
    assert refused.status_code == 422
    assert "line 2 " in problem(refused, 422)["detail"]
    assert "quoting=none" in problem(refused, 422)["detail"]
    assert phones(api, contract) == []
    assert send(api, contract, QUOTED.encode(), CSV, "?quoting=none").json()["accepted"] == 3


def test_an_error_far_down_in_a_file_takes_nothing_from_it(api: Api) -> None:
    contract = api.contract()
    rows = "".join(f"7999{n:07},Name\n" for n in range(3_000))
    body = "phone,name\n" + rows + '79990000001,"Bob"x\n'
    assert send(api, contract, body.encode(), CSV).status_code == 422
    assert phones(api, contract) == []


def test_the_header_is_found_and_can_be_chosen(api: Api) -> None:
    found = send(api, api.contract(), TITLED.encode(), CSV).json()
    assert (found["headerRow"], found["accepted"]) == (3, 2)
    chosen = send(api, api.contract(), TITLED.encode(), CSV, "?headerRow=4").json()
    assert (chosen["headerRow"], chosen["accepted"]) == (4, 1)


@pytest.mark.parametrize(
    "query", ["?headerRow=0", "?quoting=some", "?headerRow=2", "?region=Mars!"]
)
def test_options_that_do_not_fit_are_refused(api: Api, query: str) -> None:
    assert send(api, api.contract(), TITLED.encode(), CSV, query).status_code == 422


@pytest.mark.parametrize("name", ["~$customers.xlsx", "customers.lnk"])
def test_an_uploaded_file_that_is_no_table_is_called_by_its_name(api: Api, name: str) -> None:
    data = b"L\0\0\0\x01\x14\x02\0" + bytes(100)
    answer = api.client.post(
        f"/api/contracts/{api.contract()}/recipients",
        files={"file": (name, data, "application/octet-stream")},
    )
    assert answer.status_code == 422
    assert name in problem(answer, 422)["detail"]
