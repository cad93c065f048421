"""Every reader of outside bytes, with the refusals it may answer with; anything else is a fault."""

import base64
from collections.abc import Callable
from io import BytesIO
from typing import Any

from field_app.cli import verify_log
from field_app.credentials.certificate_file import from_der, from_pem, read_certificate_file
from field_app.credentials.cms import CmsRefused, verify_detached
from field_app.credentials.device import NotEnrolled, PairUnknown, read_header
from field_app.credentials.key_file import load_key_file
from field_app.credentials.keys import NotAKeyFile, WrongPin
from field_app.credentials.lockout import read_lockout
from field_app.credentials.login import LoginRefused, log_in
from field_app.credentials.pem_keys import load_pem_signer
from field_app.credentials.profile import OfficerInfo, Purpose, fingerprint, officer_of
from field_app.credentials.seen_log import SeenLogLost, read_seen_log
from field_app.credentials.seen_time import read_seen
from field_app.credentials.session_keys import SessionKeys, signed_by_session
from field_app.credentials.trust import CertificateRefused, TrustRefused, check_certificate, parse_bundle
from field_app.credentials.wrapped_key import load_wrapped
from field_app.crypto.age_keys import Identity, Recipient
from field_app.crypto.canonical import MalformedJson, parse
from field_app.crypto.salvage import SalvageReader
from field_app.crypto.stanzas import AgeError, parse_header
from field_app.crypto.suites import SealedReader, salvage_prefix
from field_app.crypto.vault import VaultError, unbox
from field_app.domain.clock import Moment
from field_app.headquarters.folder import HeadquartersIncomplete, HqFolder
from field_app.headquarters.raising import RaisedRecord
from field_app.headquarters.timestamps import (
    TimeAuthority,
    TimestampInvalid,
    check,
    configure_authority,
    read_roots,
    told_time,
)
from field_app.packages.bag import read_bag_info, read_manifest
from field_app.packages.events import read_chain, read_event, split_ranges
from field_app.packages.index import parse_index
from field_app.packages.statement import parse_statement
from field_app.protocol.errors import ErrorBody
from field_app.protocol.messages import Hello, Inbox, Missing, PartList, SignedDocument, Waiting
from field_app.protocol.receipt import Receipt
from field_app.protocol.signed_time import SignedTime, TimeRequest
from field_app.protocol.strict import Malformed
from tests.unit.credentials.conftest import NOW
from tests.unit.fuzz.file_readers import FILE_READERS
from tests.unit.fuzz.reader import Reader
from tests.unit.fuzz.seeds import MACHINE, PHRASE, PIN, Seeds

MOMENT = Moment(NOW, 1, "boot")


def _message(kind: Any) -> Callable[[Seeds, bytes], object]:
    return lambda s, data: kind.from_json(parse(data, must_be_canonical=False))


def _age(s: Seeds, data: bytes) -> object:
    return sum(len(part) for part in SealedReader(BytesIO(data), [s.identity]).stream())


def _salvage(s: Seeds, data: bytes) -> object:
    reader = SalvageReader(BytesIO(data), [s.identity])
    return [*reader.lost()], sum(map(len, salvage_prefix(BytesIO(data), [s.identity])))


def _header(s: Seeds, data: bytes) -> object:
    header = read_header(s.scratch(data, "device.hdr"))
    return log_in(header, s.laptop.a, s.laptop.b, s.trust, moment=MOMENT)


def _wrapped(s: Seeds, data: bytes) -> object:
    return load_wrapped(s.scratch(data, "a.lek"), PHRASE, MACHINE)


def _certificate(s: Seeds, data: bytes) -> object:
    certificate = from_der(data)
    officer_of(certificate)
    check_certificate(certificate, s.trust, at=NOW, purpose=Purpose.OFFICER)
    return certificate


def _pem(s: Seeds, data: bytes) -> object:
    return read_certificate_file(s.scratch(data, "a.cer")), from_pem(data)


def _signer(s: Seeds, data: bytes) -> object:
    return load_pem_signer(s.files["certificate_pem"], data)


def _bundle(s: Seeds, data: bytes) -> object:
    return parse_bundle(data, s.files["bundle_p7s"],
                        pinned_root_sha256=fingerprint(s.laptop.home.authority.root))


def _signature(s: Seeds, data: bytes) -> object:
    return parse_bundle(s.files["bundle"], data,
                        pinned_root_sha256=fingerprint(s.laptop.home.authority.root))


def _layer(s: Seeds, data: bytes) -> object:
    return s.laptop.a.open(data, b"info")


def _session_key(_: Seeds, data: bytes) -> object:
    text = data.decode("latin-1")
    return (signed_by_session(b"x", text, SessionKeys().public(1)),
            signed_by_session(b"x", base64.b64encode(b"0" * 70).decode(), text))


