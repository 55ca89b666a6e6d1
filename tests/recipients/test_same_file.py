"""The import reads the file that was previewed, in the same way, or refuses it."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from wa_desktop.errors import InvalidInput, UncertainQuotes
from wa_desktop.recipients.options import Quoting, ReadOptions
from wa_desktop.recipients.preview import preview_file
from wa_desktop.recipients.reading import preview_in_child, stream_rows
from wa_desktop.recipients.rows import ReadRow, RecipientRow

RUSSIAN = "Отчёт\n\nТелефон;Имя\n" + "".join(f"7999000{n:04};Анна {n}\n" for n in range(30))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "list.csv"
    made.write_bytes(RUSSIAN.encode("cp1251"))
    return made


def imported(path: Path, options: ReadOptions) -> list[ReadRow]:
    with stream_rows(path, options) as stream:
        return [row for chunk in stream for row in chunk]


def test_the_import_takes_over_what_the_preview_settled(path: Path) -> None:
    preview = preview_in_child(path, ReadOptions())
    settled = preview.settled
    assert (settled.encoding, settled.delimiter) == ("windows-1251", ";")
    assert (settled.header, settled.header_row, settled.phone) == (True, 3, "Телефон")
    assert settled.stamp is not None
    assert settled.stamp.size == path.stat().st_size
    with stream_rows(path, settled) as stream:
        assert stream.file.plan == preview.plan
        rows = [row for chunk in stream for row in chunk]
    assert tuple(row for row in rows[:20] if isinstance(row, RecipientRow)) == preview.recipients
    assert len(rows) == preview.total


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"79991112233;x\n")


def _replace(path: Path) -> None:
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"7999000", b"7999111"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


def _rename_columns(path: Path) -> None:
    before = path.stat()
    name, other = ("Имя".encode("cp1251"), "Тел".encode("cp1251"))
    path.write_bytes(path.read_bytes().replace(b";" + name, b";" + other, 1))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", [_append, _replace, _rename_columns, Path.touch])
def test_a_file_that_changed_after_its_preview_is_refused(
    path: Path, change: Callable[[Path], None]
) -> None:
    settled = preview_file(path, ReadOptions()).settled
    os.utime(path, ns=(1, settled.stamp.changed_at)) if settled.stamp else None
    change(path)
    with pytest.raises(InvalidInput, match=r"list\.csv changed after it was opened"):
        imported(path, settled)


def test_a_file_that_is_gone_after_its_preview_is_refused(path: Path) -> None:
    settled = preview_file(path, ReadOptions()).settled
    path.unlink()
    with pytest.raises(InvalidInput, match=r"list\.csv disappeared"):
        imported(path, settled)


def _truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("change", [_append, _truncate, Path.unlink])
def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("phone,name\n" + "".join(f"7999{n:07},Name\n" for n in range(30_000)))
    with stream_rows(path, ReadOptions(), chunk=10) as stream:
        next(stream)
        change(path)
        with pytest.raises(InvalidInput, match=r"list\.csv (changed|disappeared)"):
            list(stream)

    def changing(rows: int) -> None:
        change(path)

    path.write_text("phone,name\n" + "".join(f"7999{n:07},Name\n" for n in range(30_000)))
    with pytest.raises(InvalidInput, match=r"list\.csv (changed|disappeared)"):
        preview_file(path, ReadOptions(), changing)


def test_another_plan_for_the_same_file_needs_no_new_preview(path: Path) -> None:
    settled = preview_file(path, ReadOptions()).settled
    assert len(imported(path, replace(settled, own_messages=False))) == 30


def test_a_refusal_of_quotation_marks_keeps_its_kind_across_the_child(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text('phone,name\n+447700900000,"Bob\n+447700900001,"Ann\n+447700900002,Zoe\n')
    with pytest.raises(UncertainQuotes) as caught:
        preview_in_child(path, ReadOptions())
    assert caught.value.line == 2
    preview = preview_in_child(path, ReadOptions(quoting=Quoting.NONE))
    assert (preview.good, preview.settled.quoting) == (3, Quoting.NONE)


@pytest.mark.skipif(os.name == "nt", reason="names are always text here")
def test_a_name_that_is_no_text_can_be_read_and_shown(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\n.csv"))
    path.write_text("phone\n+447700900000\n")
    preview = preview_in_child(path, ReadOptions())
    assert (preview.name, preview.good) == ("caf\ufffd\ufffd.csv", 1)
    assert len(imported(path, preview.settled)) == 1
    path.write_text("name\nAnn\n")
    with pytest.raises(InvalidInput) as caught:
        imported(path, preview.settled)
    assert str(caught.value).encode()
