"""The error tree. Each says what happened, to what, and what to do.

WaDesktopError
    SettingsError          a setting has a value that is not allowed
    LedgerError            the database cannot do what was asked
        LedgerUnavailable  out of reach, locked or gone: try again
        LedgerFull         the disk of the data folder is full
        LedgerDamaged      its file is damaged, cut short, read-only or no ledger
        LedgerNewer        written by a newer program
        LedgerBusy         another program sends from this ledger
        WrongKey           the tokens in the ledger were stored with another key than this one
        TokenUnusable      one account's token cannot be used, and must be entered again
    QueueUnavailable       Redis or the queue file is out of reach
    NotFound               no contract, account or message of that id
    MoveRefused            the state does not allow the move
    InvalidInput           a value, a file or a body is not usable
        NoPhoneColumn      a file without a column of phone numbers
        UncertainQuotes    quotation marks that may swallow rows of a file
    ReadingStopped         the process that read a file ended before its work was done
    ProviderError          the WhatsApp provider refused a call that is not a message
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wa_desktop.words import Words, joined, words


class WaDesktopError(Exception):
    """Root of all errors this program raises on purpose; ``str()`` is fit for a user."""


class SettingsError(WaDesktopError):
    """A setting is wrong: names the variable, what was found and what is allowed.

    ``others`` are further wrong settings; each adds its own line.
    """

    def __init__(
        self, variable: str, found: str, allowed: str, others: Sequence["SettingsError"] = ()
    ) -> None:
        line = f"{variable}: found {found}, allowed: {allowed}"
        super().__init__("\n".join([line, *map(str, others)]))
        self.variable = variable
        self.found = found
        self.allowed = allowed


class LedgerError(WaDesktopError):
    """The ledger could not do what was asked."""


class LedgerUnavailable(LedgerError):
    """The ledger is out of reach, locked or gone; the same call may go through later."""


class LedgerFull(LedgerError):
    """The disk that holds the ledger is full."""


class LedgerDamaged(LedgerError):
    """A ledger's file, or a backup's, cannot be used as it is: damaged, cut short, read-only,
    or no ledger at all."""


class LedgerNewer(LedgerError):
    """The ledger was written by a newer version of the program."""


class LedgerBusy(LedgerError):
    """Another program already sends from this ledger."""


class WrongKey(LedgerError):
    """The key of this machine is not the key that seals the ledger's tokens."""


class TokenUnusable(LedgerError):
    """The stored token of one account is of another address or damaged: enter it again."""


class QueueUnavailable(WaDesktopError):
    """The job queue (Redis or the queue file) is out of reach."""


_KINDS: dict[str, Words] = {
    "contract": words("campaign"),
    "account": words("account"),
    "message": words("message"),
    "suppression": words("suppression"),
}


class NotFound(WaDesktopError):
    """Nothing of that kind has that id."""

    def __init__(self, kind: str, id: object) -> None:
        super().__init__(
            words("There is no {kind} with the id {id}.", kind=_KINDS.get(kind, kind), id=id)
        )
        self.kind = kind
        self.id = id


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong place in an input: ``at`` is a path such as ``recipients[3].phoneNumber``."""

    at: str
    reason: str


class MoveRefused(WaDesktopError):
    """The present state does not allow the move.

    ``state`` is the present state's word, ``allowed`` the moves that it does allow;
    ``problems`` name what stands in the way, where it is to be mended.
    """

    def __init__(
        self,
        message: str,
        *,
        state: str,
        allowed: Sequence[str] = (),
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message)
        self.state = state
        self.allowed = tuple(allowed)
        self.problems = tuple(problems)


def listed(problems: Sequence[Problem]) -> Words:
    """What is wrong, place by place, in one line."""
    return joined("; ", (words("{at} {reason}", at=one.at, reason=one.reason) for one in problems))


class InvalidInput(WaDesktopError):
    """A value, a file or a body cannot be used; ``problems`` names each place."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class NoPhoneColumn(InvalidInput):
    """No column of the file holds phone numbers; ``columns`` are those that were found."""

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__(
            words(
                "No column with phone numbers was found. Columns in the file: {columns}. Add one, "
                "or say which column holds the numbers.",
                columns=", ".join(columns) or words("none"),
            )
        )
        self.columns = tuple(columns)


class UncertainQuotes(InvalidInput):
    """Quotation marks of a text table enclose what may be other rows; ``line`` is the line
    where the doubtful row begins. Reading them as plain characters is the way out."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class ReadingStopped(WaDesktopError):
    """The process that read a file was ended (by a cancel, by the system) before it was done."""


class ProviderError(WaDesktopError):
    """The provider refused a call about an account (never a message: those are outcomes)."""
