"""Several processes on one PostgreSQL and one bucket: work shared, servers killed, all of it restored."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from field_app.cli import main
from field_app.credentials.pem_keys import tls_identity
from field_app.headquarters.config import NAME, ConfigMalformed, read_config
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.rebuild import audit, rebuild
from field_app.headquarters.stick import import_package
from field_app.headquarters.store import open_store
from field_app.headquarters.tables import file, lane, receipt
from field_app.packages.existing import read_statement
from field_app.packages.layout import PART_SIZE, object_name
from field_app.packages.statement import State
from field_app.protocol.messages import SignedDocument
from field_app.sync.send import SendState, send_package
from field_app.sync.tls import client_context
from tests.unit.headquarters.backends import BOTH_LONG, SHARED, SHARED_LONG, Backend
from tests.unit.headquarters.site import PATIENT, Site, case_of, until


@pytest.fixture
def site(running: Any, district: Any, backend: Backend, tmp_path: Path) -> Iterator[Site]:
    hq = backend.configure(running.lay_out(district, tmp_path / "hq"))
    made = Site(hq, tmp_path, district)
    try:
        made.wait()
        yield made
    finally:
        made.end()


def _settled(site: Site) -> Counter[tuple[str, int]]:
    return Counter((line["package"], line["revision"]) for worker in site.workers
                   for line in worker.lines()
                   if line.get("verb") == "settle" and line.get("state") == "accepted")


@SHARED
def test_processes_share_the_work_and_outlive_the_database(
        site: Site, build: Any, running: Any, district: Any, backend: Backend, tmp_path: Path) -> None:
    assert backend.services is not None
    works = [case_of(build, district, tmp_path / f"laptop{n}") for n in range(4)]
    assert not (tmp_path / "door" / "keys" / "age.key").exists()
    assert all(process.health() == {"live": True, "ready": True, "parts": {
        "tables": "ok", "bytes": "ok"}} for process in site.all)
    with ThreadPoolExecutor(3) as pool:
        states = list(pool.map(lambda work: site.send(running, work), works[:3]))
    assert states == [SendState.RECEIVED] * 3
    with site.raw(works[3]) as ask:
        backend.services.postgres.kill()
        refused = ask("POST", "/v1/parts/missing", json={"parts": ["0" * 64]})
        assert (refused.status_code, refused.json()["error"]) == (503, "not_ready")
        assert int(refused.headers["Retry-After"]) > 0
        until(lambda: not site.door.health()["ready"])
        assert site.door.health()["parts"] == {"tables": "away", "bytes": "ok"}
        backend.services.postgres.start()
    assert site.send(running, works[3]) is SendState.RECEIVED
    until(lambda: all(process.health()["ready"] for process in site.all))
    assert sorted(_settled(site).values()) == [1, 1, 1, 1]
    metrics = httpx.get(f"{site.door.operations}/metrics", trust_env=False).text
    assert 'headquarters_revisions{status="accepted"} 4.0' in metrics
    assert 'headquarters_store_away_total{what="tables"}' in metrics
    assert all(each not in metrics for each in (works[0].package, works[0].number, "test:tester"))
    assert [process.stop() for process in site.all] == [0, 0, 0]
    assert not list((tmp_path / "door" / "temp").iterdir())
    assert audit(site.hq.root).ok
    backend.services.new_database(site.hq)  # the tables are lost, the bucket is not
    assert not audit(site.hq.root).ok
    rebuilt = rebuild(site.hq.root)
    assert (rebuilt.packages, rebuilt.revisions, rebuilt.refused) == (4, 4, 0)
    assert audit(site.hq.root).ok


@SHARED_LONG
def test_a_bucket_that_is_gone_in_the_middle(
        site: Site, build: Any, running: Any, district: Any, backend: Backend, tmp_path: Path) -> None:
    assert backend.services is not None
    work = case_of(build, district, tmp_path / "laptop", video=5 << 20)
    with ThreadPoolExecutor(1) as pool, site.raw(work) as ask:
        backend.services.swift.kill()
        sent = pool.submit(site.send, running, work)
        until(lambda: not site.door.health()["ready"])
        assert site.door.health()["parts"] == {"tables": "ok", "bytes": "away"}
        first = sorted(work.folder.glob("data/index/*.age"))[0].read_bytes()

        def refused() -> bool:
            answer = ask("PUT", f"/v1/parts/{_sha256(first)}", content=first)
            assert answer.status_code in (404, 503), answer.text  # 404 until its statement is known
            return answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0

        until(refused)
        backend.services.swift.start()
        assert sent.result(120) is SendState.RECEIVED
    assert list(_settled(site).values()) == [1]
    store = open_store(site.hq)
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(receipt)).scalar_one() == 1
        assert connection.execute(select(func.count()).where(~file.c.whole)).scalar_one() == 0
    store.close()
    assert audit(site.hq.root).ok


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@SHARED
def test_work_that_somebody_has_is_passed_over(
        running: Any, district: Any, work: Any, backend: Backend, tmp_path: Path) -> None:
    hq = backend.configure(running.lay_out(district, tmp_path / "hq"))
    work.add("甲.pdf", os.urandom(500))
    work.seal(State.SUBMITTED)
    assert import_package(hq.root, work.folder).ok
    one, other = open_store(hq), open_store(hq)
    mine = select(lane.c.device).where(lane.c.device == work.number)
    with one.claim(mine, lane) as first:
        assert first is not None
        with other.claim(mine, lane) as second:
            assert second is None
    with other.claim(mine, lane) as free:
        assert free is not None
    one.close()
    other.close()


def _back_up(hq: HqFolder, backend: Backend, target: Path) -> None:
    """As the README says: tables first, then bytes, which only ever grow."""
    target.mkdir()
    if backend.services is None:
        with (sqlite3.connect(hq.database) as live, sqlite3.connect(target / "hq.db") as copy):
            live.backup(copy)
        live.close()
        copy.close()
        shutil.copytree(hq.data, target / "data", ignore=shutil.ignore_patterns("hq.db*", "staging"))
        return
    address = read_config(hq).tables
    backend.services.postgres.tool("pg_dump", "-Fc", "-f", target / "hq.dump", address)
    with backend.depot(hq) as depot:
        for place in ("packages", "files", "quarantine", "raised", "heads", "parts"):
            for key in depot.bytes.keys(f"{place}/"):
                (target / key).parent.mkdir(parents=True, exist_ok=True)
                (target / key).write_bytes(depot.bytes.get(key, 64 << 20))


def _restore(hq: HqFolder, backend: Backend, source: Path) -> None:
    if backend.services is None:
        shutil.copytree(source / "data", hq.data, dirs_exist_ok=True)
        shutil.copy(source / "hq.db", hq.database)
        return
    backend.configure(hq)
    address = read_config(hq).tables
    backend.services.postgres.tool("pg_restore", "--clean", "--if-exists", "-d", address,
                                   source / "hq.dump")
    with backend.depot(hq) as depot:
        for path in (p for p in source.rglob("*") if p.is_file() and p.name != "hq.dump"):
            depot.bytes.put(path.relative_to(source).as_posix(), path.read_bytes())


@BOTH_LONG
def test_a_backup_restored_elsewhere_is_the_same_headquarters(
        running: Any, build: Any, district: Any, backend: Backend, tmp_path: Path) -> None:
    hq = backend.configure(running.lay_out(district, tmp_path / "hq"))
    work = case_of(build, district, tmp_path / "laptop")
    assert import_package(hq.root, work.folder).ok
    _back_up(hq, backend, tmp_path / "backup")
    again = HqFolder(tmp_path / "again")
    for part in ("keys", "trust"):  # kept apart, as the README says
        shutil.copytree(hq.root / part, again.root / part)
    _restore(again, backend, tmp_path / "backup")
    command: list[Any] = [sys.executable, "-m", "field_app", "headquarters", "verify", "--folder", again.root,
               "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert (told["ok"], told["packages"], told["findings"]) == (True, 1, [])
    # It goes on where it was: the same revision is known, a next one is taken in.
    work.add("补充.pdf", os.urandom(500))
    work.seal(State.SUBMITTED)
    assert [r.status for r in import_package(again.root, work.folder).revisions] == [
        "accepted", "accepted"]


@SHARED_LONG
def test_a_folder_moves_into_a_bucket(
        running: Any, build: Any, district: Any, backend: Backend, tmp_path: Path) -> None:
    hq = running.lay_out(district, tmp_path / "hq")
    work = case_of(build, district, tmp_path / "laptop")
    assert import_package(hq.root, work.folder).ok
    moved = HqFolder(tmp_path / "moved")
    for part in ("keys", "trust"):
        shutil.copytree(hq.root / part, moved.root / part)
    backend.configure(moved)
    with backend.depot(moved) as depot:
        for path in (p for p in hq.data.rglob("*") if p.is_file()):
            key = path.relative_to(hq.data).as_posix()
            if key.split("/")[0] in ("packages", "files", "quarantine") and "/data/" not in key:
                depot.bytes.put(key, path.read_bytes())
    rebuilt = rebuild(moved.root)
    assert (rebuilt.packages, rebuilt.revisions) == (1, 1)
    assert audit(moved.root).ok


@pytest.mark.parametrize("text", [
    "[tables]\npostgresql = 'postgresql://hq@/hq'\n", "[bytes]\nbucket = 'hq'\nendpoint = 'https://s3'\n",
    "[tables]\npostgresql = 'mysql://hq'\n[bytes]\nbucket = 'hq'\nendpoint = 'https://s3'\n",
    "[tables]\npostgresql = 'postgresql://hq@/hq'\n[bytes]\nbucket = 'hq'\nendpoint = 'ftp://s3'\n",
    "[tables]\npostgresql = 'postgresql://hq@/hq'\n[bytes]\nbucket = 'hq'\nendpoint = 'https://s3'\n"
    "credentials = 'keys/none.toml'\n",
    "[other]\n", "[tables\n", "[bytes]\nsecret_access_key = 'x'\n", "[tables]\npostgresql = 5\n"])
def test_a_wrong_configuration_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(ConfigMalformed):
        read_config(HqFolder(tmp_path))


def test_a_wrong_configuration_is_told_in_words(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / NAME).write_text("[tables]\npostgresql = 'postgresql:///hq?host=/nowhere'\n"
                                 "[bytes]\nbucket = 'hq'\nendpoint = 'http://127.0.0.1:9'\n")
    assert main(["headquarters", "user", "list", "--folder", str(tmp_path)]) == 1
    assert "数据库没有应答" in capsys.readouterr().err
    (tmp_path / NAME).write_text("[other]")
    assert main(["headquarters", "user", "list", "--folder", str(tmp_path)]) == 1
    assert NAME in capsys.readouterr().err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*sudo, "mount", "-t", "tmpfs", "-o", "size=100M,mode=777", "tmpfs", disk], check=True)
    yield disk
    subprocess.run([*sudo, "umount", disk], check=True)


def test_a_full_disk_is_told_and_nothing_is_lost(
        running: Any, district: Any, build: Any, small_disk: Path, tmp_path: Path) -> None:
    work = case_of(build, district, tmp_path / "laptop", video=3 << 20)
    hq = running.Headquarters(district, running.lay_out(district, small_disk / "hq")).start()
    context = client_context(district.trust.authorities_pem(), tls_identity(work.device))
    sealed = work.objects[1].entry.ct_sha256
    data = (work.folder / object_name(sealed)).read_bytes()
    pieces = [data[at:at + PART_SIZE] for at in range(0, len(data), PART_SIZE)]
    signed = read_statement(work.folder, 1)
    assert signed is not None
    filler = small_disk / "filler"
    try:
        with hq.client(device=work.device) as client, httpx.Client(
                base_url=hq.address, verify=context, trust_env=False, timeout=60) as raw:
            client.send_statement(work.package, 1, SignedDocument(signed.data, signed.signature))
            client.list_parts(sealed, [_sha256(piece) for piece in pieces])
            assert raw.get("/v1/health").status_code == 200
            with filler.open("wb") as full:
                os.posix_fallocate(full.fileno(), 0,
                                   shutil.disk_usage(small_disk).free - (1 << 20))
            refused = raw.put(f"/v1/parts/{_sha256(pieces[0])}", content=pieces[0])
            assert (refused.status_code, refused.json()["error"]) == (507, "storage_full")
            assert int(refused.headers["Retry-After"]) > 0
            time.sleep(1.1)  # it looks once a second
            health = raw.get("/v1/health")
            assert (health.status_code, health.json()["facts"]["bytes"]) == (503, "full")
            assert not list((hq.folder.data / "staging").iterdir())
            filler.unlink()
            outcome = send_package(work.folder, 1, client, trust=district.trust, patience=PATIENT)
        assert outcome.state is SendState.RECEIVED
    finally:
        hq.end()
    assert audit(hq.folder.root).ok
