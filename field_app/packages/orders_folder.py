"""What headquarters sends down, on a stick: one document and its signature for each (PROTOCOL.md, section 8)."""

import errno
import re
from pathlib import Path

from field_app.packages.bag import read_limited
from field_app.packages.durable import is_regular, write_file
from field_app.protocol.limits import MAX_ORDER_BYTES
from field_app.protocol.messages import MAX_SIGNATURE_BYTES, InboxItem, InboxKind, SignedDocument
from field_app.protocol.strict import Malformed

FOLDER = "headquarters-orders"
MAX_ORDERS = 5000
_NAME = re.compile(r"(\d{10})-(bundle|catalogue|order)\.json")


def write_orders(stick: Path, items: list[InboxItem]) -> Path:
    """Lay inbox items onto a stick; what lies there from before is taken away. ``OSError``."""
    folder = stick / FOLDER
    if folder.is_symlink():
        raise OSError(errno.ELOOP, "a link")  # Whoever laid it there chose where we would write.
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if _NAME.fullmatch(path.name) or _NAME.fullmatch(path.with_suffix(".json").name):
            path.unlink()
    for item in items:
        path = folder / f"{item.cursor:010d}-{item.kind.value}.json"
        # The document comes last: whoever finds it finds its signature too.
        write_file(path.with_suffix(".p7s"), item.signed.signature)
        write_file(path, item.signed.document)
    return folder


def read_orders(stick: Path) -> list[tuple[InboxKind, SignedDocument]]:
    """What lies on a stick, in headquarters' order, unjudged; links and half copies are passed over.

    ``OSError`` when the stick cannot be read.
    """
    folder = stick / FOLDER
    if not folder.is_dir() or folder.is_symlink():
        return []
    found = []
    names = sorted(p.name for p in folder.iterdir() if _NAME.fullmatch(p.name))
    for name in names[:MAX_ORDERS]:
        path, told = folder / name, _NAME.fullmatch(name)
        if told is None or not is_regular(path) or not is_regular(path.with_suffix(".p7s")):
            continue
        try:
            signed = SignedDocument(read_limited(path, MAX_ORDER_BYTES),
                                    read_limited(path.with_suffix(".p7s"), MAX_SIGNATURE_BYTES))
        except Malformed:
            continue
        found.append((InboxKind(told[2]), signed))
    return found
