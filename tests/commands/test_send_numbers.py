"""``wa-desktop send``: which numbers of a file it takes, and what it says about them."""

from pathlib import Path

import pytest

from tests.commands.running import run

DRY = ("--account", "sandbox", "--message", "Hi", "--dry-run")


def written(folder: Path, *lines: str) -> Path:
    path = folder / "people.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def russian(amount: int = 30) -> list[str]:
    return [f"8 (9{place % 90:02}) {place:03}-00-01" for place in range(amount)]


def test_the_only_country_that_fits_local_numbers_is_assumed_and_named(tmp_path: Path) -> None:
    ended = run("send", written(tmp_path, "phone", *russian()), *DRY)
    assert ended.code == 0, ended.err
    assert "read as those of Russia (RU)" in ended.err
    assert "--country" in ended.err
    assert "30 recipients" in ended.out


def test_among_several_countries_none_is_assumed(tmp_path: Path) -> None:
    cells = [f"9{place:08}" for place in range(10000000, 90000000, 4000000)]
    ended = run("send", written(tmp_path, "phone", *cells), *DRY)
    assert ended.code == 1
    assert "read as those of" not in ended.err
    assert "choose --country, e.g. " in ended.out


@pytest.mark.parametrize("country", ["RU", "ru", "Russia", "Россия", "россия"])
def test_a_country_can_be_given_by_its_name(tmp_path: Path, country: str) -> None:
    ended = run("send", written(tmp_path, "phone", "8 999 000-00-01"), *DRY, "--country", country)
    assert ended.code == 0, ended.err
    assert "1 recipient" in ended.out
    assert "read as those of" not in ended.err


def test_an_unknown_country_is_refused_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, "phone", "8 999 000-00-01")
    ended = run("send", path, *DRY, "--country", "Atlantis")
    assert ended.code == 1
    assert "Atlantis is no country" in ended.err


def test_other_columns_of_numbers_and_further_numbers_are_named(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "phone,work",
        "+79990000001;+79990000002,+79990000003",
        "+79990000004,",
        ",+79990000005",
    )
    ended = run("send", path, *DRY)
    assert "Phone numbers also stand in 'work' (2 numbers in the first rows)" in ended.out
    assert "1 row has several numbers: the first mobile one is used" in ended.out
    assert "2 recipients" in ended.out

    second = run("send", path, *DRY, "--second-phone", "work")
    assert "phone numbers in 'phone', where blank in 'work'" in second.out
    assert "3 recipients" in second.out


def test_possible_numbers_are_taken_where_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, "phone", "+79990000001", "+15550783881")
    refused = run("send", path, *DRY)
    assert "'+15550783881' possible, but not valid in its country's plan" in refused.out
    taken = run("send", path, *DRY, "--possible-numbers")
    assert "2 recipients" in taken.out
