"""Writes the files that an action makes: all of them or none, and says why when it cannot."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path

from field_app.actions.context import refuse
from field_app.errors import UserError

_PART = ".part"
_GONE = (errno.ENODEV, errno.ENXIO, errno.EIO, errno.ENOENT, errno.ESTALE)


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write every file beside its place, then move all there; raises :class:`UserError`.

    What was there before stays as it was when one cannot be written, and no part is left behind.
    On disk before this returns: a stick may be pulled right after.
    """
    parts = {path.with_name(path.name + _PART): path for path in files}
    try:
        for part, path in parts.items():
            part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.touch(mode=0o600)
            with part.open("wb") as file:
                file.write(files[path])
                file.flush()
                os.fsync(file.fileno())
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "", str(path))
        for part, path in parts.items():
            part.replace(path)
    except OSError as error:
        for part in parts:
            _forget(part)
        raise not_written(error, next(iter(files)).parent) from error


def _forget(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return  # a folder that lets nothing be written lets nothing be removed; nothing is there


def not_written(error: OSError, folder: Path) -> UserError:
    """Why a file was not written into ``folder``, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return refuse(f"磁盘已满，没有写入{folder}。", "请清理磁盘，或者换一个文件夹再试。", code="write.full")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return refuse(f"文件夹{folder}不能写入。", "请换一个有写入权限的文件夹。", code="write.denied")
    if error.errno in _GONE:
        return refuse(f"{folder}读写不到了，没有写完。", "U盘可能已经拔出或者损坏；请插好或者换一个再试。",
                      code="write.gone")
    return refuse(f"文件没有写入{folder}。", "请核对文件夹和文件名，或者换一个文件夹再试。", code="write.failed")
