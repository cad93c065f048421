"""Sealing: what is written, in which order, and what is refused without harm."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bagit
import pytest

from field_app.crypto.hashing import sha256_file
from field_app.domain.ids import DeviceId
from field_app.errors import Cancelled
from field_app.packages import layout
from field_app.packages.existing import read_statements
from field_app.packages.open import open_package
from field_app.packages.seal import SealRefused, Signers, TrustFiles
from field_app.packages.statement import State
from field_app.packages.verdicts import sealing_codes, sealing_text
from field_app.packages.verify import verify_package


def _files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): sha256_file(path)
            for path in folder.rglob("*") if path.is_file()}


def _refused(call: Any) -> str:
    with pytest.raises(SealRefused) as refused:
        call()
    assert all(sealing_text(refused.value.code))
    return refused.value.code


def test_a_sealed_case_is_whole_and_opens(sealed_case: Any, district: Any) -> None:
    report = verify_package(sealed_case.folder, district.trust, at=datetime.now(UTC))
    assert report.findings == ()
    assert report.ok
    assert [s.statement.state for s in report.statements] == [State.DRAFT, State.SUBMITTED]
    for identity in (sealed_case.identity, district.identity):
        opened = open_package(sealed_case.folder, [identity])
        assert opened.index.case.local_no == "D012-2026-0031"
        for entry in opened.index.objects:
            assert opened.read(entry) == sealed_case.plain[entry.id]
        assert [event.seq for event in opened.log_events()] == [1, 2, 3, 4, 5, 6]


def test_objects_are_linked_not_sealed_again(sealed_case: Any) -> None:
    for item in sealed_case.objects:
        placed = sealed_case.folder / layout.object_name(item.entry.ct_sha256)
        assert placed.samefile(item.path)


def test_an_object_that_was_moved_and_linked_is_sealed_as_a_file(work: Any, district: Any, tmp_path: Path) -> None:
    work.add("录像.mkv", b"v" * 100_000)
    place = work.objects[0].path
    place.rename(tmp_path / "elsewhere.age")
    place.symlink_to(tmp_path / "elsewhere.age")
    work.seal()
    assert verify_package(work.folder, district.trust, at=datetime.now(UTC)).findings == ()
    assert work.seal().revision == 2


def test_public_tools_check_and_open(sealed_case: Any, district: Any, tmp_path: Path) -> None:
    from field_app.credentials.cms import certificate_pem

    folder = sealed_case.folder
    for manifest in (layout.MANIFEST, layout.TAG_MANIFEST):
        subprocess.run(["sha256sum", "--strict", "-c", manifest], cwd=folder, check=True,
                       capture_output=True)
    root = tmp_path / "root.pem"
    root.write_bytes(certificate_pem(district.authority.root))
    for revision in ("000001", "000002"):
        subprocess.run(
            ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in",
             f"statements/{revision}.p7s", "-content", f"statements/{revision}.json", "-CAfile",
             str(root), "-purpose", "any", "-out", "/dev/null"],
            cwd=folder, check=True, capture_output=True)
    key = tmp_path / "key.txt"
    key.write_text(district.identity.secret_text())
    index = subprocess.run(["age", "-d", "-i", str(key), "data/index/000002.age"], cwd=folder,
                           check=True, capture_output=True).stdout
    opened = open_package(folder, [district.identity])
    assert index == opened.index.to_bytes()
    entry = opened.index.objects[-1]
    plain = subprocess.run(
        ["age", "-d", "-i", str(key), layout.object_name(entry.ct_sha256)], cwd=folder,
        check=True, capture_output=True).stdout
    assert plain == sealed_case.plain[entry.id]


def test_any_archive_takes_it_for_a_whole_bag(sealed_case: Any, copied: Path) -> None:
    """RFC 8493, as the Library of Congress' tool judges it."""
    bag = bagit.Bag(str(sealed_case.folder))
    assert bag.is_valid() and bag.info["LE-Package"] == "1"
    spoiled = next(path for path in sorted((copied / "data" / "objects").rglob("*.age")))
    data = bytearray(spoiled.read_bytes())
    data[100] ^= 1
    spoiled.unlink()
    spoiled.write_bytes(bytes(data))
    with pytest.raises(bagit.BagValidationError, match=spoiled.name):
        bagit.Bag(str(copied)).validate()


