"""The stand-in counts rightly: every other test trusts it."""

import http.client
import json
import socket
from typing import Any

import pytest

from tests.standin import Answer, Behaviour, StandIn
from tests.standin.record import AcceptedMessage, count_doubled, message_id_of, worst_window


def post(cloud: StandIn, text: str = "hi", to: str = "+1555", tracking: str = "m1:a1") -> int:
    body = {"to": to, "type": "text", "text": {"body": text}, "biz_opaque_callback_data": tracking}
    return post_raw(cloud, json.dumps(body))


def post_raw(cloud: StandIn, body: str, token: str | None = "T", sender: str = "106") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=5)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        connection.request("POST", f"/v23.0/{sender}/messages", body, headers)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    return answer.status


def ask(cloud: StandIn, path: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=5)
    try:
        connection.request("GET", f"/v23.0/{path}", headers={"Authorization": "Bearer T"})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def test_a_post_is_recorded_with_the_time_it_came(cloud: StandIn) -> None:
    assert post(cloud, "Привет") == 200
    [message] = cloud.accepted()
    assert (message.content, message.to, message.tracking) == ("Привет", "+1555", "m1:a1")
    assert message.arrived_ns > 0


def test_without_a_token_nothing_is_accepted(cloud: StandIn) -> None:
    assert post_raw(cloud, '{"to":"+1","type":"text","text":{"body":"x"}}', token=None) == 401
    assert cloud.count() == 0


@pytest.mark.parametrize("body", ["", "{", "[]", '{"to":"+1"}', '{"to":"+1","type":"text"}'])
def test_a_body_that_is_no_message_is_refused(cloud: StandIn, body: str) -> None:
    assert post_raw(cloud, body) == 400
    assert cloud.count() == 0


def test_a_request_in_pieces_is_put_together(cloud: StandIn) -> None:
    body = b'{"to":"+1","type":"text","text":{"body":"x"}}'
    head = (
        b"POST /v23.0/1/messages HTTP/1.1\r\nAuthorization: Bearer T\r\nContent-Length: %d\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", cloud.port), timeout=5) as peer:
        for byte in head % len(body) + body:
            peer.sendall(bytes([byte]))
        assert peer.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_phone_s_answers_come_in_turn_and_the_last_stays(cloud: StandIn) -> None:
    cloud.behave(Behaviour(phones={"1555": ("131000", "131016", Answer.OK)}))
    assert [post(cloud, tracking=f"m1:a{turn}") for turn in range(4)] == [500, 503, 200, 200]


def test_shares_are_kept(cloud: StandIn) -> None:
    cloud.behave(Behaviour(shares={"131026": 0.5}, seed=3))
    statuses = [post(cloud, f"text {number}", tracking=f"m{number}") for number in range(200)]
    assert 70 < statuses.count(400) < 130
    assert cloud.count() == statuses.count(200)


def test_above_the_rate_posts_are_throttled(cloud: StandIn) -> None:
    cloud.behave(Behaviour(max_per_second=5))
    for number in range(20):
        post(cloud, f"text {number}", tracking=f"m{number}")
    assert cloud.summary(window_ms=999).worst_window <= 5
    assert cloud.summary().answers["130429"] > 0


def test_numbers_and_templates_fare_as_told_and_questions_are_kept(cloud: StandIn) -> None:
    cloud.behave(Behaviour(quality="RED", templates={"promo/ru": "PAUSED", "other/ru": "APPROVED"}))
    assert ask(cloud, "1555?fields=quality_rating")["quality_rating"] == "RED"
    [row] = ask(cloud, "2044/message_templates?name=promo&limit=5")["data"]
    assert (row["name"], row["language"], row["status"]) == ("promo", "ru", "PAUSED")
    cloud.behave(Behaviour(library="4"))
    assert ask(cloud, "2044/message_templates?name=promo")["error"]["code"] == 4
    asked = ["number 1555", "templates 2044 promo", "templates 2044 promo"]
    assert cloud.questions() == asked
    cloud.reset()
    assert cloud.questions() == []


def test_a_reset_forgets_everything(cloud: StandIn) -> None:
    cloud.behave(Behaviour(shares={"131000": 1.0}))
    post(cloud)
    cloud.reset()
    assert post(cloud) == 200
    assert cloud.summary().posts == 1


def test_a_wrong_behaviour_is_refused(cloud: StandIn) -> None:
    with pytest.raises(ValueError, match="no_such"):
        Behaviour(shares={"no_such": 1.0})
    with pytest.raises(ValueError, match="name/language"):
        Behaviour(templates={"promo": "PAUSED"})
    with pytest.raises(ValueError, match="sum up"):
        Behaviour(shares={"1": 0.7, "2": 0.7})


