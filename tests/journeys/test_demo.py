"""The demo as a newcomer runs it; afterwards nothing of the case lies readable on the laptop."""

import json
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.world import PINS


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("demo") / "day"
    done = subprocess.run(
        [sys.executable, "-m", "field_app", "demo", "--no-window", "--out", str(out)],
        capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stderr == ""
    return out, done.stdout


def test_it_ends_green_and_tells_where_everything_lies(demo: tuple[Path, str]) -> None:
    out, told = demo
    assert "总部已签收，案件变绿" in told
    for judge in ("sha256sum -c　通过", "openssl cms -verify　通过", "age -d　通过"):
        assert judge in told
    places = dict(line.split(": ", 1) for line in told.splitlines() if ": " in line)
    for name in ("laptop", "headquarters", "papers"):
        assert places[name] == str(out / name)
        assert Path(places[name]).is_dir()
    assert len(list((out / "papers").glob("*.pdf"))) == 4
    assert len(list((out / "papers").glob("*.docx"))) == 4
    assert len(list((out / "pictures").glob("*.png"))) >= 9


def _secrets() -> list[bytes]:
    """What must not be found: names and places that were typed, and heads of media and papers."""
    record = sample_answers("G1-04")
    words = [str(record["PARTY"]["name"]), str(record["check_place"]), "现场检查笔录",
             "AGE-SECRET-KEY-", *PINS]
    found = [w.encode(code) for w in words for code in ("utf-8", "utf-16-le", "gb18030")]
    return [*found, b"ftyp", b"moof", b"%PDF", b"SQLite format 3", b"word/document.xml"]


def test_no_plaintext_on_the_laptop(demo: tuple[Path, str]) -> None:
    laptop = demo[0] / "laptop"
    settings = laptop / "settings.toml"
    files = [p for p in laptop.rglob("*") if p.is_file() and p != settings]
    assert len(files) > 30
    for path in files:
        data = path.read_bytes()
        for secret in _secrets():
            assert secret not in data, (path, secret)
        if path.suffix == ".age" or path.name == "store.db":
            assert len(zlib.compress(data[1024:])) > 0.97 * len(data[1024:]), path


def test_nothing_is_readable_by_others(demo: tuple[Path, str]) -> None:
    for path in (demo[0] / "laptop").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_headquarters_keeps_case_and_receipt(demo: tuple[Path, str]) -> None:
    receipts = list((demo[0] / "headquarters").rglob("receipts/*.json"))
    assert receipts
    assert list((demo[0] / "laptop" / "packages").glob("*/receipts/*.p7s"))


@pytest.mark.soak
def test_headquarters_verbs_agree(demo: tuple[Path, str], tmp_path: Path) -> None:
    """What was sent is verified, its index rebuilt; a new headquarters takes it from a stick."""
    out, _ = demo
    own, stick, other = out / "headquarters", tmp_path / "stick", tmp_path / "other"

    def run(*words: object) -> tuple[int, object]:
        done = subprocess.run([sys.executable, "-m", "field_app", "--json", "headquarters",
                               *map(str, words)], capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    code, told = run("verify", "--folder", own)
    assert code == 0 and isinstance(told, dict) and (told["ok"], told["packages"]) == (True, 1), told
    assert not told["differing"] and not told["findings"]
    (package,) = (out / "laptop" / "packages").iterdir()
    shutil.copytree(package, stick / package.name)
    shutil.rmtree(stick / package.name / "receipts")
    for part in ("keys", "trust"):
        shutil.copytree(own / part, other / part)
    for path in own.glob("*.*"):
        if path.suffix in (".toml", ".json"):
            shutil.copy(path, other)
    code, told = run("import", stick / package.name, "--folder", other)
    assert code == 0, told
    assert isinstance(told, list) and told[0]["receipts_written"]
    assert [r["status"] for r in told[0]["revisions"]][-1] == "accepted"
    assert list((stick / package.name / "receipts").iterdir())
    code, told = run("rebuild", "--folder", other)
    assert code == 0 and isinstance(told, dict) and told["packages"] == 1
    code, told = run("import", tmp_path, "--folder", other)
    assert code == 1 and isinstance(told, list) and told[0]["refused"]


def test_package_verbs_agree(demo: tuple[Path, str]) -> None:
    out, _ = demo
    (package,) = (out / "laptop" / "packages").iterdir()
    run = [sys.executable, "-m", "field_app"]
    verified = subprocess.run(
        [*run, "--data", str(out / "laptop"), "package", "verify", str(package)],
        capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout
    assert "案件包完好" in verified.stdout
    opened = subprocess.run(
        [*run, "--json", "package", "open", str(package), "--key",
         str(out / "headquarters" / "keys" / "age.key")],
        capture_output=True, text=True, check=False)
    assert opened.returncode == 0, opened.stderr
    assert sample_answers("G1-04")["PARTY"]["name"] in opened.stdout
    victim = next(package.glob("data/objects/*/*.age"))
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    changed = subprocess.run(
        [*run, "--data", str(out / "laptop"), "package", "verify", str(package)],
        capture_output=True, text=True, check=False)
    assert changed.returncode == 1
    assert victim.name[:12] in changed.stdout
