"""Verifies an exported event log alone: needs Python 3.11 and the ``cryptography`` package, nothing
of the program that wrote it.

    python verify_log.py events.jsonl [--root root.pem] [--heads heads.jsonl] [--head SEQ:HASH ...]

Each line of ``events.jsonl`` is one event as canonical JSON; its SHA-256 over exactly those bytes is
the ``prev`` of the next line. ``--head`` takes what a printed record, a sealed package or
headquarters tells: event number and hash, the hash cut to at least 16 of its digits. Exits 0 only
when everything holds; each finding is one line. A cut tail shows only against a head from outside.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

GENESIS = "0" * 64
MAX_LINE = 1 << 20
# Who starts a session proves it for that, not for an unlock or to assist.
LOGINS = ("login", "change_partner")
MEMBERS = {"v", "dev", "seq", "prev", "case", "hlc", "typ", "body", "actors", "at"}


@dataclass
class Report:
    """``problems``: what does not hold; ``notes``: what a reader should know."""

    events: int = 0
    head: str = GENESIS
    device: str = ""
    first: str = ""
    last: str = ""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems


def lines_of(data: bytes) -> Iterator[bytes]:
    """The lines of the file without their LF; a last line without LF is still told."""
    yield from data.removesuffix(b"\n").split(b"\n") if data else ()


# Canonical JSON (RFC 8785) of what such a log holds: no floats, names in order.
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def read_members(line: bytes) -> dict[str, Any] | None:
    """The event, or None when the line is none."""
    if len(line) > MAX_LINE:
        return None
    try:
        members = json.loads(line.decode())
        # Who writes it otherwise did not write this log; a name that stands twice is written once.
        if _written(members).encode() != line:
            return None
    except (ValueError, TypeError, RecursionError):
        return None
    if (not isinstance(members, dict) or members.keys() != MEMBERS
            or type(members["seq"]) is not int or not isinstance(members["body"], dict)):
        return None
    return members


def signed(certificate: x509.Certificate, signature: str, data: bytes) -> bool:
    """Whether an ECDSA P-256/SHA-256 signature (base64 DER) over ``data`` holds."""
    try:
        key = certificate.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(base64.b64decode(signature, validate=True), data, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


def issued_below(certificate: x509.Certificate, authorities: list[x509.Certificate]) -> bool:
    """Whether a chain of signatures leads from the certificate to the first of ``authorities``."""
    current = certificate
    for _ in range(len(authorities) + 1):
        if current == authorities[0]:
            return True
        above = next((a for a in authorities if a.subject == current.issuer and a != current), None)
        if above is None:
            return False
        try:
            current.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            return False
        current = above
    return False


class Verifier:
    """Walks the log once; memory does not grow with it."""

    def __init__(self, authorities: list[x509.Certificate] | None = None,
                 heads: dict[int, list[tuple[str, str]]] | None = None) -> None:
        self.report = Report()
        self._authorities = authorities or []
        self._heads = {seq: list(told) for seq, told in (heads or {}).items()}
        self._hlc = ""
        self._wall: datetime | None = None
        self._lent: tuple[str, ...] = ()
        self._nonces: set[str] = set()  # one for each proof, so it grows with logins only

    def problem(self, seq: int, text: str) -> None:
        self.report.problems.append(f"event {seq}: {text}")

    def feed(self, line: bytes) -> None:
        """The next line of the log."""
        report, expected = self.report, self.report.events + 1
        members = read_members(line)
        digest = hashlib.sha256(line).hexdigest()
        report.events = expected
        if members is None:
            self.problem(expected, "is no event in canonical form")
        else:
            self._follows(members, expected)
            self._tells(members, expected)
        report.head = digest
        for told, whence in self._heads.pop(expected, []):
            if not digest.startswith(told):
                self.problem(expected, f"hash differs from the head that {whence} tells")

    def _follows(self, members: dict[str, Any], expected: int) -> None:
        report = self.report
        if members["seq"] != expected:
            self.problem(expected, f"says that it is number {members['seq']}")
        if members["prev"] != report.head:
            self.problem(expected, "does not follow the event before it")
        if report.device and members["dev"] != report.device:
            self.problem(expected, f"comes from another device, {members['dev']}")
        report.device = report.device or str(members["dev"])
        hlc = str(members["hlc"])
        if hlc <= self._hlc:
            self.problem(expected, "its logical time does not rise")
        self._hlc = max(self._hlc, hlc)
        try:
            wall = datetime.fromisoformat(members["at"]["wall"])
            if self._wall is not None and (wall - self._wall).total_seconds() < -120:
                report.notes.append(f"event {expected}: the wall clock stands before the event"
                                    f" before it ({wall.isoformat()})")
            self._wall = wall
            report.first = report.first or wall.isoformat()
        except (KeyError, TypeError, ValueError):
            self.problem(expected, "tells no time")

    def _tells(self, members: dict[str, Any], seq: int) -> None:
        if members["typ"] == "logged_in":
            self._login(members, seq)
        elif members["typ"] in ("unlocked", "assistant_joined"):
            self._read(seq, lambda: self._proof(members, members["body"]["proof"], seq))
        elif members["typ"] == "warning_passed":
            given = members["body"].get("signatures")
            if not isinstance(given, list) or len(given) != 2 or len(self._lent) != 2:
                self.problem(seq, "a warning was passed without two signatures")
        elif members["typ"] in ("clock_set_back", "log_broken", "log_set_back", "trust_set_back",
                                "vault_recovered"):
            body = json.dumps(members["body"], ensure_ascii=False)
            self.report.notes.append(f"event {seq}: {members['typ']} {body}")

    def _read(self, seq: int, act: Callable[[], object]) -> None:
        """Certificates and statements are what anybody may have written."""
        try:
            act()
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError, UnsupportedAlgorithm,
                x509.InvalidVersion) as error:
            self.problem(seq, f"its proofs cannot be read ({type(error).__name__})")

    def _proof(self, members: dict[str, Any], proof: dict[str, Any], seq: int,
               ) -> tuple[x509.Certificate, dict[str, Any]]:
        """An officer's signature over a statement of this device."""
        certificate = x509.load_pem_x509_certificate(proof["certificate"].encode())
        statement = json.loads(proof["statement"])
        if not signed(certificate, proof["signature"], proof["statement"].encode()):
            self.problem(seq, "an officer's signature does not hold")
        if statement["device"] != members["dev"]:
            self.problem(seq, "a login of another device")
        if self._authorities and not issued_below(certificate, self._authorities):
            self.problem(seq, "a certificate is not of this district")
        return certificate, statement

    def _login(self, members: dict[str, Any], seq: int) -> None:
        self._lent = ()
        self._read(seq, lambda: self._pair(members, seq))

    def _pair(self, members: dict[str, Any], seq: int) -> None:
        """Two different officers proved their keys over one fresh statement for this login."""
        proofs = members["body"]["proofs"]
        read = [self._proof(members, proof, seq) for proof in proofs]
        if (len(read) != 2 or len({c.fingerprint(hashes.SHA256()) for c, _ in read}) != 2
                or len({c.subject.rfc4514_string() for c, _ in read}) != 2):
            self.problem(seq, "not two different officers logged in")
        told = [statement for _, statement in read]
        nonces = {str(s["nonce"]) for s in told}
        if len(nonces) != 1 or [s["role_slot"] for s in told] != [1, 2] or any(
                s["purpose"] not in LOGINS for s in told):
            self.problem(seq, "the two proofs are not of one login")
        if nonces & self._nonces:
            self.problem(seq, "a proof was used before")
        self._nonces |= nonces
        self._lent = tuple(str(s["session_key"]) for s in told if s.get("session_key"))
        for key in self._lent:
            load_der_public_key(base64.b64decode(key))

    def end(self) -> Report:
        """All lines were fed."""
        for seq, told in sorted(self._heads.items()):
            whence = "; ".join(sorted({w for _, w in told}))
            self.report.problems.append(
                f"event {seq}: is missing, though {whence} tells its hash: the tail was cut")
        self.report.last = self._wall.isoformat() if self._wall else ""
        if not self.report.events:
            self.report.problems.append("the log is empty")
        return self.report


