"""Lists of what was imported, from laptop to laptop: hashes only, so that no card goes in twice."""

import json
import re
from pathlib import Path
from typing import Any

from field_app.actions.context import Session, refuse
from field_app.storage import imports
from field_app.storage.imports import Known

FORMAT = "le-imported/1"
MAX_BYTES = 64 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DEVICE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,31}")
_MOST = 200_000


def write_known(session: Session, path: Path) -> int:
    """Write this laptop's list; how many originals it names."""
    with session.begin() as tx:
        known = imports.all_stored(tx)
    text = json.dumps({
        "format": FORMAT, "device": session.header.device,
        "files": [{"size": k.size, "sample": k.sample, "sha256": k.sha256, "at": k.at}
                  for k in known]}, ensure_ascii=False, indent=1)
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise refuse(f"“{path}”写不进去。", "请换一个位置。", code="known.write") from error
    return len(known)


def _known(one: Any, device: str) -> Known:
    made = Known(int(one["size"]), str(one["sample"]), str(one["sha256"]), str(one["at"])[:40],
                 device)
    if not _SHA256.fullmatch(made.sha256) or not _SHA256.fullmatch(made.sample) or made.size < 0:
        raise ValueError("not a hash")
    return made


def take_known(session: Session, path: Path) -> int:
    """Take in another laptop's list; how many were new. ``UserError`` for anything else."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too large")
        data = json.loads(path.read_text("utf-8"))
        device, files = str(data["device"]), data["files"]
        if data["format"] != FORMAT or not _DEVICE.fullmatch(device) or len(files) > _MOST:
            raise ValueError("another format")
        known = [_known(one, device) for one in files]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise refuse(f"“{path.name}”不是导入清单，或已损坏。",
                     "请在另一台电脑上重新导出（field-app media known）。", code="known.file") from error
    if device == session.header.device:
        return 0
    with session.begin() as tx:
        new = imports.learn(tx, known)
        session.note(tx, "imported_list_taken", body={"device": device, "files": new})
    return new
