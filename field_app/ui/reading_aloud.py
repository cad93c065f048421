"""Reads a paper aloud a sentence at a time, so that it can be stopped and go on where it was."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject, Signal

from field_app.domain.spoken import Sentence, sentences

if TYPE_CHECKING:
    from PySide6.QtTextToSpeech import QTextToSpeech

# speech-dispatcher names Mandarin by ISO 639-3 ("cmn"), which Qt's locales do not know.
_MANDARIN = ("mandarin", "普通话", "putonghua")


class ReadingAloud(QObject):
    """``reads``: the sentence that is read now; ``changed``: reading began, stopped or ended; ``broke``:
    the voice fell silent by itself."""

    reads = Signal(object)
    changed = Signal()
    broke = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._voice: QTextToSpeech | None = None
        self._text = ""
        self._sentences: list[Sentence] = []
        self._next = 0
        self.reading = False

    def is_able(self) -> bool:
        """Whether this computer has a Chinese voice. Looked for when first asked: that is slow."""
        if self._voice is None:
            self._voice = _chinese_voice(self)
            if self._voice is not None:
                self._voice.stateChanged.connect(self._voice_changed)
        return self._voice is not None

    def read(self, text: str) -> None:
        """Read ``text``: from its beginning, or where :meth:`stop` left the same text."""
        if not self.is_able() or self._voice is None:
            return
        if text != self._text:
            self._text, self._sentences, self._next = text, sentences(text), 0
        self.reading = True
        if self._voice.state() is self._voice.State.Ready:
            self._say()
        else:
            self.changed.emit()  # What was stopped just now is not silent yet: its end begins the next.

    def stop(self) -> None:
        """Fall silent; the sentence that was cut is read again from its beginning."""
        if not self.reading or self._voice is None:
            return
        self.reading = False
        self._next = max(0, self._next - 1)
        self._voice.stop()
        self.changed.emit()

    def _say(self) -> None:
        if self._voice is None or self._next >= len(self._sentences):
            self.reading, self._next = False, 0
            self.changed.emit()
            return
        sentence = self._sentences[self._next]
        self._next += 1
        self._voice.say(sentence.spoken)
        self.reads.emit(sentence)
        self.changed.emit()

    def _voice_changed(self, state: "QTextToSpeech.State") -> None:
        if self._voice is None or not self.reading:
            return
        if state is self._voice.State.Ready:
            self._say()
        elif state is self._voice.State.Error:
            self.stop()
            self.broke.emit()


def _chinese_voice(parent: QObject) -> "QTextToSpeech | None":
    from PySide6.QtTextToSpeech import QTextToSpeech

    for engine in QTextToSpeech.availableEngines():
        if engine == "mock":
            continue
        made = _begun(engine, parent)
        if made.state() is not QTextToSpeech.State.Error and _set_chinese(made):
            return made
        made.deleteLater()
    return None


def _begun(engine: str, parent: QObject) -> "QTextToSpeech":
    """An engine begins with a voice for the desk's own locale. One that has none (speech-dispatcher, for
    zh_CN) gives up for good, so it is begun with a locale that it has."""
    from PySide6.QtTextToSpeech import QTextToSpeech
    from shiboken6 import delete

    made = QTextToSpeech(engine, parent)
    known = made.availableLocales()
    if made.state() is not QTextToSpeech.State.Error or not known:
        return made
    delete(made)  # At once: speech-dispatcher's engine takes the voice's reports for whichever was first.
    own = QLocale()
    QLocale.setDefault(known[0])
    try:
        return QTextToSpeech(engine, parent)
    finally:
        QLocale.setDefault(own)


def _set_chinese(voice: "QTextToSpeech") -> bool:
    known = voice.availableLocales()
    # As it is spoken in China first, then anywhere else.
    spoken = sorted((each for each in known if each.language() == QLocale.Language.Chinese),
                    key=lambda each: each.territory() != QLocale.Country.China)
    if spoken:
        voice.setLocale(spoken[0])
        return True
    if QLocale.c() not in known:
        return False
    before = voice.locale()
    voice.setLocale(QLocale.c())
    for each in voice.availableVoices():
        if any(name in each.name().lower() for name in _MANDARIN):
            voice.setVoice(each)
            return True
    voice.setLocale(before)
    return False