def test_a_revision_adds_and_rewrites_nothing(work: Any) -> None:
    work.add("甲.pdf", b"a" * 5000)
    work.seal(State.DRAFT)
    before = _files(work.folder)
    work.add("乙.pdf", b"b" * 5000)
    second = work.seal(State.SUBMITTED)
    after = _files(work.folder)
    rewritten = {name for name in before if before[name] != after[name]}
    assert rewritten == {layout.MANIFEST, layout.TAG_MANIFEST, layout.BAG_INFO}
    assert second.revision == 2
    assert second.statement.prev is not None
    first, newest = read_statements(work.folder)
    assert newest.statement.prev == first.sha256
    assert [log.first for log in newest.statement.logs] == [1, 4]


def test_no_plain_word_of_the_case_stands_outside(sealed_case: Any) -> None:
    for path in sealed_case.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for word in ("某某建材", "警示标志", "D012-2026", "现场检查笔录"):
                assert word.encode() not in data, path.name


def test_submitting_needs_two_different_qualified_officers(work: Any, district: Any) -> None:
    work.add("甲.pdf", b"a")
    one, two = district.officers[:2]

    def seal(*officers: Any) -> None:
        work.seal(State.SUBMITTED, events=0, signers=Signers(district.device, officers))

    assert _refused(seal) == "officers_missing"
    assert _refused(lambda: seal(one)) == "officers_missing"
    assert _refused(lambda: seal(one, one)) == "officers_missing"
    assert _refused(lambda: seal(one, district.auxiliary)) == "officer_not_qualified"
    assert _refused(lambda: seal(one, district.device)) == "officer_not_qualified"
    assert not work.folder.exists()
    seal(one, two)


def test_drafts_carry_no_officer_signature(work: Any, district: Any) -> None:
    signers = Signers(district.device, tuple(district.officers[:2]))
    assert _refused(lambda: work.seal(State.DRAFT, signers=signers)) == "draft_signed"


def test_the_device_must_be_itself(work: Any, district: Any) -> None:
    draft = replace(work.draft(State.DRAFT), device=DeviceId("D013"))
    assert _refused(lambda: work.seal(State.DRAFT, draft=draft)) == "device_differs"


def test_a_changed_object_is_not_sealed(work: Any) -> None:
    work.add("甲.pdf", b"a" * 100)
    data = bytearray(work.objects[0].path.read_bytes())
    data[-1] ^= 1
    work.objects[0].path.write_bytes(data)
    assert _refused(lambda: work.seal(State.DRAFT)) == "object_changed"
    work.objects[0].path.unlink()
    assert _refused(lambda: work.seal(State.DRAFT, events=0)) == "object_missing"


def test_nothing_sealed_may_disappear(work: Any) -> None:
    work.add("甲.pdf", b"a" * 100)
    work.seal(State.DRAFT)
    kept = work.objects.pop()
    assert _refused(lambda: work.seal(State.DRAFT, events=0)) == "object_dropped"
    work.objects.append(kept)
    assert work.seal(State.DRAFT, events=0).revision == 2


def test_the_log_must_join(work: Any, district: Any) -> None:
    work.seal(State.DRAFT)
    work.chain.more(1, case=work.case, at=district.now)
    draft = work.draft(State.DRAFT)
    assert _refused(lambda: work.seal(State.DRAFT, draft=draft)) == "log_gap"
    broken = replace(draft, log=(draft.log[0].replace("第".encode(), "地".encode(), 1),))
    assert _refused(lambda: work.seal(State.DRAFT, draft=broken)) == "log_malformed"
    cut = replace(draft, log=(draft.log[0][:-5],))
    assert _refused(lambda: work.seal(State.DRAFT, draft=cut)) == "log_malformed"


