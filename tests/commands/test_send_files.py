"""``wa-desktop send``: what is said about the file, and the options for reading it."""

import os
from pathlib import Path

import pytest

from tests.commands.running import run

CHECK = ("--account", "sandbox", "--message", "Hi", "--dry-run")


def test_the_encoding_is_always_told(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    for codec, told in (("utf-8", "utf-8"), ("cp1251", "windows-1251")):
        path.write_text("Телефон;Имя\n79990000001;Анна\n", encoding=codec)
        assert f"encoding {told}" in run("send", path, *CHECK).out


def test_rows_that_are_left_out_are_told_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    rows = "".join(f"+4477009000{n:02},Zoé\n" for n in range(10)).encode()
    path.write_bytes(b"phone,name\n" + rows + b"+447700900077,Zo\xe9\n")

    ended = run("send", path, *CHECK)

    assert ended.code == 0, ended.err
    assert "10 recipients" in ended.out
    assert "1 row left out: bytes that are not utf-8" in ended.out
    assert "(line 12)" in ended.out
    assert run("send", path, *CHECK, "--json").json["file"]["leftOut"]["undecodable"] == 1


def test_quotation_marks_in_doubt_name_the_option(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text('phone,name\n+447700900000,"Bob\n+447700900001,"Ann\n+447700900002,Zoe\n')

    ended = run("send", path, *CHECK)

    assert ended.code == 1
    assert "line 2 " in ended.err
    assert "--quoting none" in ended.err
    assert "3 recipients" in run("send", path, *CHECK, "--quoting", "none").out


def test_the_line_of_the_header_is_told_and_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Report\n\nphone,name\n+447700900000,Ann\n+447700900001,Bob\n")
    found = run("send", path, *CHECK).out
    assert "column names in line 3" in found
    assert "2 recipients" in found
    assert "1 recipient," in run("send", path, *CHECK, "--header-row", "4").out
    assert "2 recipients" in run("send", path, *CHECK, "--header-row", "0").out


def test_amounts_of_a_workbook_are_shown_as_in_the_region_that_is_named() -> None:
    path = Path(__file__).parents[1] / "recipients" / "cases" / "r3_amounts.xlsx"
    owed = ("send", path, "--account", "sandbox", "--message", "{{amount}}", "--dry-run", "--json")
    assert run(*owed).json["firstMessage"] == "6.05"
    assert run(*owed, "--region", "ru").json["firstMessage"] == "6,05"
    refused = run(*owed, "--region", "Mars!")
    assert (refused.code, "'Mars!' is no region" in refused.err) == (1, True)


def test_a_text_file_is_read_as_the_options_say(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("phone\tname\n+447700900000\tJosé\n", encoding="cp1252")
    read = run("send", path, *CHECK, "--delimiter", "tab", "--encoding", "cp1252", "--json").json
    assert (read["file"]["delimiter"], read["file"]["encoding"]) == ("\t", "cp1252")


@pytest.mark.skipif(os.name == "nt", reason="names are always text here")
@pytest.mark.parametrize("last", [("--dry-run",), ("--draft",), ("--draft", "--json")])
def test_a_file_whose_name_is_no_text_is_sent(tmp_path: Path, last: tuple[str, ...]) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.csv"))
    path.write_text("phone,name\n+447700900000,Ann\n")
    ended = run("send", path, "--account", "sandbox", "--message", "Hi", *last)
    assert ended.code == 0, ended.err
    path.write_text("who\nAnn\n")
    assert "caf\ufffd.csv" in run("send", path, *CHECK).err
