"""One byte changed anywhere: each change is found, or means the same as before and gives the same.

Seeded; counts are printed (``-s``). A change counts as *found* when the reader refuses the file or
tells a problem, and as *harmless* only when what was read is equal in every part to the untouched.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from field_app.actions.audit_log import export_log
from field_app.cli import verify_log
from field_app.credentials.device import (
    NotEnrolled,
    PairUnknown,
    enrol,
    open_by_custodians,
    read_header,
    write_header,
)
from field_app.credentials.keys import NotAKeyFile, WrongPin
from field_app.credentials.lockout import Lockout, read_lockout, write_lockout
from field_app.credentials.login import LoginRefused, log_in
from field_app.credentials.pdf_signatures import PdfNotSigned, SignatureBroken, pdf_signatures
from field_app.credentials.profile import Purpose, fingerprint
from field_app.credentials.seen_log import SeenLog, SeenLogLost, keep_seen_log, read_seen_log
from field_app.credentials.seen_time import keep_seen, read_seen
from field_app.credentials.trust import (
    CertificateRefused,
    Trust,
    TrustRefused,
    check_certificate,
    parse_bundle,
)
from field_app.credentials.wrapped_key import load_wrapped, wrap
from field_app.crypto.vault import VaultError
from field_app.documents.pades import sign_pdf
from field_app.documents.render import PaperFacts, render
from field_app.domain.clock import Moment
from field_app.domain.ids import DeviceId
from field_app.forms import load_form
from field_app.forms.longest import longest_answers
from tests.unit.credentials import forge
from tests.unit.credentials.conftest import NOW, make_district
from tests.unit.credentials.laptops import Laptop, make_laptop

# The library remarks on spoiled certificates (lengths, serials) before their signature is judged.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

SEED = 20261126
MACHINE = b"m" * 32
PHRASE = "很长的加固口令-0123"

Judge = Callable[[bytes], Any]
"""What was read of the bytes, comparable; or the refusal, raised."""

REFUSALS = (NotEnrolled, TrustRefused, VaultError, NotAKeyFile, WrongPin, SeenLogLost, PdfNotSigned,
            SignatureBroken, LoginRefused, PairUnknown, CertificateRefused)


class Found(Exception):
    """A reader that answers instead of raising told that something is wrong."""


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    return make_laptop(tmp_path_factory.mktemp("bytes"))


def trial(name: str, data: bytes, judge: Judge, times: int) -> Counter[str]:
    """Change ``times`` single bytes; each found or harmless."""
    rng = random.Random(f"{SEED}{name}")
    untouched, counts = judge(data), Counter[str]()
    for _ in range(times):
        place, bit = rng.randrange(len(data)), rng.randrange(1, 256)
        changed = bytearray(data)
        changed[place] ^= bit
        try:
            read = judge(bytes(changed))
        except (*REFUSALS, Found):
            counts["found"] += 1
            continue
        assert read == untouched, f"{name}: byte {place} ^ {bit:#x} changed the meaning unseen"
        counts["harmless"] += 1
    print(f"{name}: {times} changes, {counts['found']} found, {counts['harmless']} harmless")
    return counts


def _log_judge(folder: Path, head: str) -> tuple[bytes, Judge]:
    def judge(data: bytes) -> object:
        path = folder / "changed.jsonl"
        path.write_bytes(data)
        found = verify_log.verify(path, root=folder / "root.pem", device=folder / "device.pem",
                                  heads=folder / "heads.jsonl", known=(head,))
        if not found.ok:
            raise Found
        return found

    return (folder / "events.jsonl").read_bytes(), judge


def _trust_facts(trust: Trust) -> object:
    return (trust.number, trust.issued, trust.agency, trust.officers, trust.encryption, trust.root,
            trust.crls, trust.hq_recipients, trust.intermediates, trust.custodians)


def _header_trial(laptop: Laptop, folder: Path) -> tuple[bytes, Judge]:
    """Each row opened by its pair, the escrow by its custodians, and the device's key used."""
    home = laptop.home
    keepers = [home.authority.issue_custodian(f"保管人{n}", f"K-{n}", valid=forge.VALID) for n in "12"]
    made = enrol(home.authority.issue_device("D007", agency="镇", valid=forge.VALID),
                 device=DeviceId("D007"), agency="镇", root=home.authority.root,
                 officers=[laptop.a.encryption_certificate, laptop.b.encryption_certificate],
                 vault_key=home.vault_key, custodians=[k.certificate for k in keepers])
    path = folder / "device.hdr"
    write_header(path, made)
    pinned, trust = fingerprint(home.authority.root), home.trust()

    def judge(data: bytes) -> object:
        path.write_bytes(data)
        header = read_header(path)
        unlocked = log_in(header, laptop.a, laptop.b, trust, moment=Moment(NOW, 1, "boot"))
        again = open_by_custodians(header, *keepers)
        if header.root_sha256 != pinned:
            raise Found  # the trust bundle is then refused (``trust.other_root``)
        # The agency's name stands there for people; nothing is decided by it.
        return unlocked.vault_key, again, unlocked.device_key.certificate, header.device

    return path.read_bytes(), judge


