"""Real files of every kind that comes from outside, to be spoiled."""

import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from field_app.actions.audit_log import export_log
from field_app.credentials.certificate_file import pem_of
from field_app.credentials.cms import certificate_der, sign_detached
from field_app.credentials.device import DeviceHeader
from field_app.credentials.lockout import Lockout, write_lockout
from field_app.credentials.p256_issuing import key_file
from field_app.credentials.pem_keys import private_pem
from field_app.credentials.profile import OfficerInfo
from field_app.credentials.seen_log import SeenLog, keep_seen_log
from field_app.credentials.seen_time import keep_seen
from field_app.credentials.trust import Trust
from field_app.credentials.wrapped_key import wrap
from field_app.crypto.age_keys import Identity
from field_app.crypto.canonical import canonical
from field_app.crypto.suites import open_file, seal_file
from field_app.crypto.vault import box, seal_to
from field_app.domain.people import Role
from field_app.headquarters.raising import RaisedRecord
from field_app.protocol.errors import ErrorBody, WireError
from field_app.protocol.messages import (
    Hello,
    Inbox,
    InboxItem,
    InboxKind,
    Missing,
    PartList,
    SignedDocument,
    Waiting,
)
from field_app.protocol.receipt import Receipt, ReceivedFile, Verdict
from field_app.protocol.signed_time import SignedTime, TimeRequest
from tests.unit.credentials import forge
from tests.unit.credentials.conftest import NOW
from tests.unit.credentials.laptops import Laptop, make_laptop
from tests.unit.fuzz.file_seeds import make_file_seeds
from tests.unit.headquarters import tsa

MACHINE, PHRASE, PIN = b"m" * 32, "很长的加固口令-0123", "演练-246810"
ROUNDS = 100


@dataclass(frozen=True)
class Seeds:
    """The files by name, and what opens or judges them."""

    folder: Path
    laptop: Laptop
    trust: Trust
    header: DeviceHeader
    identity: Identity
    files: dict[str, bytes]

    def scratch(self, data: bytes, name: str = "spoiled") -> Path:
        """The bytes as a file."""
        path = self.folder / name
        path.write_bytes(data)
        return path


def _states(folder: Path) -> dict[str, bytes]:
    path = folder / "state"
    write_lockout(path, Lockout().after_wrong("a" * 64, NOW), MACHINE)
    made = {"lockout": path.read_bytes()}
    path.unlink()
    keep_seen(path, MACHINE, NOW)
    made["clock"] = path.read_bytes()
    keep_seen_log(path, MACHINE, SeenLog(7, "ab" * 32), device="D001")
    return made | {"seen_log": path.read_bytes()}


def _messages(document: bytes, signature: bytes, at: datetime) -> dict[str, bytes]:
    signed = SignedDocument(document[:300], signature[:300])
    receipt = Receipt("0" * 8 + "-0000-4000-8000-" + "0" * 12, 1, "a" * 64, Verdict.ACCEPTED,
                      (ReceivedFile("b" * 64, 5),), (), "演练区司法局", at)
    values: dict[str, Any] = {
        "hello": Hello(at, 3), "parts": PartList(("a" * 64,)), "missing": Missing(("a" * 64,)),
        "waiting": Waiting(1, 2, 3), "signed": signed, "receipt": receipt,
        "inbox": Inbox((InboxItem(1, InboxKind.ORDER, signed),), 2),
        "error": ErrorBody.about(WireError.FORK, place="x"),
        "time_request": TimeRequest("a" * 64),
        "signed_time": SignedTime("a" * 64, "D001", "演练区司法局", at)}
    return {name: canonical(value.to_json()) for name, value in values.items()}


def _times(folder: Path, at: datetime) -> dict[str, bytes]:
    """A time-stamp over ``data``, the roots that it is believed by, and a raised paper's record."""
    authority = tsa.TimeAuthority(tsa.make_tsa(folder / "tsa"))
    (folder / "data").write_bytes(b"data")
    query = subprocess.run(["openssl", "ts", "-query", "-data", str(folder / "data"), "-sha256", "-cert"],
                           check=True, capture_output=True).stdout
    number = "0" * 8 + "-0000-4000-8000-" + "0" * 12
    record = RaisedRecord(number, number, "a" * 64, 5, "b" * 64, 9, "c" * 64, at, at, at, "演练区司法局")
    return {"tsr": authority.reply(query), "tsa_roots": authority.root_pem, "raised": record.data()}


def _package(sealed: Any) -> dict[str, bytes]:
    """Statement, index, log, manifest and declaration of a sealed case."""
    made = {name: (sealed.folder / path).read_bytes() for name, path in (
        ("statement", "statements/000002.json"), ("statement_p7s", "statements/000002.p7s"),
        ("manifest", "manifest-sha256.txt"), ("bag_info", "bag-info.txt"))}
    for name in ("index", "log"):
        path = sorted((sealed.folder / "data" / name).rglob("*.age"))[-1]
        made[name] = open_file(path, [sealed.identity], limit=1 << 20)
        made.setdefault("age_index", path.read_bytes())
    return made


def make_seeds(folder: Path, sealed: Any) -> Seeds:
    """All of them, made by the parts that make them in the field."""
    laptop = make_laptop(folder / "laptop")
    home, officer = laptop.home, laptop.a
    with laptop.open() as session:
        out = export_log(session, folder / "out")
        header, trust = session.header, session.trust
    bundle, signature = forge.bundle(home.authority, home.hq)
    identity = Identity.generate()
    seal_file(folder / "x.age", [b"evidence" * 20_000], [identity.recipient])
    seal_file(folder / "y.age", [b"short"], [identity.recipient])
    public = officer.encryption_key.public_key()
    files = _times(folder, NOW) | {
        "certificate": certificate_der(officer.certificate), "certificate_pem": pem_of(officer.certificate),
        "info": OfficerInfo(Role.QUALIFIED, "D12", "A-1", "ab" * 32, ("监管", "执法")).to_der(),
        "cms": sign_detached(b"data", [officer, laptop.b], at=NOW),
        "p12": key_file(officer, PIN, rounds=ROUNDS), "key_pem": private_pem(officer),
        "lek": wrap(officer, PHRASE, MACHINE, memory_kib=64, passes=1, lanes=1),
        "header": laptop.data.device_header.read_bytes(), "bundle": bundle, "bundle_p7s": signature,
        "age": (folder / "x.age").read_bytes(), "age_short": (folder / "y.age").read_bytes(),
        "recipient": str(identity.recipient).encode(), "identity": identity.secret_text().encode(),
        "layer": seal_to(public, b"k" * 32, b"info"), "boxed": box(b"k" * 32, b"plain", b"context"),
        "events": (out.folder / "events.jsonl").read_bytes(),
        "event": (out.folder / "events.jsonl").read_bytes().splitlines()[0],
        "heads": (out.folder / "heads.jsonl").read_bytes(),
        **_states(folder), **_messages(bundle, signature, NOW), **_package(sealed),
        **make_file_seeds(folder / "files")}
    return Seeds(folder, laptop, trust, header, identity, files)
