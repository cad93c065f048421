"""A secret of this machine, so that what is bound to it is worth nothing elsewhere.

On Windows it rests under DPAPI (CryptProtectData, user scope). Elsewhere it is a file outside the
data folder, readable by this user alone: who copies the data folder does not have it, who owns the
whole disk does. It is the second of two factors, never the only one.
"""

import os
import sys
from pathlib import Path

SECRET_BYTES = 32
_NAME = "machine.key"


def machine_folder() -> Path:
    """Where machine-bound things lie: not in the data folder, so not in copies of it."""
    told = os.environ.get("FIELD_DESK_MACHINE")
    if told:
        return Path(told)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "FieldDesk"
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "field-desk"


def machine_secret(folder: Path | None = None) -> bytes:
    """The 32 bytes, made at the first call; ``OSError`` when they can be neither read nor kept."""
    place = (folder or machine_folder()) / _NAME
    try:
        kept = _unprotect(place.read_bytes())
        if len(kept) == SECRET_BYTES:
            return kept
    except FileNotFoundError:
        pass
    made = os.urandom(SECRET_BYTES)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = place.with_name(f"{_NAME}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(_protect(made))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(place)
    return made


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _Blob(ctypes.Structure):
        _fields_ = (("size", wintypes.DWORD), ("data", ctypes.POINTER(ctypes.c_char)))

    def _dpapi(name: str, data: bytes) -> bytes:
        buffer = ctypes.create_string_buffer(data, len(data))
        given, made = _Blob(len(data), buffer), _Blob()
        if not getattr(ctypes.windll.crypt32, name)(
                ctypes.byref(given), None, None, None, None, 0, ctypes.byref(made)):
            raise OSError("the machine's protection does not answer")
        try:
            return ctypes.string_at(made.data, made.size)
        finally:
            ctypes.windll.kernel32.LocalFree(made.data)

    def _protect(data: bytes) -> bytes:
        return _dpapi("CryptProtectData", data)

    def _unprotect(data: bytes) -> bytes:
        return _dpapi("CryptUnprotectData", data)
else:
    def _protect(data: bytes) -> bytes:
        return data

    def _unprotect(data: bytes) -> bytes:
        return data
