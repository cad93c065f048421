"""A road worse than any: slow, far, losing packets, cut on the minute. In user space, over real TCP."""

import contextlib
import queue
import random
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

_PACKET = 1400
_RESET = struct.pack("ii", 1, 0)


@dataclass
class BadRoad:
    """Passes TCP to ``port`` at ``rate`` bytes a second upward, ``delay`` seconds each way.

    ``loss``: share of packets that come only after a retransmission; ``cut_every``: seconds after
    which every connection is reset. ``sent`` counts what the laptop gave to the road.
    """

    port: int
    rate: float
    delay: float
    loss: float = 0.0
    cut_every: float = 0.0
    sent: int = 0
    cuts: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    _free: float = 0.0
    _pairs: list[tuple[socket.socket, socket.socket]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "BadRoad":
        self._listener = socket.socket()
        # Little waits in buffers, as on a slow modem; what waits there would be lost uncounted.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 10)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(16)
        self.address = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        if self.cut_every:
            threading.Thread(target=self._cutter, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Reset every connection now."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        self.cuts += bool(pairs)
        for end in (end for pair in pairs for end in pair):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _cutter(self) -> None:
        while not self._stop.wait(self.cut_every):
            self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self.port))
            except OSError:
                return
            with self._lock:
                self._pairs.append((near, far))
            for source, target, upward in ((near, far, True), (far, near, False)):
                waiting: queue.Queue[tuple[float, bytes]] = queue.Queue(maxsize=64)
                threading.Thread(target=self._read, args=(source, waiting, upward), daemon=True).start()
                threading.Thread(target=self._write, args=(target, waiting), daemon=True).start()

    def _turn(self, count: int) -> float:
        """When the shared road is free for so many bytes."""
        with self._lock:
            begins = max(self._free, time.monotonic())
            self._free = begins + count / self.rate
            self.sent += count
            return self._free

    def _read(self, source: socket.socket, waiting: "queue.Queue[tuple[float, bytes]]",
              upward: bool) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := source.recv(_PACKET):
                due = self._turn(len(data)) if upward else time.monotonic()
                time.sleep(max(0.0, due - time.monotonic()))
                if self.chance.random() < self.loss:
                    due += 3 * self.delay  # The next ones wait behind it, as TCP makes them.
                waiting.put((due + self.delay, data))
        waiting.put((0.0, b""))

    def _write(self, target: socket.socket, waiting: "queue.Queue[tuple[float, bytes]]") -> None:
        with contextlib.suppress(OSError, ValueError):
            while True:
                due, data = waiting.get()
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                time.sleep(max(0.0, due - time.monotonic()))
                target.sendall(data)

