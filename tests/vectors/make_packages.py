"""Makes the vectors of ``le-package/1``: a good package, and every way to fail with its verdict."""

import base64
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from field_app.credentials.cms import certificate_pem, sign_detached
from field_app.credentials.profile import fingerprint
from field_app.crypto.canonical import canonical, parse
from field_app.crypto.hashing import sha256_hex
from field_app.crypto.suites import SealedReader, seal_file
from field_app.packages import layout
from field_app.packages.bag import write_bag
from field_app.packages.index import ObjectKind
from field_app.packages.readme import readme
from field_app.packages.receipts import keep_receipt, receipt_bytes
from field_app.packages.seal import Signers
from field_app.packages.statement import State
from field_app.protocol.messages import SignedDocument
from field_app.protocol.receipt import Receipt, ReceivedFile, Verdict
from tests.unit.packages.builders import CaseWork, District, new_district
from tests.vectors.judge import judge

Harm = Callable[["Making"], None]
_SECOND = "statements/000002.json"
_INDEX = "data/index/000002.age"


@dataclass
class Making:
    """One copy of the good package to do harm to, with all keys at hand."""

    folder: Path
    work: CaseWork
    at: datetime
    trust: str = "good"

    @property
    def district(self) -> District:
        return self.work.district

    def signers(self) -> Signers:
        return self.district.signers()

    def statement(self, **changes: Any) -> None:
        """Statement 2 with other members, properly signed and listed."""
        self.sign(canonical({**parse((self.folder / _SECOND).read_bytes()), **changes}), self.signers())

    def sign(self, data: bytes, signers: Signers) -> None:
        (self.folder / _SECOND).write_bytes(data)
        (self.folder / "statements/000002.p7s").write_bytes(sign_detached(
            data, (signers.device, *signers.officers), at=self.at,
            extra_certs=signers.chain))
        self.relist()

    def relist(self) -> None:
        """Manifests made anew, as a forger does."""
        (self.folder / layout.MANIFEST).unlink(missing_ok=True)
        (self.folder / layout.TAG_MANIFEST).unlink(missing_ok=True)
        write_bag(self.folder, self.work.package, readme=readme(self.work.package, "intl-1"),
                  suite="intl-1")

    def plain(self, name: str) -> bytes:
        with (self.folder / name).open("rb") as file:
            return b"".join(SealedReader(file, [self.work.identity]).stream())

    def reseal(self, name: str, data: bytes) -> tuple[str, int]:
        """Other plaintext under the same name; hash and size of the new ciphertext."""
        (self.folder / name).unlink()
        made = seal_file(self.folder / name, [data], self.work.recipients)
        return made.ct_sha256, made.ct_size


def _write(name: str, data: bytes) -> Harm:
    def harm(made: Making) -> None:
        path = made.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return harm


def _remove(name: str) -> Harm:
    return lambda made: (made.folder / name).unlink()


def _object(made: Making) -> str:
    return sorted(p.relative_to(made.folder).as_posix()
                  for p in (made.folder / "data/objects").glob("*/*.age"))[0]


def _flip_object(made: Making) -> None:
    path = made.folder / _object(made)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _cut_object(made: Making) -> None:
    path = made.folder / _object(made)
    path.write_bytes(path.read_bytes()[:-20])


def _swap_objects(made: Making) -> None:
    names = sorted((made.folder / "data/objects").glob("*/*.age"))
    first, second = names[0].read_bytes(), names[1].read_bytes()
    names[0].write_bytes(second)
    names[1].write_bytes(first)
    made.relist()


def _lose_object(made: Making) -> None:
    (made.folder / _object(made)).unlink()
    made.relist()


def _stated(**changes: Any) -> Harm:
    return lambda made: made.statement(**changes)


