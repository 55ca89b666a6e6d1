"""What is said where this machine's key is not the ledger's: what is wrong and what to do."""

from wa_desktop.errors import LedgerBusy, WrongKey
from wa_desktop.ledger.records import WorkerRecord
from wa_desktop.ledger.vault import KeySource, Vault
from wa_desktop.words import Words, words


def wrong_key(vault: Vault, ledgers: KeySource | None) -> WrongKey:
    """The refusal; ``ledgers``: where the ledger's key comes from, ``None``: not known."""
    return WrongKey(
        words(
            "{what} Nothing was changed. {advice} To set a new key: wa-desktop key set --help.",
            what=_what(vault, ledgers),
            advice=_advice(vault, ledgers),
        )
    )


def key_changed() -> WrongKey:
    """The ledger got another key while this program ran."""
    return WrongKey(
        words(
            "The ledger's key was changed while this program was running. Start the program again "
            "with the new key. Nothing was changed."
        )
    )


def earlier_workers(alive: tuple[WorkerRecord, ...]) -> LedgerBusy:
    """A program of an earlier version would not find the tokens again."""
    return LedgerBusy(
        words(
            "An earlier version of wa-desktop still sends from this ledger (process {pid} on "
            "{host}), and could not read the access tokens as this version stores them. Stop "
            "every window, server and worker of that version, then start again. Nothing was "
            "changed. One that was killed counts as running for 15 seconds.",
            pid=alive[0].pid,
            host=alive[0].host,
        )
    )


def _what(vault: Vault, ledgers: KeySource | None) -> Words:
    if vault.source is KeySource.PASSPHRASE:
        if ledgers is KeySource.FILE:
            return words(
                "The access tokens in this ledger were stored with a key file, but WA_SECRET_KEY "
                "is set here."
            )
        return words("WA_SECRET_KEY is not the key that the access tokens in this ledger need.")
    if ledgers is KeySource.PASSPHRASE:
        return words(
            "The access tokens in this ledger were stored with a WA_SECRET_KEY, which is not set "
            "here."
        )
    if vault.path is not None and not vault.path.exists():
        return words(
            "The access tokens in this ledger were stored with another key, and there is no key "
            "file {path} here.",
            path=vault.path,
        )
    return words(
        "The key file {path} is not the key that the access tokens in this ledger need.",
        path=vault.path or "",
    )


def _advice(vault: Vault, ledgers: KeySource | None) -> Words:
    if ledgers is KeySource.PASSPHRASE:
        return words(
            "Set WA_SECRET_KEY to the value that it has on the machine that stored the tokens."
        )
    if ledgers is None:
        return words(
            "Use the key of the machine that stored the tokens: the same WA_SECRET_KEY, or, where "
            "it is not set there, a copy of that machine's secret.key in the data folder."
        )
    if vault.source is KeySource.PASSPHRASE:
        return words(
            "Start without WA_SECRET_KEY and with the secret.key of the machine that stored the "
            "tokens, or make WA_SECRET_KEY the ledger's key with: wa-desktop key set."
        )
    return words(
        "Copy the file secret.key from the data folder of the machine that stored the tokens to "
        "{path}.",
        path=vault.path or "",
    )
