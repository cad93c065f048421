"""Prints what the national suite costs: sealing and opening a file, ciphers, hashes, signatures.

Files are sealed to two recipients and synced to disk; the ``age`` and ``openssl`` commands do the
same file beside ours. ``--megabytes`` (100) sets its size, ``--folder`` the disk. Each figure is the
best of ``--rounds`` (3); one thread.
"""

import argparse
import hashlib
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from field_app.crypto.age_keys import Identity
from field_app.crypto.appender import SealedAppender
from field_app.crypto.gm.header import GmIdentity
from field_app.crypto.gm.software import SoftwareGm
from field_app.crypto.gm.symmetric import Sm4Gcm
from field_app.crypto.hashing import new_sm3
from field_app.crypto.stream import Aead
from field_app.crypto.suite_keys import new_identity
from field_app.crypto.suites import SUITES, SealedReader, seal_file

_PIECE, _CHUNK = 1 << 20, 64 << 10
_SIGNATURES = 200
_CHECKPOINTS = 15


def _best(rounds: int, work: Callable[[], object]) -> float:
    """Seconds of the fastest of ``rounds``."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def _rate(what: str, size: int, seconds: float) -> None:
    print(f"{what:<58}{size / seconds / 1e6:>9.0f} MB/s")


def _pieces(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return [data[at:at + _PIECE] for at in range(0, len(data), _PIECE)]


def _read_all(reader: SealedReader) -> None:
    for _part in reader.stream():
        pass


def _files(folder: Path, size: int, rounds: int) -> None:
    plain = folder / "plain"
    with plain.open("wb") as file:
        for _ in range(size // _PIECE):
            file.write(os.urandom(_PIECE))
    parts, size = _pieces(plain), plain.stat().st_size
    age, gm = folder / "a.age", folder / "a.gm"
    mine, other = Identity.generate(), Identity.generate()
    software = SoftwareGm()
    me = GmIdentity(software, software.generate())
    _rate("seal: age v1 (X25519, ChaCha20-Poly1305, SHA-256)", size, _best(
        rounds, lambda: seal_file(age, parts, [mine.recipient, other.recipient])))
    _rate("seal: le-gm/v1 (SM2, SM4-GCM, SHA-256 and SM3)", size, _best(
        rounds, lambda: seal_file(
            gm, parts, [me.recipient, software.generate().public], with_sm3=True)))
    _rate("seal: age command", size, _best(rounds, lambda: subprocess.run(
        ["age", "-r", str(mine.recipient), "-o", folder / "b.age", plain], check=True)))
    _rate("encrypt: openssl enc -sm4-ctr (no tag, no sync)", size, _best(rounds, lambda: subprocess.run(
        ["openssl", "enc", "-sm4-ctr", "-K", "00" * 16, "-iv", "00" * 16, "-in", plain, "-out",
         folder / "b.sm4"], check=True)))
    with age.open("rb") as one, gm.open("rb") as two:
        _rate("open: age v1", size, _best(rounds, lambda: _read_all(SealedReader(one, [mine]))))
        _rate("open: le-gm/v1", size, _best(rounds, lambda: _read_all(SealedReader(two, [me]))))


def _checkpoints(folder: Path) -> None:
    """What a second of recording costs: 1 MB written and brought onto the disk."""
    second = os.urandom(1_000_000)
    for suite in SUITES:
        mine, hq = new_identity(suite), new_identity(suite)
        appender = SealedAppender(folder / f"{suite}.age", [mine.recipient, hq.recipient], with_sm3=True)
        took = []
        for _ in range(_CHECKPOINTS):
            began = time.perf_counter()
            appender.write(second)
            appender.checkpoint()
            took.append(time.perf_counter() - began)
        appender.close()
        print(f"{f'record 1 MB with its checkpoint: {suite}, median':<58}"
              f"{sorted(took)[len(took) // 2] * 1e3:>9.1f} ms")


def _ciphers(size: int, rounds: int) -> None:
    data, nonce = os.urandom(_CHUNK), bytes(12)
    kinds: dict[str, Aead] = {
        "AES-256-GCM": AESGCM(bytes(32)), "ChaCha20-Poly1305": ChaCha20Poly1305(bytes(32)),
        "SM4-GCM": Sm4Gcm(bytes(16))}
    for name, cipher in kinds.items():
        def work(cipher: Aead = cipher) -> None:
            for _ in range(size // _CHUNK):
                cipher.encrypt(nonce, data, None)

        _rate(f"{name}, 64 KiB", size // _CHUNK * _CHUNK, _best(rounds, work))


def _hashes(size: int, rounds: int) -> None:
    data = os.urandom(_PIECE)
    for name, make in (("SHA-256", hashlib.sha256), ("SM3", new_sm3)):
        def work(make: Callable[[], object] = make) -> None:
            digest = make()
            for _ in range(size // _PIECE):
                digest.update(data)  # type: ignore[attr-defined]

        _rate(f"{name}, 1 MiB", size // _PIECE * _PIECE, _best(rounds, work))


def _signatures(rounds: int) -> None:
    software, data = SoftwareGm(), os.urandom(500)
    sm2, p256 = software.generate(), ec.generate_private_key(ec.SECP256R1())
    ecdsa = ec.ECDSA(hashes.SHA256())
    by_sm2, by_p256 = software.sign(sm2, data), p256.sign(data, ecdsa)
    works: dict[str, Callable[[], object]] = {
        "P-256 sign": lambda: p256.sign(data, ecdsa),
        "P-256 verify": lambda: p256.public_key().verify(by_p256, data, ecdsa),
        "SM2 sign": lambda: software.sign(sm2, data),
        "SM2 verify": lambda: software.verify(sm2.public, data, by_sm2)}
    for name, work in works.items():
        def many(work: Callable[[], object] = work) -> None:
            for _ in range(_SIGNATURES):
                work()

        print(f"{name:<58}{_SIGNATURES / _best(rounds, many):>9.0f} /s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    size = args.megabytes * 1_000_000
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        _files(Path(folder), size, args.rounds)
        _checkpoints(Path(folder))
    _ciphers(size, args.rounds)
    _hashes(size, args.rounds)
    _signatures(args.rounds)


if __name__ == "__main__":
    main()