def _signed_by(pick: Callable[[District], tuple[Any, tuple[Any, ...], tuple[Any, ...]]]) -> Harm:
    """Signed by device and officers, of which others are named."""
    def harm(made: Making) -> None:
        device, officers, named = pick(made.district)
        data = canonical({**parse((made.folder / _SECOND).read_bytes()),
                          "officers": sorted(fingerprint(k.certificate) for k in named)})
        made.sign(data, Signers(device, officers, made.signers().chain))
    return harm


def _index(change: Callable[[dict[str, Any]], dict[str, Any]], *, bound: bool = True) -> Harm:
    """Another index, properly sealed and signed; ``bound``: the statement's HMAC follows it."""
    def harm(made: Making) -> None:
        from field_app.packages.index import index_hmac

        data = canonical(change(dict(parse(made.plain(_INDEX)))))
        ct_sha256, ct_size = made.reseal(_INDEX, data)
        told = parse((made.folder / _SECOND).read_bytes())
        key = str(parse(data).get("key", "0" * 64))
        mac = index_hmac(key, data) if bound else told["index"]["plain_hmac"]
        made.statement(index={**told["index"], "ct_sha256": ct_sha256, "ct_size": ct_size,
                              "plain_hmac": mac})
    return harm


def _first_object(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(index: dict[str, Any]) -> dict[str, Any]:
        objects = [dict(o) for o in index["objects"]]
        objects[0] |= changes
        return {**index, "objects": objects}
    return change


def _log(change: Callable[[bytes], bytes]) -> Harm:
    """Another log range, properly sealed, listed and signed."""
    def harm(made: Making) -> None:
        told = parse((made.folder / _SECOND).read_bytes())
        entry = told["logs"][-1]
        ct_sha256, ct_size = made.reseal(entry["path"], change(made.plain(entry["path"])))
        made.statement(logs=[*told["logs"][:-1], {**entry, "ct_sha256": ct_sha256, "ct_size": ct_size}])
    return harm


def _receipt(*, by_device: bool = False, **changes: Any) -> Harm:
    def harm(made: Making) -> None:
        data = (made.folder / _SECOND).read_bytes()
        told = parse(data)
        files = tuple(ReceivedFile(o["ct_sha256"], o["size"]) for o in told["objects"])
        receipt = replace(Receipt(
            package=made.work.package, revision=2, statement_sha256=sha256_hex(data),
            verdict=Verdict.ACCEPTED, files=files, reasons=(), unit="某某区司法局", at=made.at), **changes)
        key = made.district.device if by_device else made.district.signer
        document = receipt_bytes(receipt)
        keep_receipt(made.folder, made.work.package, 2, SignedDocument(
            document, sign_detached(document, [key], at=made.at, extra_certs=made.signers().chain)))
    return harm


def _later(days: float) -> Harm:
    def harm(made: Making) -> None:
        made.at += timedelta(days=days)
    return harm


def _foreign(made: Making) -> None:
    made.trust = "foreign"


def _broken_line(data: bytes) -> bytes:
    first, rest = data.split(b"\n", 1)
    return first.replace(b'"typ":"', b'"typ":"x') + b"\n" + rest


@dataclass(frozen=True)
class Vector:
    """A harm, the finding it must lead to, and whether that comes only with a key."""

    name: str
    why: str
    harm: Harm
    code: str
    opening: bool = False
    also: tuple[str, ...] = field(default=())


def _vectors() -> Iterable[Vector]:
    yield Vector("good", "nothing is wrong", lambda _made: None, "")
    yield Vector("good-years-later", "certificates are judged at signing time", _later(3000), "")
    yield Vector("foreign-district", "another district's trust", _foreign, "certificate_unknown_issuer")
    yield Vector("signed-in-future", "checked a day before it was signed", _later(-1), "signed_in_future")
    yield Vector("name-unknown", "a file that must not be there", _write("data/autorun.inf", b"x"), "unsafe_name")
    yield Vector("part-left", "a file that was never finished", _write("data/index/000003.age.part", b"x"),
                 "unfinished_file")
    yield Vector("file-unlisted", "a file no statement names", _write("data/index/000003.age", b"x"),
                 "unlisted_file")
    yield Vector("bagit-old", "another BagIt", _write("bagit.txt", b"BagIt-Version: 0.97\n"), "bag_declaration")
    yield Vector("bag-info-none", "no bag-info", _remove("bag-info.txt"), "bag_declaration")
    yield Vector("manifest-none", "no manifest", _remove("manifest-sha256.txt"), "manifest_missing")
    yield Vector("manifest-bytes", "no text", _write("manifest-sha256.txt", b"\xff"), "manifest_malformed")
    yield Vector("manifest-path", "a path outside", _write(
        "manifest-sha256.txt", b"0" * 64 + b"  ../../etc/passwd\n"), "manifest_malformed")
    yield Vector("object-flipped", "one bit of an object", _flip_object, "file_changed")
    yield Vector("object-cut", "the end of an object", _cut_object, "file_size")
    yield Vector("object-gone", "an object is not there", _lose_object, "file_missing")
    yield Vector("objects-swapped", "two objects under each other's name", _swap_objects, "file_size")
    yield Vector("statement-gone", "the first statement", _remove("statements/000001.json"), "statement_missing")
    yield Vector("statement-gap", "a statement too many", _write("statements/000009.json", b"{}"),
                 "statement_missing")
    yield Vector("statement-deep", "JSON without end", _write(_SECOND, b"[" * 5000), "statement_malformed")
    yield Vector("statement-next", "a later format", _write(_SECOND, b'{"format":"le-statement/2"}'),
                 "statement_newer")
    yield Vector("signature-gone", "no signature", _remove("statements/000002.p7s"), "signature_missing")
    yield Vector("signature-zeros", "zeros", _write("statements/000002.p7s", bytes(1000)), "signature_invalid")
    for name, changes, code in (
            ("chain", {"prev": "0" * 64}, "chain_broken"),
            ("package", {"pkg": "00000000-0000-4000-8000-000000000000"}, "package_differs"),
            ("device", {"device": "D099"}, "device_differs"), ("objects", {"objects": []}, "object_dropped"),
            ("logs", {"logs": []}, "log_dropped"), ("suite", {"suite": "weak-1"}, "statement_malformed"),
            ("member", {"extra": 1}, "statement_malformed"), ("boolean", {"rev": True}, "statement_malformed"),
            ("part-size", {"part_size": 1}, "statement_malformed"),
            ("no-offset", {"made": "2026-11-24T09:00:00"}, "statement_malformed"),
            ("negative", {"objects": [{"ct_sha256": "a" * 64, "size": -1}]}, "statement_malformed"),
            ("certificate", {"device_cert": "0" * 64}, "device_not_signed")):
        yield Vector(f"stated-{name}", f"signed well, but {', '.join(changes)}", _stated(**changes), code)
    yield Vector("one-officer", "one officer alone", _signed_by(
        lambda d: (d.device, (d.officers[0],), (d.officers[0],))), "officers_missing")
    yield Vector("auxiliary", "an officer and an auxiliary", _signed_by(
        lambda d: (d.device, (d.officers[0], d.auxiliary), (d.officers[0], d.auxiliary))), "officers_missing")
    yield Vector("other-officer", "others than it names", _signed_by(
        lambda d: (d.device, (d.officers[0], d.officers[2]), tuple(d.officers[:2]))), "officers_differ")
    yield Vector("no-device", "officers without the device", _signed_by(
        lambda d: (d.officers[0], (d.officers[1],), tuple(d.officers[:2]))), "device_not_signed")
    yield Vector("wrong-purpose", "a headquarters key in the device's place", _signed_by(
        lambda d: (d.signer, tuple(d.officers[:2]), tuple(d.officers[:2]))), "device_not_signed")
    yield Vector("receipt-by-device", "a receipt the laptop made itself", _receipt(by_device=True),
                 "receipt_invalid")
    yield Vector("receipt-of-another", "a receipt for other bytes", _receipt(statement_sha256="0" * 64),
                 "receipt_other_statement")
    yield Vector("index-unbound", "an index of another key", _index(
        lambda i: {**i, "key": "1" * 64}, bound=False), "index_unbound", opening=True)
    yield Vector("index-member", "an index with a member too many", _index(
        lambda i: {**i, "more": 1}), "index_malformed", opening=True)
    yield Vector("index-differs", "an index of another revision", _index(
        lambda i: {**i, "rev": 1}), "index_differs", opening=True)
    yield Vector("object-differs", "another plaintext than the index tells", _index(
        _first_object(sha256="0" * 64)), "object_differs", opening=True)
    yield Vector("log-broken", "an event that was changed", _log(_broken_line), "log_broken", opening=True)
    yield Vector("log-no-json", "a log that is none", _log(lambda _data: b"{}\n"), "log_malformed", opening=True)


def _changes(before: Path, after: Path) -> list[dict[str, Any]]:
    """What makes ``after`` of ``before``, file by file."""
    def files(folder: Path) -> dict[str, bytes]:
        return {p.relative_to(folder).as_posix(): p.read_bytes()
                for p in folder.rglob("*") if p.is_file()}

    old, new = files(before), files(after)
    made: list[dict[str, Any]] = [{"do": "remove", "file": n} for n in sorted(old) if n not in new]
    for name in sorted(new):
        if old.get(name) == new[name]:
            continue
        turned = [i for i, (a, b) in enumerate(zip(old.get(name, b""), new[name], strict=False)) if a != b]
        if len(new[name]) == len(old.get(name, b"")) and len(turned) == 1:
            made.append({"do": "flip", "file": name, "at": turned[0]})
        elif name in old and old[name].startswith(new[name]):
            made.append({"do": "cut", "file": name, "to": len(new[name])})
        else:
            made.append({"do": "write", "file": name,
                         "data": base64.b64encode(new[name]).decode("ascii")})
    return made


def _lay_keys(out: Path, work: CaseWork, foreign: District) -> None:
    for folder, district in ((out / "trust", work.district), (out / "trust" / "foreign", foreign)):
        folder.mkdir(parents=True)
        (folder / "root.pem").write_bytes(certificate_pem(district.authority.root))
        (folder / "bundle.json").write_bytes(district.bundle[0])
        (folder / "bundle.p7s").write_bytes(district.bundle[1])
    (out / "keys").mkdir()
    for name, identity in (("case", work.identity), ("headquarters", work.district.identity)):
        (out / "keys" / f"{name}.key").write_text(identity.secret_text() + "\n", "ascii")


def make(out: Path) -> None:
    """Make all of it in ``out``, which must not be there."""
    with tempfile.TemporaryDirectory() as desk:
        work = CaseWork(new_district(), Path(desk))
        work.add("现场检查笔录.pdf", b"%PDF-1.7 vector " * 20)
        work.seal(State.DRAFT)
        work.add("现场录像-01.mp4", bytes(range(256)) * 300, ObjectKind.VIDEO, "video/mp4")
        work.seal(State.SUBMITTED)
        shutil.copytree(work.folder, out / "good")
        _lay_keys(out, work, new_district())
        at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1)
        told = []
        for vector in _vectors():
            copy = Path(desk) / vector.name
            shutil.copytree(out / "good", copy)
            made = Making(copy, work, at)
            vector.harm(made)
            found = judge(out, copy, at=made.at, trust=made.trust)
            here = found.opening if vector.opening else found.codes
            if vector.code and vector.code not in (here or ""):
                raise SystemExit(f"{vector.name}: {found}")
            told.append({
                "name": vector.name, "why": vector.why, "at": made.at.isoformat(), "trust": made.trust,
                "changes": _changes(out / "good", copy), "codes": sorted(found.codes), "ok": found.ok,
                "opening": found.opening})
        (out / "vectors.json").write_text(
            json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