def _state_judges(folder: Path) -> Iterator[tuple[str, bytes, Judge]]:
    path = folder / "state.json"
    lockout = Lockout()
    for _ in range(7):
        lockout = lockout.after_wrong("a" * 64, NOW)
    write_lockout(path, lockout, MACHINE)

    def of_lockout(data: bytes) -> object:
        path.write_bytes(data)
        read = read_lockout(path, MACHINE, now=NOW)
        if read.edited:
            raise Found
        return read

    yield "lockout.json", path.read_bytes(), of_lockout
    path.unlink()
    keep_seen(path, MACHINE, NOW)

    def of_clock(data: bytes) -> object:
        path.write_bytes(data)
        read = read_seen(path, MACHINE)
        if read.latest is None:
            raise Found
        return read

    yield "clock.json", path.read_bytes(), of_clock
    keep_seen_log(path, MACHINE, SeenLog(77, "ab" * 32), device="D001")

    def of_log(data: bytes) -> object:
        path.write_bytes(data)
        return read_seen_log(path, MACHINE, device="D001")

    yield "log.json", path.read_bytes(), of_log


def all_trials(laptop: Laptop, folder: Path, share: int) -> Counter[str]:
    """Ten thousand changes when ``share`` is 1, fewer for the short trial."""
    counts: Counter[str] = Counter()
    with laptop.open() as session:
        out = export_log(session, folder / f"log{share}")
    data, judge = _log_judge(out.folder, f"{out.events}:{out.head[:16]}")
    counts += trial("events.jsonl", data, judge, 2000 // share)
    heads = (out.folder / "heads.jsonl").read_bytes()

    def of_heads(changed: bytes) -> object:
        (out.folder / "heads.jsonl").write_bytes(changed)
        return judge(data)

    counts += trial("heads.jsonl", heads, of_heads, 500 // share)
    data, judge = _header_trial(laptop, folder)
    counts += trial("device.hdr", data, judge, 2000 // share)
    pinned = fingerprint(laptop.home.authority.root)
    bundle, signature = forge.bundle(laptop.home.authority, laptop.home.hq)
    counts += trial("bundle.json", bundle, lambda b: _trust_facts(
        parse_bundle(b, signature, pinned_root_sha256=pinned)), 1500 // share)
    counts += trial("bundle.p7s", signature, lambda s: _trust_facts(
        parse_bundle(bundle, s, pinned_root_sha256=pinned)), 1000 // share)
    for name, state, reads in _state_judges(folder):
        counts += trial(name, state, reads, 500 // share)
    path = folder / "a.lek"
    trust = laptop.home.trust()
    wrapped = wrap(laptop.a, PHRASE, MACHINE, memory_kib=64, passes=1, lanes=1)

    def of_wrapped(changed: bytes) -> object:
        path.write_bytes(changed)
        key = load_wrapped(path, PHRASE, MACHINE)
        # The certificates lie there in the open; as at login, the district's signature guards them.
        check_certificate(key.certificate, trust, at=NOW, purpose=Purpose.OFFICER)
        check_certificate(key.encryption_certificate, trust, at=NOW, purpose=Purpose.OFFICER_ENCRYPTION)
        return (key.certificate, key.encryption_certificate, key.private_key.private_numbers(),
                key.encryption_key.private_numbers())

    counts += trial("a.lek", wrapped, of_wrapped, 500 // share)
    return counts


def signed_paper() -> tuple[bytes, Judge]:
    """A short paper that both officers signed."""
    home = make_district()
    form = load_form("G1-02")
    pdf = render(form, longest_answers(form), PaperFacts(draft=False, case_no="1")).pdf
    keys = (home.officer("张喆堃", "A-1"), home.officer("李㙦", "A-2"))
    signed = sign_pdf(pdf, keys, at=NOW, authorities=[home.authority.district])

    def judge(data: bytes) -> object:
        found = pdf_signatures(data, home.authority.root, [home.authority.district])
        if [f.field for f in found] != ["Officer1", "Officer2"] or not all(f.covers for f in found):
            raise Found
        return found

    return signed, judge


def test_some_single_bytes(laptop: Laptop, tmp_path: Path) -> None:
    counts = all_trials(laptop, tmp_path, 50)
    assert counts["found"] > 150


@pytest.mark.soak
def test_nine_thousand_single_bytes(laptop: Laptop, tmp_path: Path) -> None:
    counts = all_trials(laptop, tmp_path, 1)
    total = sum(counts.values())
    print(f"all: {total} changes, {counts['found']} found, {counts['harmless']} harmless")
    assert total == 9_000


@pytest.mark.soak
def test_a_thousand_single_bytes_of_a_signed_paper() -> None:
    data, judge = signed_paper()
    assert sum(trial("signed.pdf", data, judge, 1000).values()) == 1000
