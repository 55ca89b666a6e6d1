import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from wa_desktop.errors import InvalidInput, NoPhoneColumn, ReadingStopped
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.preview import preview_file
from wa_desktop.recipients.reading import (
    ChildReading,
    PreviewReading,
    preview_in_child,
    stream_rows,
)
from wa_desktop.recipients.rows import ReadRow, RecipientRow, RejectedRow

ROWS = 30_000  # some megabytes, so that a pipe never holds them all


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write("phone,name,message\n")
        file.writelines(f"7999{n:07},Name {n},Hello number {n}\n" for n in range(ROWS))
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.csv"
    path.write_text("phone,name\n79990000001,Anna\n12,Ben\n+7 999 000 00 01,Cid\n")
    return path


@pytest.fixture(autouse=True)
def _leaves_no_child() -> Iterator[None]:
    yield
    readers = [
        child
        for child in psutil.Process().children(recursive=True)
        if child.status() == psutil.STATUS_ZOMBIE or "spawn_main" in " ".join(child.cmdline())
    ]
    assert readers == []


def test_a_preview_counts_every_row(small: Path) -> None:
    preview = preview_file(small, ReadOptions())
    assert (preview.total, preview.good, preview.duplicates, preview.rejected) == (3, 1, 1, 1)
    assert preview.rejections == (RejectedRow(3, "12", "too short for a phone number"),)
    assert preview.rows[0] == ("79990000001", "Anna")
    assert preview.recipients[0] == RecipientRow(2, "79990000001", None, {"name": "Anna"})
    assert (preview.encoding, preview.delimiter, preview.has_header) == ("utf-8", ",", True)


def test_a_preview_shows_twenty_rows_and_a_hundred_rejections(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    good = "".join(f"7999000{n:04}\n" for n in range(30))
    path.write_text("phone\n" + good + "12\n" * 150)
    preview = preview_file(path, ReadOptions())
    assert (len(preview.rows), len(preview.rejections), preview.rejected) == (20, 100, 150)


def test_a_child_makes_the_same_preview_and_tells_its_progress(large: Path) -> None:
    seen: list[int] = []
    assert preview_in_child(large, ReadOptions(), seen.append) == preview_file(large, ReadOptions())
    assert seen == [20_000]


def test_a_child_streams_every_row_in_order(large: Path) -> None:
    with stream_rows(large, ReadOptions(), chunk=7_000) as stream:
        assert stream.file.columns == ("phone", "name", "message")
        assert (stream.file.encoding, stream.file.delimiter) == ("utf-8", ",")
        chunks = list(stream)
    assert [len(chunk) for chunk in chunks] == [7_000] * 4 + [2_000]
    rows = [row for chunk in chunks for row in chunk]
    assert [row.line for row in rows] == list(range(2, ROWS + 2))
    last = {"name": f"Name {ROWS - 1}"}
    message = f"Hello number {ROWS - 1}"
    assert rows[-1] == RecipientRow(ROWS + 1, f"7999{ROWS - 1:07}", message, last)


def test_rejected_rows_come_through_as_such(small: Path) -> None:
    with stream_rows(small, ReadOptions()) as stream:
        (rows,) = list(stream)
        assert list(stream) == []
    assert rows[1] == RejectedRow(3, "12", "too short for a phone number")


def test_a_number_comes_through_as_written_beside_the_one_that_is_dialled(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("phone\n8 999 000-00-01\n8 495 000-00-01 ::: 8 999 000-00-02\n")
    with stream_rows(path, ReadOptions(country="RU")) as stream:
        rows = [row for chunk in stream for row in chunk if isinstance(row, RecipientRow)]
    assert [(row.phone, row.written, row.more_numbers) for row in rows] == [
        ("79990000001", "8 999 000-00-01", 0),
        ("79990000002", "8 495 000-00-01 ::: 8 999 000-00-02", 1),
    ]


def test_what_is_wrong_with_a_file_is_raised_in_the_parent(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("name,city\nAnna,Omsk\n")
    with pytest.raises(NoPhoneColumn) as caught:
        stream_rows(path, ReadOptions())
    assert caught.value.columns == ("name", "city")
    with pytest.raises(InvalidInput, match="is a folder"):
        preview_in_child(tmp_path, ReadOptions())
    with pytest.raises(InvalidInput, match="ZZ"):
        preview_in_child(path, ReadOptions(country="ZZ"))


def test_a_fault_in_the_middle_of_a_file_is_raised_after_the_rows_before_it(large: Path) -> None:
    with large.open("ab") as file:
        file.write(b'79991234567,"never closed,\n79991234568,x,y\n')
    chunks: list[list[ReadRow]] = []
    with stream_rows(large, ReadOptions()) as stream, pytest.raises(InvalidInput, match="30,002"):
        chunks.extend(stream)
    assert sum(map(len, chunks)) == ROWS


def test_leaving_early_ends_the_child_and_frees_its_files(large: Path) -> None:
    with stream_rows(large, ReadOptions()):
        pass  # the first spawn starts the resource tracker, which stays
    files = psutil.Process().num_fds()
    with stream_rows(large, ReadOptions(), chunk=10) as stream:
        pid = stream.pid
        next(iter(stream))
    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert psutil.Process().num_fds() == files


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL here")
def test_a_killed_child_is_a_clear_error_not_a_short_list(large: Path) -> None:
    with stream_rows(large, ReadOptions(), chunk=10) as stream:
        next(iter(stream))
        assert stream.pid is not None
        os.kill(stream.pid, signal.SIGKILL)
        with pytest.raises(ReadingStopped, match="ended before it was done"):
            list(stream)


def test_a_cancel_from_another_thread_ends_the_wait(large: Path) -> None:
    with PreviewReading(large, ReadOptions()) as reading:
        canceller = threading.Thread(target=reading.cancel)
        canceller.start()
        with pytest.raises(ReadingStopped, match="cancelled"):
            reading.result()
        canceller.join()


def test_closing_and_cancelling_may_be_repeated(small: Path) -> None:
    reading = PreviewReading(small, ReadOptions())
    assert reading.result().total == 3
    reading.close()
    reading.close()
    reading.cancel()


def _fail(replies: object) -> None:
    """A child that breaks down before it has said anything."""
    raise SystemExit(3)


def test_a_child_that_ends_without_a_word_is_a_clear_error() -> None:
    with (
        ChildReading("list.csv", _fail) as reading,
        pytest.raises(ReadingStopped, match=r"list\.csv"),
    ):
        reading.next_reply()