def test_long_logs_are_split_into_ranges(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("field_app.packages.events.RANGE_BYTES", 2000)
    sealed = work.seal(State.DRAFT, events=40)
    assert len(sealed.statement.logs) > 3
    opened = open_package(work.folder, [work.identity])
    assert [event.seq for event in opened.log_events()] == list(range(1, 41))


def test_another_package_is_not_overwritten(work: Any, build: Any, district: Any) -> None:
    work.seal(State.DRAFT)
    other = build.CaseWork(district, work.home / "other")
    other.folder.parent.mkdir(parents=True)
    work.folder.rename(other.folder)
    assert _refused(lambda: other.seal(State.DRAFT)) == "package_differs"


def test_nothing_is_written_through_a_link(work: Any, tmp_path: Path) -> None:
    work.seal(State.DRAFT)
    victim = tmp_path / "victim"
    victim.mkdir()
    (work.folder / "receipts").symlink_to(victim)
    assert _refused(lambda: work.seal(State.DRAFT, events=0)) == "package_damaged"


def test_trust_files_are_named_and_never_rewritten(work: Any) -> None:
    def seal(name: str, data: bytes) -> None:
        work.seal(State.DRAFT, events=0, trust=TrustFiles({name: data}))

    for name in ("../x.pem", "x.exe", "A.pem", "a/b.pem"):
        assert _refused(lambda name=name: seal(name, b"")) == "trust_file"
    seal("root.pem", b"one")
    assert _refused(lambda: seal("root.pem", b"two")) == "trust_file"


def test_cancelling_leaves_the_package_as_it_was(work: Any, district: Any) -> None:
    work.add("甲.pdf", b"a" * 100)
    work.seal(State.DRAFT)
    work.add("录像.mkv", b"v" * 3_000_000)
    seen: list[tuple[int, int]] = []
    draft = work.draft()
    with pytest.raises(Cancelled):
        work.seal(draft=draft, progress=lambda done, total: seen.append((done, total)),
                  cancelled=lambda: len(seen) >= 2)
    assert 0 < seen[-1][0] < seen[-1][1]
    report = verify_package(work.folder, district.trust, at=datetime.now(UTC))
    assert report.ok
    assert report.newest is not None and report.newest.revision == 1
    assert work.seal(draft=draft).revision == 2


class _PowerCut(BaseException):
    """Ends the sealing at once, as a power cut does."""


def test_a_power_cut_at_any_file_is_mended_by_sealing_again(
        work: Any, district: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    work.add("甲.pdf", b"a" * 100)
    work.seal(State.DRAFT)
    work.add("乙.pdf", b"b" * 100)
    draft = work.draft()
    real = Path.replace
    step = 0
    while True:
        step += 1
        left = step

        def cut(self: Path, target: Any) -> Path:
            nonlocal left
            left -= 1
            if left == 0:
                raise _PowerCut
            return real(self, target)

        monkeypatch.setattr(Path, "replace", cut)
        try:
            work.seal(draft=draft)
        except _PowerCut:
            monkeypatch.setattr(Path, "replace", real)
            statements = read_statements(work.folder)
            if len(statements) == 2:
                break  # The statement was the point of no return; only manifests were cut.
            continue
        pytest.fail("the cut never came after the statement")
    assert step >= 5
    work.add("丙.pdf", b"c" * 100)
    assert work.seal(events=2).revision == 3
    report = verify_package(work.folder, district.trust, at=datetime.now(UTC))
    assert report.findings == ()
    opened = open_package(work.folder, [work.identity])
    assert [event.seq for event in opened.log_events()] == list(range(1, 9))


def test_every_refusal_speaks() -> None:
    for code in sealing_codes():
        what, remedy = sealing_text(code)
        assert what.endswith("。") and remedy.endswith("。")
