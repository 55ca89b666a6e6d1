"""What a person has filled in for a new campaign, and whether that is enough. Knows no Qt."""

from dataclasses import dataclass, replace
from enum import Enum

from wa_desktop.content import Content, MessageTemplate, field_key
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.messages.rendering import (
    Unrenderable,
    compose,
    fields_used,
    stray_in_message,
    unknown_in_message,
)
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.preview import FilePreview
from wa_desktop.recipients.rows import RecipientRow
from wa_desktop.window.new_campaign.files.listed_files import FileList, ListedFile
from wa_desktop.window.new_campaign.when import AT_ONCE, When


class Source(Enum):
    """Where the words of the messages come from."""

    COLUMN = "column"
    TEXT = "text"
    TEMPLATE = "template"


class Lack(Enum):
    """What is missing before a campaign can be made."""

    RECIPIENTS = "recipients"
    READING = "reading"
    FILE = "file"
    NAME = "name"
    ACCOUNT = "account"
    COLUMN = "column"
    TEXT = "text"
    TEMPLATE = "template"
    UNKNOWN_FIELDS = "unknown_fields"


@dataclass(frozen=True, slots=True)
class MessageChoice:
    """The message part of the form. Template parameters are one a line, in their order."""

    source: Source = Source.TEXT
    column: str | None = None
    text: str = ""
    template_name: str = ""
    template_language: str = ""
    parameters: tuple[str, ...] = ()

    @property
    def body(self) -> str | None:
        """The shared text, if that is what was chosen."""
        return self.text if self.source is Source.TEXT else None

    @property
    def template(self) -> MessageTemplate | None:
        """The template, if that is what was chosen."""
        if self.source is not Source.TEMPLATE:
            return None
        numbered = {str(place): text for place, text in enumerate(self.parameters, start=1)}
        return MessageTemplate(self.template_name, self.template_language, numbered)


@dataclass(frozen=True, slots=True)
class CampaignForm:
    """All of the form beside the file itself."""

    name: str
    account_id: str | None
    message: MessageChoice
    when: When = AT_ONCE

    def new_contract(self) -> NewContract:
        """The contract to be made; the form must lack nothing."""
        assert self.account_id is not None
        return NewContract(
            account_id=self.account_id,
            name=self.name,
            message=self.message.body,
            template=self.message.template,
            start_at=self.when.start_at,
            zone=self.when.own_zone,
            quiet_hours=self.when.quiet_hours,
            expires_at=self.when.expires_at,
        )

    def read_options(self, preview: FilePreview) -> ReadOptions:
        """How to read a file for this message: exactly as it was previewed."""
        own = self.message.source is Source.COLUMN
        return replace(
            preview.settled, message=self.message.column if own else None, own_messages=own
        )

    def lacks(self, files: FileList) -> Lack | None:
        """The first thing that is missing, ``None`` when the campaign can be made."""
        if len(files) > 1 and files.unusable is not None:
            return Lack.FILE
        if not files.good:
            return Lack.RECIPIENTS
        if files.unread is not None:
            return Lack.READING
        if not self.name:
            return Lack.NAME
        if self.account_id is None:
            return Lack.ACCOUNT
        return self._message_lack(files)

    def _message_lack(self, files: FileList) -> Lack | None:
        message = self.message
        if message.source is Source.COLUMN and message.column is None:
            return Lack.COLUMN
        if message.source is Source.TEXT and not message.text.strip():
            return Lack.TEXT
        if message.source is Source.TEMPLATE and not (
            message.template_name and message.template_language
        ):
            return Lack.TEMPLATE
        return Lack.UNKNOWN_FIELDS if any(map(self.unknown, files)) else None

    def unknown(self, file: ListedFile) -> tuple[str, ...]:
        """What the message needs that no column of the file answers to."""
        message, columns = self.message, file.field_columns
        if message.source is Source.COLUMN:
            column = message.column or ""
            known = set(map(field_key, columns))
            return () if field_key(column) in known else (column,)
        return unknown_in_message(message.body, message.template, columns)

    def stray(self) -> str | None:
        """Half a field in the message, such as one whose braces were not closed."""
        return stray_in_message(self.message.body, self.message.template)

    def uses_fields(self) -> bool:
        """Whether the message differs from recipient to recipient by fields."""
        return bool(fields_used(self.message.body, self.message.template))


def first_message(
    form: CampaignForm, preview: FilePreview
) -> tuple[RecipientRow, Content | Unrenderable] | None:
    """What the first good recipient will get; ``None`` when there is none."""
    message = form.message
    unnamed = message.source is Source.TEMPLATE and not message.template_name
    if not preview.recipients or unnamed:
        return None
    row = preview.recipients[0]
    variables = dict(row.variables)
    if preview.plan.message is not None:
        variables[preview.columns[preview.plan.message]] = row.message or ""
    own = None
    if form.message.source is Source.COLUMN:
        own = variables.get(form.message.column or "", "")
    return row, compose(form.message.body, form.message.template, own, variables)
