"""Verifies an exported event log alone: needs Python 3.11 and the ``cryptography`` package, nothing
of the program that wrote it; SM2 signatures are verified by the ``openssl`` command, where it is.

    python verify_log.py events.jsonl [--root root.pem] [--heads heads.jsonl] [--head SEQ:HASH ...]

Each line of ``events.jsonl`` is one event as canonical JSON; its SHA-256 is the ``prev`` of the next.
``--head`` takes what a printed record, a package or headquarters tells: number and hash, at least 16
digits; a cut tail shows only against one. Exits 0: all holds, 1: not, 2: some signatures unchecked.
"""

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

GENESIS, MAX_LINE = "0" * 64, 1 << 20
MEMBERS = ["actors", "at", "body", "case", "dev", "hlc", "prev", "seq", "typ", "v"]
TOLD = ("clock_set_back", "log_broken", "log_set_back", "trust_set_back", "vault_recovered")
# A district's certificates are all signed with SM2 over SM3 (GM/T 0006), or none of them is.
SM2, SM2_KEY = "1.2.156.10197.1.501", "MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0D"
SM2_COMMANDS = ("openssl x509 -in cert -noout -pubkey -out key", "openssl pkeyutl -verify -pubin -rawin"
                " -inkey key -digest sm3 -pkeyopt distid:1234567812345678 -in data -sigfile sig")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(made := dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return made


_parsed = json.JSONDecoder(object_pairs_hook=_once, parse_float=int, parse_constant=int).decode


def read_members(line: bytes) -> dict[str, Any] | None:
    """The event, or None when the line is none."""
    try:
        members = _parsed(line.decode())
        # Without space or escape a line reads one way only, if not in RFC 8785's order inside: not written again.
        plain = not (b" " in line or b"\\" in line or b"\t" in line or b"\r" in line)
        good = (len(line) <= MAX_LINE and isinstance(members, dict) and [*members] == MEMBERS
                and type(members["seq"]) is int and isinstance(members["body"], dict)
                and (plain or line == json.dumps(
                    members, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()))
    except (ValueError, TypeError, RecursionError):
        return None
    return members if good else None


def signed(certificate: x509.Certificate, signature: str, data: bytes) -> bool:
    """Whether an ECDSA P-256/SHA-256 or SM2/SM3 signature (base64 DER) over ``data`` holds."""
    try:
        der = base64.b64decode(signature, validate=True)
        if certificate.signature_algorithm_oid.dotted_string == SM2:
            return sm2_holds(certificate, der, data)
        key = certificate.public_key()
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(der, data, ec.ECDSA(hashes.SHA256()))
        return isinstance(key, ec.EllipticCurvePublicKey)
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False


@lru_cache(maxsize=4096)
def sm2_holds(signer: x509.Certificate, signature: bytes, data: bytes) -> bool:
    """Whether ``signer``'s SM2 key signed ``data``; ``OSError`` where no openssl knows SM2."""
    with tempfile.TemporaryDirectory() as folder:
        pem = signer.public_bytes(serialization.Encoding.PEM)
        for name, content in (("cert", pem), ("sig", signature), ("data", data)):
            (Path(folder) / name).write_bytes(content)
        for command in SM2_COMMANDS:
            ran = subprocess.run(command.split(), cwd=folder, capture_output=True, check=False)
    if ran.returncode and b"Verification Failure" not in ran.stdout:
        raise OSError("this openssl knows no SM2")
    return ran.returncode == 0


def issued_below(certificate: x509.Certificate, authorities: list[x509.Certificate]) -> bool:
    """Whether a chain of signatures leads from the certificate to the first of ``authorities``."""
    for _ in range(len(authorities) + 1):
        if certificate == authorities[0]:
            return True
        try:
            above = next(a for a in authorities if a.subject == certificate.issuer and a != certificate)
            if certificate.signature_algorithm_oid.dotted_string != SM2:
                certificate.verify_directly_issued_by(above)
            elif not sm2_holds(above, certificate.signature, certificate.tbs_certificate_bytes):
                return False
        except (StopIteration, ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            return False
        certificate = above
    return False


@dataclass
class Verifier:
    """Walks the log once; memory does not grow with it. ``problems``: what does not hold; ``notes``:
    what a reader should know; ``unchecked``: signatures that nothing here could verify."""

    authorities: list[x509.Certificate] = field(default_factory=list)
    heads: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    events: int = 0
    head: str = GENESIS
    device: str = ""
    first: str = ""
    wall: datetime | None = None
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unchecked: int = 0
    _hlc: str = ""
    _lent: tuple[str, ...] = ()
    _nonces: set[str] = field(default_factory=set)  # one for each proof, so it grows with logins only

    @property
    def ok(self) -> bool:
        return not self.problems and not self.unchecked

    def expect(self, holds: Callable[[], bool], problem: str) -> bool:
        """Whether it holds or cannot be checked; else the problem is noted."""
        try:
            good = holds()
        except OSError:
            self.unchecked += 1
            return True
        self.problems += [] if good else [problem]
        return good

    def problem(self, seq: int, text: str) -> None:
        self.problems.append(f"event {seq}: {text}")

    def feed(self, line: bytes) -> None:
        """The next line of the log."""
        self.events += 1
        expected, members = self.events, read_members(line)
        digest = hashlib.sha256(line).hexdigest()
        if members is None:
            self.problem(expected, "is no event in canonical form")
        else:
            self._follows(members, expected)
            self._tells(members, expected)
        self.head = digest
        self.problems += [f"event {expected}: hash differs from the head that {whence} tells"
                          for told, whence in self.heads.pop(expected, ()) if not digest.startswith(told)]

    def _follows(self, members: dict[str, Any], expected: int) -> None:
        hlc = str(members["hlc"])
        self.device = self.device or str(members["dev"])
        if members["seq"] != expected:
            self.problem(expected, f"says that it is number {members['seq']}")
        if members["prev"] != self.head:
            self.problem(expected, "does not follow the event before it")
        if members["dev"] != self.device:
            self.problem(expected, f"comes from another device, {members['dev']}")
        if hlc <= self._hlc:
            self.problem(expected, "its logical time does not rise")
        self._hlc = max(self._hlc, hlc)
        try:
            wall = datetime.fromisoformat(members["at"]["wall"])
            if self.wall is not None and (wall - self.wall).total_seconds() < -120:
                self.notes.append(f"event {expected}: the clock was set back ({wall.isoformat()})")
            self.wall, self.first = wall, self.first or wall.isoformat()
        except (KeyError, TypeError, ValueError):
            self.problem(expected, "tells no time")

    def _tells(self, members: dict[str, Any], seq: int) -> None:
        if members["typ"] == "logged_in":
            self._lent = ()
            self._read(seq, lambda: self._pair(members, seq))
        elif members["typ"] in ("unlocked", "assistant_joined"):
            self._read(seq, lambda: self._proof(members, members["body"]["proof"], seq))
        elif members["typ"] == "warning_passed":
            given = members["body"].get("signatures")
            if not isinstance(given, list) or len(given) != 2 or len(self._lent) != 2:
                self.problem(seq, "a warning was passed without two signatures")
        elif members["typ"] in TOLD:
            self.notes.append(
                f"event {seq}: {members['typ']} {json.dumps(members['body'], ensure_ascii=False)}")

    def _read(self, seq: int, act: Callable[[], object]) -> None:
        try:
            act()
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError, UnsupportedAlgorithm,
                x509.InvalidVersion) as error:
            self.problem(seq, f"its proofs cannot be read ({type(error).__name__})")

    def _proof(self, members: dict[str, Any], proof: dict[str, Any], seq: int) -> tuple[x509.Certificate, Any]:
        """An officer's signature over a statement of this device."""
        certificate = x509.load_pem_x509_certificate(proof["certificate"].encode())
        statement = json.loads(proof["statement"])
        data = proof["statement"].encode()
        self.expect(lambda: signed(certificate, proof["signature"], data),
                    f"event {seq}: an officer's signature does not hold")
        if statement["device"] != members["dev"]:
            self.problem(seq, "a login of another device")
        if self.authorities:
            self.expect(lambda: issued_below(certificate, self.authorities),
                        f"event {seq}: a certificate is not of this district")
        return certificate, statement

    def _pair(self, members: dict[str, Any], seq: int) -> None:
        """Two different officers proved their keys over one fresh statement for this login."""
        read = [self._proof(members, proof, seq) for proof in members["body"]["proofs"]]
        told = [statement for _, statement in read]
        if {len(read), len({c.fingerprint(hashes.SHA256()) for c, _ in read}),
                len({c.subject.rfc4514_string() for c, _ in read})} != {2}:
            self.problem(seq, "not two different officers logged in")
        nonces = {str(s["nonce"]) for s in told}
        if len(nonces) != 1 or [s["role_slot"] for s in told] != [1, 2] or (
                not {s["purpose"] for s in told} <= {"login", "change_partner"}):  # not to unlock or assist
            self.problem(seq, "the two proofs are not of one login")
        if nonces & self._nonces:
            self.problem(seq, "a proof was used before")
        self._nonces |= nonces
        self._lent = tuple(s["session_key"] for s in told if s.get("session_key"))
        for key in (k for k in self._lent if not k.startswith(SM2_KEY)):
            serialization.load_der_public_key(base64.b64decode(key))

    def end(self) -> "Verifier":
        """All lines were fed."""
        for seq, told in sorted(self.heads.items()):
            self.problem(seq, f"is missing, though {'; '.join(sorted({w for _, w in told}))} tells its"
                              " hash: the tail was cut")
        self.problems += [] if self.events else ["the log is empty"]
        return self


def read_heads(path: Path, device: x509.Certificate | None, report: Verifier) -> dict[int, list[tuple[str, str]]]:
    """Signed heads, one JSON object a line; one whose signature does not hold is a problem."""
    found: dict[int, list[tuple[str, str]]] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            row = json.loads(line)
            told = json.loads(row["statement"])
            if device is not None and not report.expect(
                    lambda: signed(device, row["signature"], row["statement"].encode()),  # noqa: B023
                    f"head {number}: the device's signature does not hold"):
                continue
            if len(told["hash"]) != len(GENESIS):
                raise ValueError("no whole hash")
            found.setdefault(int(told["seq"]), []).append((str(told["hash"]), f"signed head {number}"))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
            report.problems.append(f"head {number}: cannot be read")
    return found


def verify(log: Path, *, root: Path | None = None, device: Path | None = None,
           heads: Path | None = None, known: Sequence[str] = ()) -> Verifier:
    """Verify the files; ``known``: ``SEQ:HASH`` as told from outside."""
    authorities, machine = (x509.load_pem_x509_certificates(path.read_bytes()) if path else []
                            for path in (root, device))
    report = Verifier(authorities)
    if machine and authorities:
        report.expect(lambda: issued_below(machine[0], authorities),
                      "the device's certificate is not of this district")
    told = report.heads = read_heads(heads, machine[0] if machine else None, report) if heads else {}
    for text in known:
        number, _, digest = text.partition(":")
        if number.isdecimal() and 16 <= len(digest) <= 64:
            told.setdefault(int(number), []).append((digest.lower(), "a head from outside"))
        else:
            report.problems.append(f"head {text[:80]}: should be NUMBER:HASH, at least 16 digits")
    with log.open("rb") as file:
        while line := file.readline(MAX_LINE + 2):
            report.feed(line.removesuffix(b"\n"))
    return report.end()


def main(argv: list[str] | None = None) -> int:
    """Verify and say so."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else "")
    parser.add_argument("log", type=Path)
    for name in ("root", "device", "heads"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--head", action="append", default=[], metavar="SEQ:HASH", dest="known")
    report = verify(**vars(parser.parse_args(argv)))
    print(*report.problems, *report.notes, sep="\n", end="\n" * bool(report.problems or report.notes))
    print(f"{report.events} events of {report.device or 'no device'}, {report.first} to {report.wall}\n"
          f"head {report.events}:{report.head}")
    print(f"{len(report.problems)} problems" if report.problems else "everything holds", end="")
    print(f", but {report.unchecked} SM2 signatures were not checked: no openssl here knows SM2"
          if report.unchecked else "")
    return 1 if report.problems else 2 if report.unchecked else 0


if __name__ == "__main__":
    sys.exit(main())
