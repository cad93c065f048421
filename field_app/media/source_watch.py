"""Watches that sound still comes from the microphone of the sound server that was asked for.

A server leads whoever listens to a microphone that is pulled out on to its default one, and says
nothing to the listener. It tells those who ask for its news, of which one small program is a reader here.
"""

import os
import re
import shutil
import subprocess
import threading
import time
from typing import IO

from field_app.media.sound_server import MARK, source_names, streams

# Whatever news may have been missed: two questions of six milliseconds each.
_ASK_ANYWAY_S = 10.0
_NEWS = re.compile(rb"Event '(change|remove)' on (source|source-output) #(\d{1,10})\s*")


class SourceWatch:
    """``device``: a microphone's name in the server, behind ``MARK``. :meth:`strayed` and :meth:`close` belong to
    one thread, which outlives the watch."""

    def __init__(self, device: str) -> None:
        self._name = device.removeprefix(MARK)
        self._doubts, self._settled = 1, 0
        self._mine: frozenset[tuple[bytes, bytes]] = frozenset()
        self._asked = 0.0
        self._reader: subprocess.Popen[bytes] | None = None
        self._listen()

    @property
    def doubtful(self) -> bool:
        """Whether it is not known whose sound comes, from when something was heard to have changed until it is
        asked."""
        return self._doubts != self._settled

    def doubt(self) -> None:
        """A stream was opened, or what it hears may have changed."""
        self._doubts += 1

    def strayed(self) -> bool:
        """Whether another microphone is heard; the server is asked where there is a doubt, else now and then.

        A server that does not answer is believed to give what was asked for."""
        if not self.doubtful and time.monotonic() - self._asked < _ASK_ANYWAY_S:
            return False
        doubts, self._asked = self._doubts, time.monotonic()
        if self._reader is None or self._reader.poll() is not None:
            self._listen()
        strayed = self._is_elsewhere()
        self._settled = 0 if strayed else doubts
        return strayed

    def _is_elsewhere(self) -> bool:
        mine = [one for one in streams() if one.process == os.getpid()]
        names = source_names() if mine else {}
        heard = [one for one in mine if names.get(one.source) == self._name]
        self._mine = frozenset(news for one in heard for news in (
            (b"source-output", str(one.number).encode()), (b"source", str(one.source).encode())))
        return bool(mine and names and not heard)

    def _listen(self) -> None:
        # The reader ends with the thread that began it, also where this program is killed.
        bound = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        self.close()
        try:
            self._reader = subprocess.Popen(
                [*bound, "pactl", "subscribe"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C.UTF-8"})
        except OSError:
            return
        if self._reader.stdout is not None:
            threading.Thread(target=self._read, args=(self._reader.stdout,), name="sound news", daemon=True).start()

    def _read(self, news: IO[bytes]) -> None:
        with news:
            for line in news:
                told = _NEWS.fullmatch(line)
                # A microphone changes whenever somebody sets its volume; a stream, when it is led elsewhere.
                if told and told.group(2, 3) in self._mine and told.group(1, 2) != (b"change", b"source"):
                    self.doubt()

    def close(self) -> None:
        """Read no more news."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.kill()
            reader.wait()
