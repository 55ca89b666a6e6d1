"""Files of recipients as they come in: a raw body or the file of a form, kept on disk."""

import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Final

import anyio.to_thread
from fastapi import Request
from starlette.datastructures import UploadFile

from wa_desktop.server.bodies import spool, written_or_refused
from wa_desktop.server.media import BodyType, accepted_type, charset_of
from wa_desktop.server.problems import Refused
from wa_desktop.server.upload_folders import upload_folder

_NAMES: Final = {
    BodyType.JSON: "recipients.json",
    BodyType.NDJSON: "recipients.ndjson",
    BodyType.CSV: "recipients.csv",
    BodyType.XLSX: "recipients.xlsx",
}
_SUFFIXES: Final = {
    ".json": BodyType.JSON,
    ".ndjson": BodyType.NDJSON,
    ".jsonl": BodyType.NDJSON,
}
_FIELDS_AT_MOST = 20
_NAME_LENGTH = 60  # characters; of up to four bytes, which file systems count


@dataclass(frozen=True, slots=True)
class Upload:
    """A whole file on disk. ``encoding`` is the one its sender named, if any."""

    path: Path
    type: BodyType
    encoding: str | None = None


async def received_file(request: Request) -> AsyncIterator[Upload]:
    """The dependency that holds what was sent in a folder of its own for the call.

    Any size. Raises ``Refused`` (400 for a broken form, 415, 503 when the disk is full) and
    ``ClientDisconnect`` when the body breaks off.
    """
    header = request.headers.get("content-type", "")
    kind = accepted_type(header, uploads=True)
    if kind is None:
        raise Refused(HTTPStatus.BAD_REQUEST, "The body is empty. Send the recipients in it.")
    held = upload_folder()
    folder = await anyio.to_thread.run_sync(held.__enter__)
    try:
        if kind is BodyType.MULTIPART:
            yield await _from_form(request, folder)
        else:
            upload = Upload(folder / _NAMES[kind], kind, _encoding(kind, header))
            with upload.path.open("wb") as file:
                await spool(request, file, None)
            yield upload
    finally:
        await anyio.to_thread.run_sync(lambda: held.__exit__(None, None, None))


async def _from_form(request: Request, folder: Path) -> Upload:
    async with request.form(max_files=1, max_fields=_FIELDS_AT_MOST) as form:
        files = [value for value in form.values() if isinstance(value, UploadFile)]
        if not files:
            raise Refused(
                HTTPStatus.BAD_REQUEST, "The form holds no file. Add one as a file field."
            )
        file = files[0]
        path = folder / _safe_name(file.filename or "")
        source = file.file
        await anyio.to_thread.run_sync(written_or_refused, lambda: _copy(source, path))
        kind = _kind_of(path, file.content_type or "")
        return Upload(path, kind, _encoding(kind, file.content_type or ""))


def _copy(source: BinaryIO, path: Path) -> None:
    source.seek(0)
    with path.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)


def _safe_name(name: str) -> str:
    """A file's own name, for messages about it: no folders, no odd characters, not long."""
    own = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r"[^\w. ()+~$-]", "_", own).strip(". ")[-_NAME_LENGTH:]
    return plain or "recipients.csv"


def _kind_of(path: Path, content_type: str) -> BodyType:
    """JSON by name or type; anything else is a table, which is told apart by its content."""
    named = _SUFFIXES.get(path.suffix.lower())
    given = accepted_type(content_type, uploads=True)
    if named is not None:
        return named
    return given if given in (BodyType.JSON, BodyType.NDJSON) else BodyType.CSV


def _encoding(kind: BodyType, content_type: str) -> str | None:
    """What the sender named; UTF-8 is what many clients say of anything, so it is found out."""
    named = charset_of(content_type) if kind is BodyType.CSV else None
    return None if named in ("utf-8", "utf8") else named
