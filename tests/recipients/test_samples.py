import pytest

from wa_desktop.assets import resource
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.preview import preview_file


def test_the_sample_list_shows_good_duplicate_and_bad_rows() -> None:
    preview = preview_file(resource("samples/customers.csv"), ReadOptions())
    assert preview.columns == ("phone", "name", "city", "order")
    assert (preview.total, preview.good, preview.duplicates, preview.rejected) == (59, 52, 3, 4)
    assert len({rejection.reason for rejection in preview.rejections}) == 4


def test_the_sample_list_holds_no_number_that_somebody_could_have() -> None:
    preview = preview_file(resource("samples/customers.csv"), ReadOptions())
    fictitious = ("120255501", "447700900", "7999000")
    assert all(one.phone.startswith(fictitious) for one in preview.recipients)


def test_the_sample_workbook_is_readable() -> None:
    preview = preview_file(resource("samples/customers.xlsx"), ReadOptions())
    assert preview.sheet == "Customers"
    assert (preview.total, preview.good) == (24, 23)


@pytest.mark.parametrize("name", ["samples/none.csv", "../pyproject.toml", "/etc/hostname"])
def test_what_is_not_shipped_is_not_found(name: str) -> None:
    with pytest.raises(FileNotFoundError):
        resource(name)