def test_figures_can_be_asked_for_one_sender(cloud: StandIn) -> None:
    for sender in ("1", "2", "2"):
        post_raw(cloud, '{"to":"+1","type":"text","text":{"body":"x"}}', sender=sender)
    assert cloud.summary(sender="2").accepted == 2
    assert cloud.summary(sender="1").doubled == 0


def test_counting_only_counts_as_exactly_as_records_do(cloud: StandIn) -> None:
    posts = [("+1", "a", "m1:a1"), ("+2", "a", "m2:a1"), ("+1", "b", "m3:a1")]
    repeated = [("+1", "b", "m4:a1"), ("+3", "a", "m2:a2"), ("+2", "a", "m5:a1")]
    for counting in (False, True):
        cloud.reset()
        cloud.behave(Behaviour(counting=counting))
        for to, text, tracking in posts + repeated:
            post(cloud, text, to, tracking)
        summary = cloud.summary()
        assert (summary.accepted, summary.distinct, summary.doubled) == (6, 3, 3)
        assert (cloud.count(), summary.worst_window, summary.posts) == (6, 6, 6)
        assert summary.span > 0


def test_what_was_recorded_is_counted_on_once_it_only_counts(cloud: StandIn) -> None:
    post(cloud, tracking="m1:a1")
    cloud.behave(Behaviour(counting=True))
    post(cloud, tracking="m1:a2")
    assert cloud.summary().doubled == 1
    with pytest.raises(RuntimeError, match="only counted"):
        cloud.accepted()
    with pytest.raises(RuntimeError, match="only counted"):
        cloud.summary(sender="106")
    cloud.reset()
    post(cloud)
    assert len(cloud.accepted()) == 1


def message(to: str, content: str, tracking: str | None) -> AcceptedMessage:
    return AcceptedMessage(0, 0, "106", to, "text", content, tracking, "wamid")


@pytest.mark.parametrize(
    ("second", "doubled"),
    [
        (message("+2", "b", "m2:a1"), 0),
        (message("+1", "a", "m2:a1"), 1),
        (message("+2", "b", "m1:a2"), 1),
        (message("+1", "b", None), 0),
    ],
)
def test_a_message_is_doubled_by_its_id_or_by_its_text(
    second: AcceptedMessage, doubled: int
) -> None:
    assert count_doubled([message("+1", "a", "m1:a1"), second]) == doubled


def test_the_attempt_is_no_part_of_the_message_s_id() -> None:
    assert message_id_of("c42:r1007:a1") == message_id_of("c42:r1007:a12") == "c42:r1007"
    assert message_id_of("wa1:c42:1007:1") == message_id_of("wa1:c42:1007:2") == "wa1:c42:1007"
    assert message_id_of("1007") == "1007"


def test_the_worst_window_is_half_open() -> None:
    assert worst_window([0, 5, 9, 10, 11], 10) == 4
    assert worst_window([], 10) == 0


def history(cloud: StandIn, query: str = "", sender: str = "106") -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=5)
    try:
        connection.request(
            "GET",
            f"/v23.0/{sender}/message_history?limit=2{query}",
            headers={"Authorization": "Bearer T"},
        )
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_the_history_holds_what_a_number_sent_the_newest_first_in_pages(cloud: StandIn) -> None:
    cloud.behave(Behaviour(statuses={"1556": ("SENT", "READ")}))
    for to in ("+1555", "+1556", "+1557"):
        post(cloud, to=to)
    status, first = history(cloud)
    _, second = history(cloud, f"&after={first['paging']['cursors']['after']}")
    ids = [one["message_id"] for one in (*first["data"], *second["data"])]
    assert ids == [one.wamid for one in reversed(cloud.accepted())]
    read = [one["delivery_status"] for one in first["data"][1]["events"]["data"]]
    assert (status, read, "next" in second["paging"]) == (200, ["SENT", "READ"], False)
    assert history(cloud, sender="107")[1]["data"] == []
    assert cloud.history_calls() == 3


def test_a_history_can_be_empty_or_refused(cloud: StandIn) -> None:
    post(cloud)
    cloud.behave(Behaviour(history=Answer.EMPTY_200))
    assert history(cloud)[1]["data"] == []
    cloud.behave(Behaviour(history="100"))
    status, refused = history(cloud)
    assert (status, refused["error"]["code"]) == (400, 100)
