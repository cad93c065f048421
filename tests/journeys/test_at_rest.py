"""The data folder of a laptop at work holds to its rules; each planted violation is found."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from field_app import logs
from field_app.actions.at_rest import check_at_rest
from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session
from field_app.actions.fill_document import issue_paper, save_draft, start_paper
from field_app.actions.log_in import log_in, log_out
from field_app.actions.seal_case import seal_case
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.world import World
from field_app.domain.case import Case
from field_app.paths import DataFolder


@pytest.fixture
def used(world: World, new_case: Callable[[Session], Case]) -> DataFolder:
    """A laptop's folder after a sealed case; modes as the program's own umask leaves them."""
    data = world.laptop.data
    for folder, folders, files in os.walk(data.root):
        Path(folder).chmod(0o700)
        for name in files:
            (Path(folder) / name).chmod(0o600)
        assert folders is not None
    before = os.umask(0o077)
    try:
        session = log_in(world.laptop, *world.both())
        case = new_case(session)
        step = case_desk(session, case.id).step("inspection").step
        draft = start_paper(session, case.id, step.id, "G1-04")
        save_draft(session, draft.id, typed(draft.answers, sample_answers("G1-04"))
                   | {"av_refs": ["执法记录仪-07"], "PARTY": draft.answers["PARTY"]})
        issue_paper(session, draft.id)
        seal_case(session, case.id, world.both())
        logs.start(data.logs)
        logs.note("settings kept", count=3, title="某某建材加工厂")
        logs.defect(ValueError("某某建材加工厂"))
        logs.start(None)
        # The journal of an open store is looked at too.
        assert check_at_rest(data) == []
        log_out(session)
    finally:
        os.umask(before)
    return data


def codes(data: DataFolder) -> list[tuple[str, str]]:
    found = check_at_rest(data)
    assert all(f.text and f.remedy for f in found)
    return [(f.code, f.where) for f in found]


def plant(data: DataFolder, name: str, content: bytes, *, old: bool = True) -> Path:
    path = data.root / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o600)
    if old:
        os.utime(path, (1, 1))
    return path


def open_database(path: Path) -> bytes:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (x)")
    connection.commit()
    connection.close()
    return path.read_bytes()


def test_a_laptop_at_work_holds_to_the_rules(used: DataFolder) -> None:
    assert codes(used) == []
    names = {p.suffix for p in used.root.rglob("*") if p.is_file()}
    assert {".age", ".db", ".hdr", ".json", ".log", ".p7s"} <= names


def test_whatever_is_open_is_found_under_any_name(used: DataFolder, tmp_path: Path) -> None:
    heads = {"media/x.age": b"\x00\x00\x00\x18ftypisom" + bytes(9000), "a.bin": b"%PDF-1.7\n",
             "blobs/y.age": b"\xff\xd8\xff\xe0" + os.urandom(9000), "b.docx": b"PK\x03\x04" + bytes(20),
             "packages/z.part": b"\x1aE\xdf\xa3" + bytes(90), "c.png": b"\x89PNG\r\n",
             "logs/desk.log.3": b"RIFF" + bytes(90), "old.db": open_database(tmp_path / "x.db"),
             "key.pem": b"-----BEGIN PRIVATE KEY-----\n", "core": b"\x7fELF" + bytes(20)}
    for name, content in heads.items():
        path = plant(used, name, content)
        assert codes(used) == [("plaintext", name)], name
        path.unlink()


def test_a_store_that_is_not_sealed_is_found(used: DataFolder) -> None:
    good = used.store.read_bytes()
    used.store.write_bytes(b"\x00" * len(good))
    assert codes(used) == [("not_sealed", "store.db")]
    used.store.write_bytes(good[:8192] + "现场检查笔录".encode() * 2000)
    assert codes(used) == [("not_sealed", "store.db")]
    used.store.write_bytes(good)
    plant(used, "store.db-wal", bytes(56) + "现场检查笔录".encode() * 2000)
    assert codes(used) == [("not_sealed", "store.db-wal")]


def test_sealed_files_must_look_it(used: DataFolder) -> None:
    (blob, *_rest) = sorted(p for p in used.blobs.rglob("*.age") if p.stat().st_size > 40_000)
    where = blob.relative_to(used.root).as_posix()
    good = blob.read_bytes()
    for bad in (b"age-encryption.org/v1\n" + b"no header" * 9, os.urandom(9000),
                good[:len(good) - 20_000] + "当事人陈述".encode() * 1400,
                good[:600] + bytes(len(good) - 600)):
        blob.unlink()  # the package has the same file under its own name
        blob.write_bytes(bad)
        blob.chmod(0o600)
        assert codes(used) == [("not_sealed", where)]
    blob.write_bytes(good)
    assert codes(used) == []


def test_modes_links_strays_and_left_overs(used: DataFolder, tmp_path: Path) -> None:
    used.store.chmod(0o640)
    used.media.chmod(0o755)
    assert sorted(codes(used)) == [("open_to_others", "media"), ("open_to_others", "store.db")]
    used.store.chmod(0o600)
    used.media.chmod(0o700)
    for name in ("notes.txt", "media/unknown.bin", "packages/x/odd.txt", "trust/sub/x"):
        path = plant(used, name, b"anything")
        assert codes(used) == [("stray", name)]
        path.unlink()
    path = plant(used, "media/x.age.part", b"age-encryption.org/v1\n")
    assert codes(used) == [("left_over", "media/x.age.part")]
    os.utime(path)
    assert codes(used) == []  # being written just now
    path.unlink()
    (used.root / "elsewhere").symlink_to(tmp_path)
    assert codes(used) == [("link", "elsewhere")]


def test_small_files_and_logs_are_what_they_should_be(used: DataFolder) -> None:
    plant(used, "clock.json", b'{"format": "other"}')
    assert codes(used) == [("unknown_format", "clock.json")]
    used.clock.unlink()
    log = used.logs / "desk.log"
    good = log.read_bytes()
    assert "某某".encode() not in good and b"<str>" in good
    for line in (b"2026-11-26 09:00:00,123 INFO opened {\"title\": \"secret\"}", "张三".encode(),
                 b"2026-11-26 09:00:00,123 INFO opened by \xe5\xbc\xa0 {}",
                 b"Traceback (most recent call last):"):
        log.write_bytes(good + line + b"\n")
        assert codes(used) == [("log_content", f"logs/desk.log:{good.count(10) + 1}")], line


def test_the_command_tells_it(used: DataFolder) -> None:
    def self_test() -> tuple[int, dict[str, object]]:
        done = subprocess.run(
            [sys.executable, "-m", "field_app", "--json", "--data", str(used.root), "self-test"],
            capture_output=True, text=True, timeout=300, check=False)
        return done.returncode, json.loads(done.stdout)[-1]

    code, told = self_test()
    assert (code, told["name"], told["ok"]) == (0, "本机资料", True), told
    plant(used, "media/x.mp4", b"\x00\x00\x00\x18ftypisom")
    code, told = self_test()
    assert code == 1 and not told["ok"] and "1处不合规定" in str(told["text"])
    assert isinstance(told["findings"], list)
    (found,) = [f for f in told["findings"] if f["serious"]]
    assert (found["code"], found["where"]) == ("plaintext", "media/x.mp4")
