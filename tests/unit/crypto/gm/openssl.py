"""The independent judge of SM2, SM3 and SM4: the ``openssl`` command."""

import subprocess
from pathlib import Path

ID = ["-pkeyopt", "distid:1234567812345678"]


def openssl(*args: str | Path, stdin: bytes = b"") -> bytes:
    """Standard output; ``CalledProcessError`` when openssl says no."""
    return subprocess.run(["openssl", *map(str, args)], input=stdin, capture_output=True,
                          check=True).stdout


def new_key(path: Path) -> Path:
    """A fresh SM2 key in PEM (PKCS#8)."""
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", path)
    return path


def public_der(key: Path) -> bytes:
    return openssl("pkey", "-in", key, "-pubout", "-outform", "DER")
