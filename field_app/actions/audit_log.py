"""The event log as evidence: heads signed, the whole exported for others to verify, and verified here.

An export is a folder: ``events.jsonl`` (one canonical event a line), ``heads.jsonl`` (signed heads),
``device.pem``, ``root.pem`` (root first, then the district's), and ``verify_log.py``, which needs
nothing of this program.
"""

import base64
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from field_app.actions.context import Session, refuse
from field_app.credentials.certificate_file import pem_of
from field_app.credentials.session_keys import signed_by_certificate
from field_app.crypto.canonical import canonical
from field_app.domain.events import GENESIS
from field_app.errors import Cancelled, UserError
from field_app.storage import events, heads
from field_app.storage.heads import SignedHead
from field_app.storage.store import Tx

HEAD_FORMAT = "le-head/1"
EVENTS, HEADS, DEVICE, ROOT, SCRIPT = (
    "events.jsonl", "heads.jsonl", "device.pem", "root.pem", "verify_log.py")
_BATCH = 5000
_README = """本机操作日志导出

events.jsonl    每行一个事件，规范化JSON；每行的SHA-256就是下一行的prev
heads.jsonl     本机签名的日志末端
device.pem      本机证书；root.pem 本区证书
verify_log.py   独立的验证程序，只需要 Python 3.11 和 cryptography

    python verify_log.py events.jsonl --root root.pem --device device.pem --heads heads.jsonl

日志末尾被截去的，只有与外面的末端值比较才能发现：打印的笔录页脚、封存的案件包、总部的回执
都写有当时的末端值，用 --head 编号:校验值 提供。
"""


def sign_head(session: Session, tx: Tx, why: str) -> SignedHead:
    """Sign the newest link with the device's key. ``why``: ``logout``, ``sync``, ``stick`` or
    ``partner``."""
    head = events.head(tx)
    statement = canonical({
        "format": HEAD_FORMAT, "device": session.header.device, "seq": head.seq, "hash": head.hash,
        "at": session.now().iso(), "why": why})
    made = SignedHead(head.seq, why, statement.decode(),
                      base64.b64encode(session.device_key.sign(statement)).decode())
    heads.add(tx, made)
    return made


def log_lines(tx: Tx) -> Iterator[bytes]:
    """Every event's bytes, oldest first, in batches of bounded size."""
    after = 0
    while batch := events.since(tx, after, limit=_BATCH):
        for event in batch:
            yield event.data
        after = batch[-1].seq


@dataclass(frozen=True)
class Exported:
    """Where the export is, and the last link it holds."""

    folder: Path
    events: int
    head: str


def export_log(session: Session, folder: Path, *,
               cancelled: Callable[[], bool] = lambda: False) -> Exported:
    """Write the whole log into a new folder; it holds certificate numbers and hashes, no contents.

    The export itself is an event, the last one in it. ``UserError`` when the folder is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise refuse(f"文件夹{folder.name}不是空的。", "请另选一个空文件夹。", code="audit.folder")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with session.begin() as tx:
            session.note(tx, "log_exported", body={"to": events.head(tx).seq + 1})
            sign_head(session, tx, "export")
        with session.begin() as tx:
            last = _write_events(tx, folder, cancelled)
            _write(folder / HEADS, b"".join(
                json.dumps({"statement": h.statement, "signature": h.signature}).encode() + b"\n"
                for h in heads.all_heads(tx)))
        _write(folder / DEVICE, pem_of(session.header.certificate))
        _write(folder / ROOT, session.trust.authorities_pem())
        script = Path(__file__).resolve().parent.parent / "cli" / SCRIPT
        _write(folder / SCRIPT, script.read_bytes())
        _write(folder / "README.txt", _README.encode())
    except OSError as error:
        raise refuse("日志写不进所选位置。", "请检查磁盘空间，或另选位置。", code="audit.disk") from error
    return Exported(folder, last.seq, last.hash)


def _write_events(tx: Tx, folder: Path, cancelled: Callable[[], bool]) -> events.Head:
    with (folder / EVENTS).open("wb") as file:
        for number, line in enumerate(log_lines(tx)):
            file.write(line + b"\n")
            if number % _BATCH == 0 and cancelled():
                raise Cancelled
        file.flush()
        os.fsync(file.fileno())
    return events.head(tx)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


@dataclass(frozen=True)
class Audit:
    """What a verification on this laptop found: ``broken_at`` is the first link that does not hold."""

    events: int
    head: str
    broken_at: int | None
    heads: int
    false_heads: tuple[int, ...]

    @property
    def ok(self) -> bool:
        return self.broken_at is None and not self.false_heads


def verify_here(session: Session, *, known: tuple[tuple[int, str], ...] = ()) -> Audit:
    """Hold the log to its chain, its signed heads, and heads ``known`` from outside (number and at
    least 16 digits of the hash)."""
    with session.begin() as tx:
        broken, head = events.first_break(tx), events.head(tx)
        signed = heads.all_heads(tx)
        told = [(h.seq, str(json.loads(h.statement)["hash"])) for h in signed] + list(known)
        hashes = events.hashes(tx, [seq for seq, _ in told])
    for _, digest in known:
        if len(digest) < 16:
            raise UserError("日志末端的校验值少于16位。", "请照打印件或者回执完整输入。", code="audit.head")
    false = tuple(sorted({seq for seq, digest in told
                          if not hashes.get(seq, GENESIS).startswith(digest.lower())}
                         | {h.seq for h in signed if not signed_by_certificate(
                             h.statement.encode(), h.signature, session.header.certificate)}))
    return Audit(head.seq, head.hash, broken, len(signed), false)
