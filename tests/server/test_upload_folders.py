"""An upload leaves nothing behind, however its server ends; a start removes no other's."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from wa_desktop.server.upload_folders import remove_left_over, upload_folder

_UPLOADING = """
from wa_desktop.server.upload_folders import upload_folder
with upload_folder() as folder:
    (folder / "list.csv").write_text("phone")
    print(folder, flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of the test's own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_a_folder_is_gone_when_the_call_is_over(temporary: Path) -> None:
    with upload_folder() as folder:
        (folder / "list.csv").write_text("phone")
        assert remove_left_over() == 0
    assert list(temporary.iterdir()) == []


def test_a_start_removes_what_a_killed_server_left_and_nothing_that_is_in_use(
    temporary: Path,
) -> None:
    (temporary / "wa-desktop-upload-by-somebody.txt").write_text("not a folder")
    (temporary / "wa-desktop-other").mkdir()
    with upload_folder() as used:
        server = subprocess.Popen(
            [sys.executable, "-c", _UPLOADING],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert server.stdout is not None
        assert server.stdin is not None
        left = Path(server.stdout.readline().strip())
        assert remove_left_over() == 0
        server.kill()
        server.wait()
        server.stdout.close()
        server.stdin.close()
        assert (left / "list.csv").exists()
        assert remove_left_over() == 1
        assert not left.exists()
        assert used.exists()
    assert len(list(temporary.iterdir())) == 2
