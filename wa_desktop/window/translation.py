"""The language of the screen: chosen, loaded, and spoken for the sentences of the core."""

from functools import cache, lru_cache
from string import Formatter
from typing import Any

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from wa_desktop.assets import resource
from wa_desktop.error_table import ErrorRule, error_table
from wa_desktop.window.core_sentences import SENTENCES
from wa_desktop.window.formats import number
from wa_desktop.words import Sentences, Words

LANGUAGES = ("en", "ru")


def choose_language(asked: str | None = None) -> str:
    """The language asked for, else the first of the system's that there is, else English."""
    wanted = [asked] if asked else list(QLocale.system().uiLanguages())
    for one in wanted:
        code = one.replace("_", "-").split("-")[0].lower()
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]


def install_language(app: QCoreApplication, asked: str | None = None) -> str:
    """Load the translations and set how numbers and dates are written; returns the language.

    English has a file too: it holds the plural forms.
    """
    language = choose_language(asked)
    system = QLocale.system()
    same = system.name().split("_")[0] == language
    QLocale.setDefault(system if same else QLocale(language))
    for name, folder in (
        (f"wa_desktop_{language}", str(resource("translations"))),
        (f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
    ):
        translator = QTranslator(app)
        if translator.load(name, folder):
            app.installTranslator(translator)
    return language


def translated(text: str) -> str:
    """A sentence of the core as the screen says it.

    Plain text, such as the ledger gives back, is recognised by the sentences there are; what
    is none of them stays as it is.
    """
    found = text if isinstance(text, Words) else _recognised(text)
    return text if found is None else _said(found)


def provider_refusal(code: int, text: str, subcode: int | None = None) -> str:
    """Why the provider refused a message: its own words where the screen is English."""
    if QLocale().language() is QLocale.Language.English:
        return text
    rule = error_table().rule_for(code, subcode)
    sentence = in_language(rule)
    return sentence if rule.known else f"{sentence} {text}".strip()


def _said(sentence: Words) -> str:
    template = QCoreApplication.translate("Core", sentence.template)
    rule = _provider_rules().get(sentence.template)
    if rule is not None:
        template = in_language(rule)
    arguments = {
        name: translated(part) if isinstance(part, str) else part
        for name, part in sentence.arguments.items()
    }
    return _FORMATTER.vformat(template, (), arguments)


def in_language(rule: ErrorRule) -> str:
    """What an error of the provider means, in the window's language."""
    return rule.sentence(QLocale().name())


@lru_cache(maxsize=2048)
def _recognised(text: str) -> Words | None:
    return _sentences().find(text)


@cache
def _sentences() -> Sentences:
    return Sentences((*SENTENCES, *_provider_rules()))


@cache
def _provider_rules() -> dict[str, ErrorRule]:
    """The rules of the provider's errors, by their English sentences."""
    return {rule.en: rule for rule in error_table().rules()}


class _Formatter(Formatter):
    """Whole numbers with the locale's marks; what was recognised in a text stays as written."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, int) and format_spec == ",":
            return number(value)
        return value if isinstance(value, str) else str(format(value, format_spec))


_FORMATTER = _Formatter()
