"""Proofs of time at headquarters: papers raised, statements and heads stamped, audited, rebuilt."""

import json
import multiprocessing
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from field_app.cli import main
from field_app.crypto.suites import seal_file
from field_app.documents.pades import sign_pdf
from field_app.documents.render import PaperFacts, render
from field_app.forms import load_form
from field_app.headquarters import pdf_judge, raising
from field_app.headquarters.console.contents import Contents, Damaged
from field_app.headquarters.console.reading import shown_objects
from field_app.headquarters.depot import open_depot
from field_app.headquarters.exclusive import alone
from field_app.headquarters.folder import HeadquartersIncomplete, HqFolder
from field_app.headquarters.proofs import Proved, prove_once
from field_app.headquarters.raising import RaisedInvalid, open_raised, read_record, signed_papers
from field_app.headquarters.rebuild import audit, rebuild
from field_app.headquarters.stamping import newest_heads, stamped_heads
from field_app.headquarters.stick import import_package
from field_app.headquarters.store import open_store
from field_app.headquarters.tables import event, signed_paper, statement
from field_app.headquarters.timestamps import configure_authority, load_authority
from field_app.headquarters.worker import make_examiner
from field_app.packages.layout import timestamp_name
from field_app.packages.statement import State
from tests.unit.headquarters import tsa

FACTS = PaperFacts(doc_no="武演乡罚〔2026〕1", short_code="K7QH4MXD9", verify_text="LE1 K7QH4MXD9",
                   draft=False)


@pytest.fixture
def server(time_server: tsa.TimeAuthority) -> Iterator[tsa.TimeAuthority]:
    yield time_server
    time_server.away = False


@pytest.fixture(scope="module")
def paper() -> bytes:
    return render(load_form("G1-01"), {}, FACTS).pdf


def signed(district: Any, paper: bytes, *, days: int = 2) -> bytes:
    return sign_pdf(paper, district.officers[:2], at=datetime.now(UTC) - timedelta(days=days),
                    authorities=[district.authority.district])


