"""A small disk of its own for a data folder, to be filled, freed and made read-only."""

import subprocess
from pathlib import Path


class SmallDisk:
    """A file system in memory. Only root may make one: see ``DiskRefused``."""

    def __init__(self, folder: Path, megabytes: int = 24) -> None:
        self.folder = folder
        self._megabytes = megabytes
        self._filler = folder / "filler"

    def mount(self) -> None:
        """Make it. Raises ``DiskRefused``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._call("mount", "-t", "tmpfs", "-o", f"size={self._megabytes}m", "tmpfs")

    def unmount(self) -> None:
        """Take it away with all it holds, also while something still has it open."""
        self._call("umount", "-l")

    def fill(self) -> None:
        """Leave no byte free."""
        block = bytes(64 * 1024)
        with self._filler.open("ab", buffering=0) as file:
            for size in (len(block), 4096, 1):
                try:
                    while file.write(block[:size]):
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        """Give the space back."""
        self._filler.unlink()

    def read_only(self, wanted: bool) -> None:
        """Refuse all writing, or allow it again."""
        self._call("mount", "-o", f"remount,{'ro' if wanted else 'rw'}")

    def _call(self, *words: str) -> None:
        done = subprocess.run(
            [*words, str(self.folder)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise DiskRefused(done.stderr.strip())


class DiskRefused(Exception):
    """The system does not let us make a disk (it lets root, outside of most containers)."""
