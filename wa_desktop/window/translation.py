"""Chooses and loads the language of the screen."""

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from wa_desktop.assets import resource

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
