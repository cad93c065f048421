"""Writes the files that a verb makes: all of them or none, and says why when it cannot."""

import errno
from collections.abc import Mapping
from pathlib import Path

from field_app.errors import UserError

_PART = ".part"


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write every file beside its place, then move all there; raises :class:`UserError`.

    What was there before stays as it was when one cannot be written, and no part is left behind.
    """
    parts = {path.with_name(path.name + _PART): path for path in files}
    try:
        for part, path in parts.items():
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(files[path])
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "", str(path))
        for part, path in parts.items():
            part.replace(path)
    except OSError as error:
        for part in parts:
            _forget(part)
        raise _told(error, next(iter(files)).parent) from error


def _forget(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return  # a folder that lets nothing be written lets nothing be removed; nothing is there


def _told(error: OSError, folder: Path) -> UserError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UserError(f"磁盘已满，没有写入{folder}。", "请清理磁盘，或者换一个文件夹再试。")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return UserError(f"文件夹{folder}不能写入。", "请换一个有写入权限的文件夹。")
    return UserError(f"文件没有写入{folder}。", "请核对文件夹和文件名，或者换一个文件夹再试。")