def _log(s: Seeds, data: bytes) -> object:
    out = s.folder / "out"
    return verify_log.verify(s.scratch(data, "events.jsonl"), root=out / "root.pem",
                             device=out / "device.pem", heads=out / "heads.jsonl")


def _heads(s: Seeds, data: bytes) -> object:
    return verify_log.read_heads(s.scratch(data, "heads.jsonl"), None, verify_log.Verifier())


def _chain(_: Seeds, data: bytes) -> object:
    return ([*read_chain(data, device="D012", first=1, prev="0" * 64)], split_ranges([data]))


def _bag_info(s: Seeds, data: bytes) -> object:
    s.scratch(data, "bag-info.txt")
    return read_bag_info(s.folder)


def _timestamp(s: Seeds, data: bytes) -> object:
    authority = TimeAuthority("http://127.0.0.1/", *read_roots(s.files["tsa_roots"]))
    return told_time(data), check(authority, data, b"data")


def _roots(s: Seeds, data: bytes) -> object:
    return configure_authority(HqFolder(s.folder / "hq").make(), "http://127.0.0.1/", data)


READERS: tuple[Reader, ...] = (
    Reader("canonical json", ("bundle", "event", "statement"), lambda _, d: parse(d), (MalformedJson,)),
    Reader("age file", ("age", "age_short", "age_index"), _age, (AgeError,)),
    Reader("age salvage", ("age", "age_short"), _salvage, (AgeError,)),
    Reader("age header", ("age_short",), lambda _, d: parse_header(
        BytesIO(d), b"age-encryption.org/v1\n"), (AgeError,)),
    Reader("age recipient", ("recipient",), lambda _, d: Recipient.parse(d.decode("latin-1")), (ValueError,)),
    Reader("age identity", ("identity",), lambda _, d: Identity.parse(d.decode("latin-1")), (ValueError,)),
    Reader("vault layer", ("layer",), _layer, (VaultError,)),
    Reader("vault box", ("boxed",), lambda _, d: unbox(b"k" * 32, d, b"context"), (VaultError,)),
    Reader("cms", ("cms", "bundle_p7s", "statement_p7s"), lambda _, d: verify_detached(b"data", d), (CmsRefused,)),
    Reader("certificate", ("certificate",), _certificate, (ValueError, CertificateRefused)),
    Reader("certificate file", ("certificate_pem",), _pem, (ValueError,)),
    Reader("officer extension", ("info",), lambda _, d: OfficerInfo.from_der(d), (ValueError,)),
    Reader("key file", ("p12",), lambda s, d: load_key_file(s.scratch(d, "a.p12"), PIN), (NotAKeyFile, WrongPin)),
    Reader("server key", ("key_pem",), _signer, (NotAKeyFile,)),
    Reader("wrapped key", ("lek",), _wrapped, (NotAKeyFile, WrongPin)),
    Reader("device header", ("header",), _header, (NotEnrolled, LoginRefused, PairUnknown)),
    Reader("trust bundle", ("bundle",), _bundle, (TrustRefused,)),
    Reader("trust signature", ("bundle_p7s",), _signature, (TrustRefused,)),
    Reader("lockout", ("lockout",), lambda s, d: read_lockout(s.scratch(d), MACHINE, now=NOW)),
    Reader("seen time", ("clock",), lambda s, d: read_seen(s.scratch(d), MACHINE)),
    Reader("seen log", ("seen_log",), lambda s, d: read_seen_log(
        s.scratch(d), MACHINE, device="D001"), (SeenLogLost,)),
    Reader("session key", ("recipient",), _session_key),
    Reader("exported log", ("events",), _log),
    Reader("signed heads", ("heads",), _heads),
    Reader("logged event", ("event",), lambda _, d: read_event(d), (Malformed,)),
    Reader("package log", ("log", "events"), _chain, (Malformed,)),
    Reader("package statement", ("statement",), lambda _, d: parse_statement(d), (Malformed,)),
    Reader("package index", ("index",), lambda _, d: parse_index(d), (Malformed,)),
    Reader("package manifest", ("manifest",), lambda s, d: read_manifest(s.scratch(d)), (Malformed,)),
    Reader("package declaration", ("bag_info",), _bag_info, (Malformed,)),
    Reader("time-stamp", ("tsr",), _timestamp, (TimestampInvalid,)),
    Reader("time-stamp roots", ("tsa_roots",), _roots, (ValueError, HeadquartersIncomplete)),
    Reader("raised record", ("raised",), lambda _, d: RaisedRecord.read(d), (Malformed, MalformedJson)),
    *(Reader(f"message {name}", (name,), _message(kind), (Malformed, MalformedJson))
      for name, kind in (("hello", Hello), ("parts", PartList), ("missing", Missing), ("waiting", Waiting),
                         ("inbox", Inbox), ("signed", SignedDocument), ("receipt", Receipt),
                         ("error", ErrorBody), ("time_request", TimeRequest),
                         ("signed_time", SignedTime))),
    *FILE_READERS,
)
