"""The database's own disk without room: told as such, and nothing is lost or counted twice."""

import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from field_app.crypto.hashing import sha256_hex
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.rebuild import audit
from field_app.headquarters.store import open_store
from field_app.headquarters.tables import receipt, statement
from field_app.packages.existing import read_statement
from field_app.packages.layout import PART_SIZE, object_name
from field_app.protocol.messages import SignedDocument
from field_app.sync.send import SendState
from tests.unit.headquarters.backends import SHARED, Backend, Services
from tests.unit.headquarters.site import Site, case_of


@contextmanager
def _small_tables(services: Services, folder: HqFolder) -> Iterator[Path]:
    """Give ``folder`` tables on a disk of 40 MiB; yields the disk."""
    postgres = services.postgres
    name, disk = f"small{secrets.token_hex(4)}", postgres.folder / f"disk-{secrets.token_hex(4)}"
    owner = pwd.getpwuid(postgres.folder.stat().st_uid)
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    disk.mkdir()
    subprocess.run([*sudo, "mount", "-t", "tmpfs", "-o",
                    f"size=40M,mode=777,uid={owner.pw_uid},gid={owner.pw_gid}", "tmpfs", disk], check=True)
    try:
        place = disk / "tables"
        place.mkdir()
        os.chown(place, owner.pw_uid, owner.pw_gid)
        postgres.execute(f"CREATE TABLESPACE {name} LOCATION '{place}'")
        services.configure(folder)
        database = services.new_database(folder, tablespace=name)
        yield disk
        postgres.execute(f"DROP DATABASE {database} WITH (FORCE)")
        postgres.execute(f"DROP TABLESPACE {name}")
    finally:
        # PostgreSQL closes what it had open there when it comes to it.
        subprocess.run([*sudo, "umount", "--lazy", disk], check=True)


@contextmanager
def _full(disk: Path) -> Iterator[None]:
    filler = disk / "filler"
    try:
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free)
        yield
    finally:
        filler.unlink(missing_ok=True)


def _refused(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["error"]) == (507, "storage_full")
    assert int(answer.headers["Retry-After"]) > 0


@SHARED
def test_a_database_without_room(running: Any, district: Any, build: Any, backend: Backend,
                                 tmp_path: Path) -> None:
    assert backend.services is not None
    work = case_of(build, district, tmp_path / "laptop", video=5 << 20)
    signed = read_statement(work.folder, 1)
    assert signed is not None
    told = SignedDocument(signed.data, signed.signature).to_json()
    where = f"/v1/packages/{work.package}/revisions/1/statement"
    sealed = work.objects[1].entry.ct_sha256
    data = (work.folder / object_name(sealed)).read_bytes()
    pieces = [data[at:at + PART_SIZE] for at in range(0, len(data), PART_SIZE)]
    hq = running.lay_out(district, tmp_path / "hq")
    with _small_tables(backend.services, hq) as disk:
        site = Site(hq, tmp_path, district)
        try:
            site.wait()
            with site.raw(work) as ask:
                with _full(disk):
                    _refused(ask("POST", where, json=told))
                    assert site.door.health()["live"]
                assert ask("POST", where, json=told).status_code == 201
                listed = [sha256_hex(piece) for piece in pieces]
                assert ask("PUT", f"/v1/files/{sealed}/parts", json={"parts": listed}).status_code == 200
                with _full(disk):
                    _refused(ask("PUT", f"/v1/parts/{listed[0]}", content=pieces[0]))
            assert site.send(running, work) is SendState.RECEIVED
            store = open_store(hq)
            with store.read() as connection:
                for table in (statement, receipt):
                    assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 1
            store.close()
            assert audit(hq.root).ok
        finally:
            site.end()

