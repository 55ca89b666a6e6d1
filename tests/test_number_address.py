"""Spellings of a number's address that lead to one place are one address."""

import pytest

from wa_desktop.number_address import normal_base_url, normal_number_id

PLAIN = "https://graph.facebook.com"


@pytest.mark.parametrize(
    "spelling",
    [
        PLAIN,
        f"{PLAIN}/",
        f"{PLAIN}//",
        f"{PLAIN}:443",
        f"{PLAIN}:443/",
        f"{PLAIN}:0443",
        f"{PLAIN}:",
        "HTTPS://graph.facebook.com",
        "https://Graph.FACEBOOK.com",
        "https://graph.facebook.com.",
        "https://graph.facebook.com.:443/",
        "https://graph%2Efacebook.com",
        f" {PLAIN}\n",
        f"{PLAIN}/.",
        f"{PLAIN}/a/..",
        f"{PLAIN}?",
        f"{PLAIN}#",
        "https://@graph.facebook.com",
        "https:\\\\graph.facebook.com\\",
    ],
)
def test_spellings_of_one_address_become_one(spelling: str) -> None:
    assert normal_base_url(spelling) == PLAIN
    assert normal_base_url(normal_base_url(spelling)) == PLAIN


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://127.1", "http://127.0.0.1"),
        ("http://0x7f000001/", "http://127.0.0.1"),
        ("http://[::1]", "http://[0:0:0:0:0:0:0:1]:80/"),
        ("https://gateway.example/%77a", "https://gateway.example/wa/"),
        ("https://gateway.example/a%2fb", "https://gateway.example/a%2Fb"),
        ("https://bücher.example", "https://XN--BCHER-KVA.example"),
    ],
)
def test_two_spellings_are_equal(one: str, other: str) -> None:
    assert normal_base_url(one) == normal_base_url(other)


@pytest.mark.parametrize(
    "other",
    [
        "http://graph.facebook.com",
        "https://graph.facebook.com:8443",
        "https://graph.facebook.com:80",
        "https://graph.facebook.org",
        "https://graph.facebook.com/proxy",
        "https://graph.facebook.com?a=b",
        "https://graph.facebook.com#a",
        "https://user:word@graph.facebook.com",
        "https://evil.example/graph.facebook.com",
        "https://evil.example\\.graph.facebook.com",
        "https://graph.facebook.com/a%2Fb",
    ],
)
def test_another_address_stays_another(other: str) -> None:
    assert normal_base_url(other) != PLAIN


def test_paths_differ_by_case() -> None:
    assert normal_base_url("https://gateway.example/A") != normal_base_url(
        "https://gateway.example/a"
    )


@pytest.mark.parametrize("text", ["", "graph.facebook.com", "https://[half", "ftp://127.0.0.1/"])
def test_what_is_no_address_stays_to_be_refused(text: str) -> None:
    assert normal_base_url(text) == text


@pytest.mark.parametrize(
    "spelling",
    [
        "1055",
        "01055",
        "0001055",
        " 1055 ",
        "10 55",
        "1055\u00a0",
        "\u200b1055\u202c",
        "１０５５",
        "١٠٥٥",
    ],
)
def test_spellings_of_one_number_id_become_one(spelling: str) -> None:
    assert normal_number_id(spelling) == "1055"


@pytest.mark.parametrize("text", ["1055/../9", "10550", "105", "-1055", "1055a", "9" * 65, ""])
def test_another_number_id_stays_another(text: str) -> None:
    assert normal_number_id(text) == text