@pytest.fixture
def hq(running: Any, district: Any, work: Any, paper: bytes, tmp_path: Path) -> HqFolder:
    """A headquarters with one case: a signed paper, an unsigned one, a spoiled one."""
    whole = signed(district, paper)
    work.add("检查记录（电子签名）.pdf", whole)
    work.add("检查记录.pdf", paper)
    at = len(paper) // 3
    work.add("改过的（电子签名）.pdf", whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
    work.seal(State.SUBMITTED)
    folder: HqFolder = running.lay_out(district, tmp_path / "hq")
    assert import_package(folder.root, work.folder).ok
    return folder


def once(hq: HqFolder, *, now: datetime | None = None) -> Proved:
    store = open_store(hq)
    try:
        return prove_once(make_examiner(hq, store, open_depot(hq)), now=now or datetime.now(UTC))
    finally:
        store.close()


def papers(hq: HqFolder) -> list[Any]:
    store = open_store(hq)
    with store.read() as connection:
        found = signed_papers(connection)
    store.close()
    return found


def test_everything_is_proved_and_public_tools_agree(
        hq: HqFolder, work: Any, district: Any, server: tsa.TimeAuthority, tmp_path: Path) -> None:
    before = {p: p.read_bytes() for p in hq.package(work.package).rglob("*") if p.is_file()
              and p.parent.name != "receipts" and "manifest" not in p.name and "bag" not in p.name}
    configure_authority(hq, server.url, server.root_pem)
    assert once(hq) == Proved(3, 1, 1, 1)
    assert once(hq).nothing
    assert sorted(p.status for p in papers(hq)) == ["broken", "raised"]
    assert all(p.read_bytes() == data for p, data in before.items())  # what came stays as it came
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        subprocess.run(["sha256sum", "--strict", "-c", manifest], cwd=hq.package(work.package),
                       check=True, capture_output=True)
    root = str(server.folder / "root.pem")
    package = hq.package(work.package)
    (head,) = (hq.data / key for key in stamped_heads(open_depot(hq)))
    for data, answer in ((package / "statements/000001.p7s", package / timestamp_name(1)),
                         (head, head.with_suffix(".tsr"))):
        said = subprocess.run(["openssl", "ts", "-verify", "-data", str(data), "-in", str(answer),
                               "-CAfile", root], capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr
    told = json.loads(head.read_bytes())
    assert (told["device"], told["seq"], told["hash"]) == (work.number, work.chain.seq, work.chain.head)
    (raised,) = [p for p in papers(hq) if p.status == "raised"]
    record = read_record(open_depot(hq), raised.package, raised.object_id, district.trust)
    pdf = open_raised(open_depot(hq), record, district.identity)
    original = next(e for e in work.objects if e.entry.id == raised.object_id)
    assert pdf.startswith(work.plain[raised.object_id]) and record.sha256 == original.entry.sha256
    # The console shows it too, and nothing in its place.
    with open_store(hq).read() as connection:
        (shown,) = shown_objects(connection, work.package, raised.object_id)
        other = next(o for o in shown_objects(connection, work.package) if o.id != raised.object_id)
    contents = Contents(open_depot(hq), district.identity, lambda: district.trust)
    assert contents.raised(work.package, shown) == pdf
    with pytest.raises(Damaged):
        contents.raised(work.package, other)
    path = tmp_path / "raised.pdf"
    path.write_bytes(pdf)
    said = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=False)
    assert said.stdout.count("Signature is Valid") == 2
    sealed = hq.raised(raised.package, raised.object_id).read_bytes()
    assert sealed.startswith(b"age-encryption.org/v1") and b"%PDF" not in sealed
    found = audit(hq.root)
    assert found.ok and found.stamps is not None
    assert (found.stamps.statements, found.stamps.heads) == (1, 1)


def test_a_paper_is_raised_while_somebody_begins_to_settle(
        hq: HqFolder, server: tsa.TimeAuthority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever settles clears staging first, every few seconds; proofs are got beside, without that lock."""
    def sealed(*given: Any) -> Any:
        made = seal_file(*given)
        with alone(hq):
            return made

    monkeypatch.setattr(raising, "seal_file", sealed)
    configure_authority(hq, server.url, server.root_pem)
    assert once(hq).raised == 1
    assert list(hq.staging.iterdir()) == []


def _endless() -> bytes:
    """A form of a kilobyte whose fields name each other forty times over, ten deep."""
    parts = [b"<< /Type /Catalog /Pages 2 0 R /AcroForm 3 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>",
             b"<< /Fields [4 0 R] >>",
             *(b"<< /T (a) /Kids [%s] >>" % (b"%d 0 R " % (number + 1) * 40) for number in range(4, 14)),
             b"<< /T (z) >>"]
    made, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(parts) + 1
    return made + b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table) + (
        b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(made)))


@pytest.mark.soak
def test_a_paper_that_is_never_read_to_its_end_holds_nobody_up(
        hq: HqFolder, work: Any, paper: bytes, district: Any, server: tsa.TimeAuthority,
        monkeypatch: pytest.MonkeyPatch) -> None:
    work.add("无尽.pdf", _endless())
    work.add("检查记录二（电子签名）.pdf", signed(district, paper))
    work.seal(State.SUBMITTED)
    assert import_package(hq.root, work.folder).ok
    configure_authority(hq, server.url, server.root_pem)
    monkeypatch.setattr(pdf_judge, "SECONDS", 10.0)
    assert once(hq).raised == 2
    told = {p.name: p.status for p in papers(hq)}
    assert (told["无尽.pdf"], told["检查记录二（电子签名）.pdf"]) == ("broken", "raised")
    assert multiprocessing.active_children() == []


def test_an_audit_finds_what_was_changed_and_a_rebuild_starts_it_anew(
        hq: HqFolder, work: Any, server: tsa.TimeAuthority, district: Any) -> None:
    configure_authority(hq, server.url, server.root_pem)
    once(hq)
    before = _rows(hq)
    rebuild(hq.root)
    assert once(hq) == Proved(2)  # raised ones are known by their record, the others are looked at
    assert _rows(hq) == before
    (raised,) = [p for p in papers(hq) if p.status == "raised"]
    stamp = hq.package(work.package) / timestamp_name(1)
    (head,) = (hq.data / key for key in stamped_heads(open_depot(hq)))
    sealed = hq.raised(raised.package, raised.object_id)
    for path in (head, sealed, sealed.with_suffix(".json"), sealed.with_suffix(".p7s")):
        good = path.read_bytes()
        path.write_bytes(good[:-30] + bytes([good[-30] ^ 1]) + good[-29:])
        assert not audit(hq.root).ok, path
        path.write_bytes(good)
        assert audit(hq.root).ok
    record = read_record(open_depot(hq), raised.package, raised.object_id, district.trust)
    for gone in (stamp, head.with_suffix(".tsr"), sealed, sealed.with_suffix(".json")):
        gone.unlink()
    with pytest.raises(RaisedInvalid):
        open_raised(open_depot(hq), record, district.identity)
    found = audit(hq.root)
    assert sorted(f.code for f in found.added) == ["raised_invalid", "timestamp_invalid"]
    rebuild(hq.root)
    assert once(hq) == Proved(3, 1, 1, 1)
    assert audit(hq.root).ok


def _rows(hq: HqFolder) -> list[Any]:
    store = open_store(hq)
    with store.read() as connection:
        rows = [tuple(r) for r in connection.execute(select(
            signed_paper.c.package, signed_paper.c.object, signed_paper.c.status,
            signed_paper.c.signed_at, signed_paper.c.raised_at).order_by(signed_paper.c.object))]
        rows += [tuple(r) for r in connection.execute(select(
            statement.c.revision, statement.c.stamped))]
    store.close()
    return rows


def test_without_an_authority_it_says_so_and_alarms_after_thirty_days(
        hq: HqFolder, capsys: pytest.CaptureFixture[str], work: Any, paper: bytes, district: Any) -> None:
    assert once(hq) == Proved(3, authority=False)
    assert main(["headquarters", "prove", "--folder", str(hq.root)]) == 0
    said = capsys.readouterr().out
    assert "没有配置时间戳服务" in said and "B-B" in said
    assert audit(hq.root).ok and audit(hq.root).stamps is None
    work.add("旧的（电子签名）.pdf", signed(district, paper, days=31))
    work.seal(State.SUBMITTED)
    assert import_package(hq.root, work.folder).ok
    once(hq)
    assert main(["headquarters", "papers", "--folder", str(hq.root)]) == 1
    said = capsys.readouterr().out
    assert said.count("【超过30天】") == 1 and "警告：1份" in said and "没有配置时间戳服务" in said
    assert main(["headquarters", "papers", "--folder", str(hq.root), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["authority"] is False and told["overdue"] == 1 and len(told["papers"]) == 3


def test_while_the_authority_is_away_it_waits_longer_each_time(
        hq: HqFolder, server: tsa.TimeAuthority, capsys: pytest.CaptureFixture[str]) -> None:
    configure_authority(hq, server.url, server.root_pem)
    server.away = True
    now = datetime.now(UTC)
    waits = []
    for tries in range(1, 5):
        asked = server.asked
        assert once(hq, now=now).away
        assert server.asked == asked + 2  # one paper, one statement
        store = open_store(hq)
        with store.read() as connection:
            row = connection.execute(select(signed_paper).where(
                signed_paper.c.status == "waiting")).one()
        store.close()
        assert (row.problem, row.tries) == ("tsa_away", tries)
        again = datetime.fromisoformat(row.again_at)
        waits.append((again - now).total_seconds())
        asked = server.asked
        once(hq, now=again - timedelta(seconds=1))
        assert server.asked == asked + 1  # the paper is left alone meanwhile
        now = again
    assert waits == [60, 120, 240, 480]
    assert main(["headquarters", "papers", "--folder", str(hq.root)]) == 1  # the spoiled one
    assert "时间戳服务连不上，已试4次" in capsys.readouterr().out
    server.away = False
    assert once(hq, now=now) == Proved(0, 1, 1, 1)


def test_a_log_with_a_gap_is_stamped_up_to_the_gap(hq: HqFolder) -> None:
    store = open_store(hq)
    with store.write() as connection:
        assert [h.seq for h in newest_heads(connection)] == [3]
        connection.execute(update(event).where(event.c.seq == 3).values(seq=4))
        assert [h.seq for h in newest_heads(connection)] == [2]
        connection.execute(update(event).where(event.c.seq == 1).values(seq=9))
        assert newest_heads(connection) == []
    store.close()


def test_a_configuration_that_is_half_there_is_told(
        hq: HqFolder, server: tsa.TimeAuthority, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert load_authority(hq) is None
    hq.tsa.write_text('url = "ftp://x"\n')
    with pytest.raises(HeadquartersIncomplete):
        load_authority(hq)
    hq.tsa.write_text(f'url = "{server.url}"\n')
    with pytest.raises(HeadquartersIncomplete):
        load_authority(hq)
    for url, roots in (("file:///etc/passwd", server.root_pem), (server.url, b"no"),
                       ('http://x/"\nurl="http://y', server.root_pem), ("http://", server.root_pem)):
        with pytest.raises(ValueError, match=r".+"):
            configure_authority(hq, url, roots)
    kept = tmp_path / "roots.pem"
    kept.write_bytes(server.root_pem)
    assert main(["headquarters", "tsa", "--folder", str(hq.root), "--url", server.url, "--roots",
                 str(kept)]) == 0
    assert load_authority(hq) is not None
    assert main(["headquarters", "prove", "--folder", str(hq.root)]) == 0
    assert "电子文书1份，案件清单1个，日志末端1个" in capsys.readouterr().out
    assert main(["headquarters", "papers", "--folder", str(hq.root), "--out",
                 str(tmp_path / "out")]) == 1
    (taken,) = (tmp_path / "out").iterdir()
    assert taken.read_bytes().startswith(b"%PDF")
    assert main(["headquarters", "verify", "--folder", str(hq.root)]) == 0
    said = capsys.readouterr().out
    assert "案件清单1个，日志末端1个，无效0个" in said and "第3号及以前的日志，不晚于20" in said


def test_the_running_service_does_it_by_itself(
        start: Callable[..., Any], district: Any, work: Any, paper: bytes,
        server: tsa.TimeAuthority) -> None:
    from field_app.sync.send import SendState, send_package

    work.add("检查记录（电子签名）.pdf", signed(district, paper))
    work.seal(State.SUBMITTED)
    running = start()
    configure_authority(running.folder, server.url, server.root_pem)
    with running.client(device=work.device) as client:
        assert send_package(work.folder, 1, client, trust=district.trust).state is SendState.RECEIVED
    until = time.monotonic() + 60
    while time.monotonic() < until and not (
            stamped_heads(open_depot(running.folder)) and [p.status for p in papers(running.folder)] == ["raised"]):
        time.sleep(0.2)
    assert [p.status for p in papers(running.folder)] == ["raised"]
    assert stamped_heads(open_depot(running.folder))
    assert running.stop() == 0
    assert audit(running.folder.root).ok
