import pytest

from wa_desktop.errors import InvalidInput, NoPhoneColumn
from wa_desktop.recipients.columns import ColumnPlan, plan_columns
from wa_desktop.recipients.files import Table, open_table

FIRST = "+79990000001"
SECOND = "+79990000002"


def table(*lines: str) -> Table:
    return open_table("\n".join(lines).encode())


def test_the_phone_column_is_found_by_its_content_whatever_its_name() -> None:
    plan = plan_columns(table("id,who,contact", f"1,Anna,{FIRST}", f"2,Ben,{SECOND}"))
    assert plan == ColumnPlan(2, None, (("id", 0), ("who", 1)))


@pytest.mark.parametrize(
    "name",
    ["phone", "Phone Number", "Телефон", "Номер", "WhatsApp", "Móvil", "Handynummer", "Telemóvel"],
)
def test_of_two_columns_of_numbers_the_one_named_for_phones_is_taken(name: str) -> None:
    plan = plan_columns(table(f"code,{name}", f"12025550101,{FIRST}", f"12025550102,{SECOND}"))
    assert plan.phone == 1


def test_of_two_equal_columns_the_first_is_taken() -> None:
    assert plan_columns(table("phone,phone 2", f"{FIRST},{SECOND}")).phone == 0


def test_a_column_with_some_bad_numbers_is_still_the_phones() -> None:
    lines = [f"Anna,{FIRST}", "Ben,12", f"Cid,{SECOND}", "Dan,?", f"Eve,{FIRST}"]
    assert plan_columns(table("name,contact", *lines)).phone == 1


def test_local_numbers_under_a_phone_name_are_found_without_a_country() -> None:
    found = table("name,phone", "Anna,8 999 000-00-01", "Ben,8 999 000-00-02")
    assert plan_columns(found).phone == 1
    assert plan_columns(found, country="RU").phone == 1


def test_local_numbers_without_a_name_are_found_with_a_country() -> None:
    found = table("name,contact", "Anna,8 999 000-00-01", "Ben,8 999 000-00-02")
    assert plan_columns(found, country="RU").phone == 1
    with pytest.raises(NoPhoneColumn):
        plan_columns(found)


def test_a_file_without_phones_says_which_columns_it_has() -> None:
    with pytest.raises(NoPhoneColumn, match="name, city") as caught:
        plan_columns(table("name,city", "Anna,Omsk"))
    assert caught.value.columns == ("name", "city")


def test_a_list_full_of_mistakes_under_a_clear_name_is_not_called_a_list_without_phones() -> None:
    assert plan_columns(table("name,phone", "Anna," + "9" * 200)).phone == 1


def test_a_name_that_may_mean_another_number_needs_content() -> None:
    with pytest.raises(NoPhoneColumn):
        plan_columns(table("name,number", "Anna,17", "Ben,18"))


def test_a_header_alone_is_enough_to_find_the_phones() -> None:
    assert plan_columns(table("name,phone")).phone == 1


@pytest.mark.parametrize("name", ["message", "Text", "Сообщение", "Текст сообщения", "Mensaje"])
def test_a_column_named_for_messages_holds_them(name: str) -> None:
    plan = plan_columns(table(f"phone,name,{name}", f"{FIRST},Anna,Hello"))
    assert plan == ColumnPlan(0, 2, (("name", 1),))


def test_a_message_column_can_be_left_unused() -> None:
    plan = plan_columns(table("phone,message", f"{FIRST},Hello"), own_messages=False)
    assert plan == ColumnPlan(0, None, (("message", 1),))


def test_columns_can_be_named_or_numbered() -> None:
    found = table("a,b,c", f"{FIRST},{SECOND},x")
    assert plan_columns(found, phone="B", message="3") == ColumnPlan(1, 2, (("a", 0),))
    assert plan_columns(found, phone="2").phone == 1


@pytest.mark.parametrize("wanted", ["nothing", "0", "4", "-1", "9" * 5000])
def test_a_column_that_is_not_there_is_refused(wanted: str) -> None:
    with pytest.raises(InvalidInput, match="a, b, c"):
        plan_columns(table("a,b,c", f"{FIRST},x,y"), phone=wanted)


