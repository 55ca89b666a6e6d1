import phonenumbers
import pytest

from wa_desktop.errors import InvalidInput, NoPhoneColumn
from wa_desktop.recipients.columns import plan_columns
from wa_desktop.recipients.files import open_table
from wa_desktop.recipients.phones import (
    CountryFit,
    CountryProposal,
    Origin,
    PhoneFault,
    PhoneNumber,
    checked_country,
    countries,
    fitting_countries,
    matching,
    parse_phone,
    propose_country,
)
from wa_desktop.recipients.rows import RecipientRow, RejectedRow, read_rows


def spread(form: str, starts: str, amount: int = 60) -> list[str]:
    """Local numbers: ``form`` with one of ``starts`` in ``%s`` and varied digits in each ``#``."""
    made = []
    for place in range(amount):
        text = form.replace("%s", starts.split()[place % len(starts.split())])
        figures = iter(f"{(place * 7919 + 2345678) % 10**8:08d}")
        made.append("".join(next(figures) if one == "#" else one for one in text))
    return made


@pytest.mark.parametrize("language", ["en", "ru", "de", "pt_BR", "zh-Hans", "xx", ""])
def test_every_country_with_numbers_has_a_name_in_any_language(language: str) -> None:
    found = countries(language)
    assert {one.code for one in found} == set(phonenumbers.SUPPORTED_REGIONS)
    assert all(one.name and one.calling_code.isdecimal() for one in found)


def test_countries_are_named_in_the_users_language() -> None:
    names = {one.code: one.name for one in countries("ru")}
    assert (names["RU"], names["DE"], names["KZ"]) == ("Россия", "Германия", "Казахстан")
    assert {one.code: one.name for one in countries("en")}["DE"] == "Germany"


@pytest.mark.parametrize(
    ("typed", "language", "code"),
    [
        ("Рос", "ru", "RU"),
        ("росс", "en", "RU"),
        ("rus", "ru", "RU"),
        ("ru", "ru", "RU"),
        ("+7", "ru", "RU"),
        ("49", "en", "DE"),
        ("deutschl", "de", "DE"),
        ("германия", "de", "DE"),
        ("1", "en", "US"),
        ("сша", "ru", "US"),
        ("англ", "en", "GB"),
        ("UK", "en", "GB"),
        ("türk", "de", "TR"),
        ("turk", "de", "TR"),
        ("Кирг", "ru", "KG"),
    ],
)
def test_typing_a_countrys_name_finds_it_first(typed: str, language: str, code: str) -> None:
    assert matching(typed, language)[0].code == code


def test_typing_nonsense_finds_nothing_and_typing_nothing_finds_all() -> None:
    assert matching("zzzz", "en") == ()
    assert matching(" ", "en") == countries("en")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("ru", "RU"),
        ("Россия", "RU"),
        ("россия ", "RU"),
        ("Germany", "DE"),
        ("Соединённые Штаты", "US"),
        ("США", "US"),
        ("Cote d'Ivoire", "CI"),
        ("Czech Republic", "CZ"),
    ],
)
def test_a_default_country_may_be_given_by_its_name(given: str, code: str) -> None:
    assert checked_country(given) == code


@pytest.mark.parametrize("given", ["Rus", "XX", "7", "Нарния", "x" * 1000])
def test_what_is_no_country_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput):
        checked_country(given)


@pytest.mark.parametrize(
    ("cells", "country"),
    [
        (spread("8 (%s) ###-##-##", "999"), "RU"),
        (spread("8%s#######", "916 903 926 905 911"), "RU"),
        (spread("8 (%s) ### ## ##", "701 702 777"), "KZ"),
        (spread("(%s) 9####-####", "11 21 51 61 81"), "BR"),
        (spread("%s9########", "11 21 51 61 81"), "BR"),
        (spread("(%s) 2##-####", "212 202 415 305"), "US"),
        (spread("%s#######", "1380 1501 1862 1771 1389"), "CN"),
        (["+79990000001", "+79990000002", "+79990000003", *spread("8999#######", "x")], "RU"),
    ],
)
def test_the_only_country_that_fits_the_local_numbers_is_sure(
    cells: list[str], country: str
) -> None:
    best = fitting_countries(cells)[0]
    assert (best.country, best.sure) == (country, True)


