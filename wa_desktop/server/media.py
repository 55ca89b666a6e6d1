"""The types of bodies that are taken, and where."""

import re
from email.message import Message
from enum import StrEnum


class BodyType(StrEnum):
    """What a body may be."""

    JSON = "application/json"
    NDJSON = "application/x-ndjson"
    CSV = "text/csv"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    MULTIPART = "multipart/form-data"


_UPLOAD_PATH = re.compile(r"/api/contracts/[^/]+/recipients")


def takes_uploads(path: str) -> bool:
    """Whether files may be sent to a path, not JSON only."""
    return _UPLOAD_PATH.fullmatch(path) is not None


def accepted_type(content_type: str, *, uploads: bool) -> BodyType | None:
    """The type a Content-Type header names, or ``None`` when it is not taken here."""
    header = Message()
    header["content-type"] = content_type
    try:
        found = BodyType(header.get_content_type() if content_type else "")
    except ValueError:
        return None
    if found is not BodyType.JSON and not uploads:
        return None
    if found in (BodyType.JSON, BodyType.NDJSON):
        charset = header.get_content_charset("utf-8")
        return found if charset in ("utf-8", "utf8", "us-ascii") else None
    return found


def charset_of(content_type: str) -> str | None:
    """The encoding a Content-Type header names, if it does."""
    header = Message()
    header["content-type"] = content_type
    return header.get_content_charset()
