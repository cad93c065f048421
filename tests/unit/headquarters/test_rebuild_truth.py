"""Rebuilding believes headquarters' own signature alone, and an audit misses nothing that was accepted."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from field_app.cli import main
from field_app.credentials.cms import sign_detached
from field_app.credentials.keys import SoftKey
from field_app.headquarters.depot import file_key
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.rebuild import RebuildRefused, audit, rebuild
from field_app.headquarters.stick import import_package
from field_app.headquarters.store import open_store
from field_app.headquarters.tables import receipt
from field_app.packages import layout
from field_app.packages.bag import write_bag
from field_app.packages.existing import read_statement
from field_app.packages.readme import readme
from field_app.packages.receipts import keep_receipt, receipt_bytes
from field_app.packages.statement import State
from field_app.protocol.messages import SignedDocument
from field_app.protocol.receipt import Receipt, ReceivedFile, Verdict
from tests.unit.headquarters.backends import BOTH, BOTH_LONG, Backend


@pytest.fixture
def hq(running: Any, district: Any, tmp_path: Path, backend: Backend) -> HqFolder:
    return backend.configure(running.lay_out(district, tmp_path / "hq"))


@pytest.fixture
def settled(hq: HqFolder, work: Any) -> Any:
    """An accepted case of two revisions."""
    work.add("检查笔录.pdf", b"a" * 100)
    work.seal(State.DRAFT)
    work.seal(State.SUBMITTED)
    assert import_package(hq.root, work.folder).ok
    assert audit(hq.root).ok
    return work


def _receipt(work: Any, key: SoftKey) -> SignedDocument:
    """What headquarters says when it accepts a first revision, signed by whoever."""
    signed = read_statement(work.folder, 1)
    assert signed is not None
    now = datetime.now(UTC)
    data = receipt_bytes(Receipt(
        work.package, 1, signed.sha256, Verdict.ACCEPTED,
        tuple(ReceivedFile(f.sha256, f.size) for f in signed.statement.files()), (), "某某区司法局", now))
    return SignedDocument(data, sign_detached(data, [key], at=now))


def _refused(hq: HqFolder) -> str:
    with pytest.raises(RebuildRefused) as refused:
        rebuild(hq.root)
    return refused.value.code


def _bag(folder: Path, package: str) -> None:
    """The manifests again, as anybody can make them."""
    write_bag(folder, package, readme=readme(package, "intl-1"), suite="intl-1")


def _drop(folder: Path, package: str, names: list[str]) -> None:
    for name in names:
        (folder / name).unlink()
    _bag(folder, package)


def test_a_package_that_was_never_received(
        hq: HqFolder, settled: Any, build: Any, district: Any, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    false = build.case_of_new_laptop(district, tmp_path / "false")
    false.add("检查笔录.pdf", b"b" * 100)
    false.seal(State.DRAFT)
    keep_receipt(false.folder, false.package, 1, _receipt(false, false.device))
    shutil.copytree(false.folder, hq.package(false.package))
    assert _refused(hq) == "receipt"
    assert main(["headquarters", "rebuild", "--folder", str(hq.root)]) != 0
    assert "不是总部为它签发的" in capsys.readouterr().err
    assert audit(hq.root).differing == (false.package,)
    shutil.rmtree(hq.package(false.package))
    assert rebuild(hq.root).packages == 1
    assert audit(hq.root).ok


def test_a_package_under_anothers_name(hq: HqFolder, settled: Any) -> None:
    other = ("1" if settled.package[0] == "0" else "0") + settled.package[1:]
    shutil.copytree(hq.package(settled.package), hq.package(other))
    shutil.rmtree(hq.package(settled.package))
    assert _refused(hq) == "receipt"


@pytest.mark.parametrize("gone", ["receipt", "revision"])
def test_what_is_gone_is_never_forgotten(hq: HqFolder, settled: Any, gone: str) -> None:
    place, names = hq.package(settled.package), list(layout.receipt_names(2))
    if gone == "revision":
        names += [layout.statement_name(2), layout.signature_name(2), layout.index_name(2)]
        names += [path.relative_to(place).as_posix() for path in place.glob("data/log/*/*.age")
                  if not path.name.startswith("0000000001")]
    _drop(place, settled.package, names)
    assert audit(hq.root).differing == (settled.package,)
    assert _refused(hq) == "gone"
    assert audit(hq.root).differing == (settled.package,)


def test_a_revision_that_the_tables_do_not_know(hq: HqFolder, settled: Any) -> None:
    settled.seal(State.DRAFT)
    place = hq.package(settled.package)
    shutil.copytree(settled.folder, place, dirs_exist_ok=True)
    _bag(place, settled.package)
    assert audit(hq.root).differing == (settled.package,)


@BOTH_LONG
def test_a_receipt_that_was_exchanged_in_the_tables(
        hq: HqFolder, settled: Any, district: Any, backend: Backend) -> None:
    store = open_store(hq)
    with store.write() as connection:
        false: Callable[..., Any] = update(receipt).where(receipt.c.revision == 1).values
        connection.execute(false(data=_receipt(settled, district.signer).document))
    store.close()
    assert audit(hq.root).differing == (settled.package,)
    rebuild(hq.root)
    assert audit(hq.root).ok


@BOTH
def test_a_file_that_is_gone_is_never_made_up(hq: HqFolder, settled: Any, backend: Backend) -> None:
    sealed = settled.objects[0].entry.ct_sha256
    with backend.depot(hq) as depot:
        depot.bytes.drop([file_key(sealed), backend.object_key(
            settled.package, layout.object_name(sealed), sealed)])
    assert _refused(hq) == "unreadable"
    with backend.depot(hq) as depot:
        assert depot.bytes.size(file_key(sealed)) is None
