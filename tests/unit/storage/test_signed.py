"""Signed pages and signatures are stored, and older stores gain their tables with a backup."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import IntegrityError

from field_app.domain.ids import BlobId, CaseId, DocumentId
from field_app.domain.signed import FoundBy, Outcome, Place, Signature, SignedPage
from field_app.storage import signed
from field_app.storage.engine import open_engine
from field_app.storage.schema import MIGRATIONS
from field_app.storage.store import Store, open_store

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
CASE, PAPER = CaseId("c"), DocumentId("p")
_ROWS = (
    "INSERT INTO case_file (id, package, local_no, procedure, procedure_version, cause, matter, party,"
    " place, opened, officers, identity, sync, revision, confirmed_bytes, total_bytes, problem) VALUES"
    " ('c','k','D1','x',1,'','','{}','','2026','[]','','draft',0,0,0,'')",
    "INSERT INTO step VALUES ('s','c','inspection',0,'now',NULL,NULL,'','',0)",
    "INSERT INTO blob VALUES ('b','c','signed_scan','n','m','b.age',1,'h',2,'h','2026','')",
)


def filled(store: Store) -> None:
    with store.begin() as tx:
        for row in _ROWS:
            tx.connection.exec_driver_sql(row)
        tx.connection.exec_driver_sql(
            "INSERT INTO paper (id, case_id, step_id, form, form_version, form_sha256, title, state,"
            " answers, changed, number, short_code, pages, pdf_sha256) VALUES"
            " ('p','c','s','G1-04',1,'','t','issued','{}','2026-01-01T00:00:00+00:00','n','k',2,'')")


def page(number: int, at: datetime = NOW) -> SignedPage:
    return SignedPage(id=f"{number}{at.minute}", paper=PAPER, page=number, scan=BlobId("b"),
                      original=BlobId("b"), source_page=1, found=FoundBy.CODE, likeness=93, at=at)


def test_pages_and_signatures_are_read_as_they_were_stored(store: Store) -> None:
    filled(store)
    given = Signature(id="1", paper=PAPER, place=Place(2, "当事人（签名）", 1), signer="李",
                      outcome=Outcome.REFUSED, answers_sha256="a" * 64, at=NOW, reason="不服",
                      witness="王")
    with store.begin() as tx:
        for one in (page(2), page(1)):
            signed.add_page(tx, one)
        signed.add_signature(tx, given)
    with store.begin() as tx:
        assert sorted(p.page for p in signed.pages_of_case(tx, CASE)) == [1, 2]
        assert page(2) in signed.pages_of_case(tx, CASE)
        assert signed.signatures_of(tx, PAPER) == [given]
        signed.withdraw(tx, "1", at=NOW)
        assert signed.signatures_of(tx, PAPER) == []
        (kept,) = signed.signatures_of_case(tx, CASE)
        assert kept.withdrawn == NOW and signed.pages_of_case(tx, CaseId("other")) == []


def test_a_page_needs_its_sealed_files(store: Store) -> None:
    with pytest.raises(IntegrityError), store.begin() as tx:
        signed.add_page(tx, page(1))


def test_a_store_from_before_gains_the_tables_and_keeps_its_data(tmp_path: Path, key: bytes) -> None:
    path = tmp_path / "store.db"
    engine = open_engine(path, bytearray(key))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    engine.dispose()
    store = open_store(path, key, backups=tmp_path / "backups")
    filled(store)
    with store.begin() as tx:
        signed.add_page(tx, page(1))
        assert signed.pages_of_case(tx, CASE) == [page(1)]
    store.close()
    assert [p.name[:10] for p in (tmp_path / "backups").iterdir()] == ["store-0002"]