def read_heads(path: Path, device: x509.Certificate | None, report: Report,
               ) -> dict[int, list[tuple[str, str]]]:
    """Signed heads, one JSON object a line; one whose signature does not hold is a problem."""
    found: dict[int, list[tuple[str, str]]] = {}
    for number, line in enumerate(lines_of(path.read_bytes()), 1):
        try:
            row = json.loads(line)
            told = json.loads(row["statement"])
            if device is not None and not signed(
                    device, row["signature"], row["statement"].encode()):
                report.problems.append(f"head {number}: the device's signature does not hold")
                continue
            if len(told["hash"]) != len(GENESIS):
                raise ValueError("no whole hash")
            found.setdefault(int(told["seq"]), []).append((str(told["hash"]), f"signed head {number}"))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
            report.problems.append(f"head {number}: cannot be read")
    return found


def _certificates(path: Path | None) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(path.read_bytes()) if path is not None else []


def verify(log: Path, *, root: Path | None = None, device: Path | None = None,
           heads: Path | None = None, known: tuple[str, ...] = ()) -> Report:
    """Verify the files; ``known``: ``SEQ:HASH`` as told from outside."""
    early = Report()
    authorities, machine = _certificates(root), _certificates(device)
    if machine and authorities and not issued_below(machine[0], authorities):
        early.problems.append("the device's certificate is not of this district")
    told = read_heads(heads, machine[0] if machine else None, early) if heads is not None else {}
    for text in known:
        number, _, digest = text.partition(":")
        if not number.isdecimal() or not 16 <= len(digest) <= 64:
            early.problems.append(f"head {text[:80]}: should be NUMBER:HASH, at least 16 digits")
            continue
        told.setdefault(int(number), []).append((digest.lower(), "a head from outside"))
    verifier = Verifier(authorities, told)
    verifier.report.problems += early.problems
    with log.open("rb") as file:
        while line := file.readline(MAX_LINE + 2):
            verifier.feed(line.removesuffix(b"\n"))
    return verifier.end()


def main(argv: list[str] | None = None) -> int:
    """Verify and say so."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else "")
    parser.add_argument("log", type=Path)
    for name in ("root", "device", "heads"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--head", action="append", default=[], metavar="SEQ:HASH")
    args = parser.parse_args(argv)
    report = verify(args.log, root=args.root, device=args.device, heads=args.heads,
                    known=tuple(args.head))
    for line in (*report.problems, *report.notes):
        print(line)
    print(f"{report.events} events of {report.device or 'no device'}, {report.first} to {report.last}")
    print(f"head {report.events}:{report.head}")
    print("everything holds" if report.ok else f"{len(report.problems)} problems")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
