"""The files that make one list of recipients: how each is read and what came of it. No Qt."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from wa_desktop.content import field_key
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.preview import FilePreview


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One file with its options; ``preview`` or ``error`` once it was read with them."""

    path: Path
    options: ReadOptions
    preview: FilePreview | None = None
    error: BaseException | None = None

    @property
    def is_read(self) -> bool:
        """Whether what the file holds is known, for better or worse."""
        return self.preview is not None or self.error is not None

    @property
    def is_usable(self) -> bool:
        """Whether it holds a recipient."""
        return self.preview is not None and self.preview.good > 0

    @property
    def field_columns(self) -> tuple[str, ...]:
        """The columns that a text may name as ``{{column}}``: all but that of the phones."""
        preview = self.preview
        if preview is None:
            return ()
        return tuple(
            name for place, name in enumerate(preview.columns) if place != preview.plan.phone
        )


@dataclass(frozen=True, slots=True)
class FileList:
    """At least one file, in the order in which they are read; ``current`` is the one shown."""

    files: tuple[ListedFile, ...]
    current: int = 0

    def __iter__(self) -> Iterator[ListedFile]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)

    @property
    def shown(self) -> ListedFile:
        """The file that is shown."""
        return self.files[self.current]

    @property
    def previews(self) -> tuple[FilePreview, ...]:
        """Those of the files that could be read."""
        return tuple(one.preview for one in self.files if one.preview is not None)

    @property
    def good(self) -> int:
        """Good rows of all files; a number that is in several files counts in each."""
        return sum(preview.good for preview in self.previews)

    @property
    def total(self) -> int:
        """Data rows of all files."""
        return sum(preview.total for preview in self.previews)

    @property
    def unread(self) -> int | None:
        """The place of the next file to be read, the shown one first; ``None`` when all are."""
        places = (self.current, *range(len(self.files)))
        return next((place for place in places if not self.files[place].is_read), None)

    @property
    def unusable(self) -> ListedFile | None:
        """The first file without a recipient."""
        return next((one for one in self.files if one.is_read and not one.is_usable), None)

    @property
    def shared_columns(self) -> tuple[str, ...]:
        """Columns for fields that all files have, by the names of the first that was read."""
        readable = [one for one in self.files if one.preview is not None]
        if not readable:
            return ()
        others = [set(map(field_key, one.field_columns)) for one in readable[1:]]
        return tuple(
            name
            for name in readable[0].field_columns
            if all(field_key(name) in names for names in others)
        )

    def showing(self, place: int) -> "FileList":
        """The same with another file shown."""
        return replace(self, current=place)

    def with_file(self, place: int, file: ListedFile) -> "FileList":
        """The same with one file replaced."""
        return replace(self, files=(*self.files[:place], file, *self.files[place + 1 :]))

    def without(self, place: int) -> "FileList":
        """The same without one of several files."""
        files = (*self.files[:place], *self.files[place + 1 :])
        current = self.current - (self.current > place)
        return FileList(files, min(current, len(files) - 1))


def listed(paths: tuple[Path, ...], options: ReadOptions) -> FileList:
    """A list of files that are all read with the same options at first."""
    return FileList(tuple(ListedFile(path, options) for path in paths))
