"""The desk's language: Chinese is the source; others come from ``resources/languages``.

``tr`` is for sentences of the screens, ``tr_later`` marks those made once and shown later, ``said``
is for sentences that the core made. Papers and what officers wrote stay as they are.
"""

from typing import Any

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from field_app import logs
from field_app.errors import UserError
from field_app.languages import CHINESE, LANGUAGES, UI, Sentences, compiled, sentences


class _Worn:
    """The language in use; without ``sentences`` it is Chinese and nothing is looked up."""

    def __init__(self) -> None:
        self.name = CHINESE
        self.sentences: Sentences | None = None
        self.translators: list[QTranslator] = []


_worn = _Worn()
# Qt's own words (buttons of its dialogs) by the language of the desk.
_QT = {CHINESE: ("qtbase_zh_CN", QLocale(QLocale.Language.Chinese, QLocale.Country.China)),
       "en": ("qtbase_en", QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))}


def tr(text: str, /, **values: Any) -> str:
    """``text`` in the desk's language, its named holes filled with ``values``."""
    if _worn.sentences is not None:
        text = QCoreApplication.translate(UI, text)
    return text.format(**values) if values else text


def tr_later(text: str, /) -> str:
    """Marks a sentence that is made once and shown later: ``tr`` is called where it is shown."""
    return text


def said(text: str) -> str:
    """A sentence of the core in the desk's language; names and what officers wrote stay."""
    return text if _worn.sentences is None else _worn.sentences.said(text)


def capital(text: str) -> str:
    """A word or sentence that stands alone begins with a capital, where the language has them: the core's
    parts of sentences are small, as most stand within one."""
    return text if _worn.sentences is None else text[:1].upper() + text[1:]


def told(error: UserError) -> str:
    """Both sentences of a refusal on one line."""
    return tr("{what}{remedy}", what=said(error.what), remedy=said(error.remedy))


def language() -> str:
    """The desk's language, a key of ``LANGUAGES``."""
    return _worn.name


def speak(name: str) -> None:
    """Speak ``name`` from now on: what is made from here on is in it. Unknown or unreadable: Chinese."""
    app = QCoreApplication.instance()
    if app is None:
        raise RuntimeError("the application is not there yet")
    for old in _worn.translators:
        app.removeTranslator(old)
    _worn.name, _worn.sentences, _worn.translators = CHINESE, None, []
    if name in LANGUAGES and name != CHINESE:
        try:
            _worn.sentences = sentences(name)
            _worn.name = name
            _install(app, str(compiled(name)))
        except (OSError, ValueError) as error:
            logs.defect(error)
            _worn.name, _worn.sentences = CHINESE, None
    words, locale = _QT[_worn.name]
    QLocale.setDefault(locale)
    _install(app, f"{QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)}/{words}.qm", must=False)


def _install(app: QCoreApplication, path: str, *, must: bool = True) -> None:
    made = QTranslator(app)
    if made.load(path):
        app.installTranslator(made)
        _worn.translators.append(made)
    elif must:
        raise ValueError(f"{path} is no translation")