@pytest.mark.parametrize(
    ("cells", "among"),
    [
        # Ten digits that are mobiles of several countries each.
        (spread("9%s#######", "16 03 26 05 11"), {"RU", "IN"}),
        (spread("9########", "x"), {"PE"}),
        # "8 999…" is also a number of Piauí in Brazil.
        (spread("8999#######", "x"), {"RU", "BR"}),
        (spread("077########", "x"), {"GB", "IQ"}),
    ],
)
def test_among_several_fitting_countries_none_is_sure(cells: list[str], among: set[str]) -> None:
    fits = fitting_countries(cells)
    assert among <= {one.country for one in fits}
    assert not any(one.sure for one in fits)


@pytest.mark.parametrize(
    "cells",
    [[], ["Anna", ""], ["+79990000001"] * 5, ["79990000001", "79990000002"], ["12", "17"]],
)
def test_a_list_without_local_numbers_fits_no_country(cells: list[str]) -> None:
    assert fitting_countries(cells) == ()


def test_two_numbers_are_too_few_to_be_sure() -> None:
    assert not any(one.sure for one in fitting_countries(["8 (916) 000-00-01"] * 2))


def fit(country: str, sure: bool = False) -> CountryFit:
    return CountryFit(country, 10, 10, sure)


@pytest.mark.parametrize(
    ("fits", "own", "region", "expected"),
    [
        ([], None, None, []),
        ([], "+79990000001", "DE", ["RU", "DE"]),
        ([], None, "DE", ["DE"]),
        ([fit("IN"), fit("RU")], "79990000001", "DE", ["RU", "IN", "DE"]),
        ([fit("IN"), fit("RU")], None, "RU", ["RU", "IN"]),
        ([fit("BR", sure=True)], "79990000001", "RU", ["BR", "RU"]),
        ([fit("IN")], "not a number", "??", ["IN"]),
    ],
)
def test_data_come_first_then_the_accounts_country_then_the_computers(
    fits: list[CountryFit], own: str | None, region: str | None, expected: list[str]
) -> None:
    assert [one.country for one in propose_country(fits, own, region)] == expected


def test_only_the_data_make_a_proposal_sure() -> None:
    assert propose_country([fit("BR", sure=True)])[0] == CountryProposal("BR", Origin.DATA, True)
    assert propose_country([fit("IN"), fit("RU")], "79990000001")[0] == CountryProposal(
        "RU", Origin.ACCOUNT, False
    )


def test_a_plan_names_the_countries_that_its_local_numbers_fit() -> None:
    lines = "\n".join(spread("8 (%s) ###-##-##", "999"))
    plan = plan_columns(open_table(f"phone\n{lines}\n".encode()))
    assert (plan.countries[0].country, plan.countries[0].sure) == ("RU", True)


def test_local_numbers_without_a_title_are_found_where_one_country_alone_fits() -> None:
    lines = "\n".join(f"A{n},{one}" for n, one in enumerate(spread("8 (%s) ###-##-##", "999")))
    assert plan_columns(open_table(f"who,contact\n{lines}\n".encode())).phone == 1
    lines = "\n".join(f"A{n},{one}" for n, one in enumerate(spread("9########", "x")))
    with pytest.raises(NoPhoneColumn):
        plan_columns(open_table(f"who,contact\n{lines}\n".encode()))


def test_among_local_numbers_none_is_taken_for_a_whole_one_of_another_country() -> None:
    # Porto Alegre's 51 9… would be mobiles in Peru (+51).
    cells = spread("%s9########", "11 21 51 61 81")
    table = open_table(("phone\n" + "\n".join(cells)).encode())
    plan = plan_columns(table)
    found = list(read_rows(table, plan))
    assert not [row for row in found if isinstance(row, RecipientRow)]
    assert str(PhoneFault.TWO_READINGS) in {
        row.reason for row in found if isinstance(row, RejectedRow)
    }
    good = list(read_rows(table, plan, country="BR"))
    assert all(isinstance(row, RecipientRow) and row.phone[:2] == "55" for row in good)


@pytest.mark.parametrize(
    ("country", "cells"),
    [
        ("DE", ["15171327527", "15130389369", "15123456789", "15112345678"]),
        ("AT", ["6644737651", "6764886784", "6641234567", "6761234567"]),
        ("FR", ["612345678", "623456789", "634567890", "645678901"]),
    ],
)
def test_no_country_is_sure_where_a_spreadsheet_may_have_dropped_zeros(
    country: str, cells: list[str]
) -> None:
    assert all(isinstance(parse_phone(cell, country), PhoneNumber) for cell in cells)
    assert not any(fit.sure for fit in fitting_countries(cells))