def test_one_column_cannot_be_both() -> None:
    with pytest.raises(InvalidInput, match="both"):
        plan_columns(table("a,b", f"{FIRST},x"), phone="a", message="a")


def test_forty_good_numbers_beat_two_of_two() -> None:
    lines = [f"{FIRST[:-2]}{n:02},{SECOND if n < 2 else ''}" for n in range(40)]
    plan = plan_columns(table("contact,phone", *lines))
    assert plan.phone == 0
    assert plan.other_phones == (("phone", 2),)


def test_forty_good_numbers_among_mistakes_beat_two_of_two() -> None:
    lines = [f"{FIRST[:-2]}{n:02},{SECOND if n < 2 else ''}" for n in range(40)]
    lines += ["12,"] * 30
    assert plan_columns(table("contact,phone", *lines)).phone == 0


def test_between_near_equals_the_name_decides() -> None:
    lines = [f"{FIRST[:-2]}{n:02},{SECOND if n < 38 else ''}" for n in range(40)]
    assert plan_columns(table("contact,phone", *lines)).phone == 1


def test_forty_local_numbers_under_a_clear_name_beat_two_whole_ones() -> None:
    lines = [f"8 999 000-00-{n:02},{SECOND if n < 2 else ''}" for n in range(40)]
    assert plan_columns(table("phone,fax", *lines)).phone == 0


def test_the_other_columns_with_numbers_are_named_with_their_counts() -> None:
    lines = [f"{FIRST},Anna,{SECOND},1", f"{SECOND},Ben,{FIRST} ::: {SECOND},2"]
    plan = plan_columns(table("phone,name,work,order", *lines))
    assert (plan.phone, plan.other_phones) == (0, (("work", 2),))


def test_a_second_column_of_numbers_can_be_named_or_numbered() -> None:
    found = table("phone,work,name", f"{FIRST},{SECOND},Anna")
    for wanted in ("work", "2"):
        plan = plan_columns(found, second_phone=wanted)
        assert (plan.phone, plan.second_phone) == (0, 1)
    assert ("work", 1) in plan.variables


@pytest.mark.parametrize("second", ["phone", "1"])
def test_the_second_column_is_another_one(second: str) -> None:
    with pytest.raises(InvalidInput, match="second"):
        plan_columns(table("phone,name", f"{FIRST},Anna"), second_phone=second)


def test_a_second_column_holds_no_messages() -> None:
    found = table("phone,text", f"{FIRST},{SECOND}")
    assert plan_columns(found, second_phone="text").message is None
    with pytest.raises(InvalidInput, match="both"):
        plan_columns(found, second_phone="text", message="text")


MOBILES = [f"0171 23456{number:02d}" for number in range(20)]


@pytest.mark.parametrize("title", ["Telefon", "Telefon privat"])
def test_numbers_of_customers_are_not_taken_for_phones_beside_a_sparse_phone_column(
    title: str,
) -> None:
    lines = [f"{40_000_000 + n};{one if n % 2 else ''}" for n, one in enumerate(MOBILES)]
    found = table(f"Kundennummer;{title}", *lines)
    assert plan_columns(found, country="DE").phone == 1


def test_numbers_of_customers_are_not_taken_for_phones_beside_local_numbers() -> None:
    lines = [f"790010000{n};8912123456{n}" for n in range(10, 20)]
    assert plan_columns(table("ID;Phone", *lines)).phone == 1


def test_dates_are_no_phone_numbers() -> None:
    lines = [f"{one if n % 2 else ''};{n + 1:02d}.12.2026" for n, one in enumerate(MOBILES)]
    plan = plan_columns(table("Kontakt;Datum", *lines), country="DE")
    assert (plan.phone, plan.other_phones) == (0, ())


def test_a_column_named_for_phones_with_next_to_no_numbers_is_not_taken() -> None:
    lines = [f"{FIRST if n < 2 else ''};7999000{n + 1000}" for n in range(40)]
    assert plan_columns(table("phone;contact", *lines)).phone == 1
