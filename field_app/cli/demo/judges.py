"""Verifies a sealed package with public tools where present: sha256sum, openssl, age."""

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Verdict:
    """What a public tool said; ``ok`` None when the tool is not installed."""

    tool: str
    ok: bool | None
    text: str


def _run(command: list[str | Path], *, cwd: Path) -> tuple[bool, str]:
    done = subprocess.run(command, cwd=cwd, capture_output=True, timeout=120, check=False)
    text = (done.stdout[-300:] + done.stderr[-300:]).decode("utf-8", "replace")
    return done.returncode == 0, text.strip().splitlines()[-1] if text.strip() else ""


def _manifests(package: Path) -> Verdict:
    if shutil.which("sha256sum") is None:
        return Verdict("sha256sum", None, "")
    ok = all(_run(["sha256sum", "--quiet", "-c", name], cwd=package)[0]
             for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"))
    return Verdict("sha256sum -c", ok, "清单与文件逐一相符" if ok else "清单与文件不符")


def _signatures(package: Path, root: Path) -> Verdict:
    if shutil.which("openssl") is None:
        return Verdict("openssl", None, "")
    newest = sorted((package / "statements").glob("*.json"))[-1]
    ok, text = _run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in",
         newest.with_suffix(".p7s"), "-content", newest, "-CAfile", root, "-purpose", "any",
         "-out", "/dev/null"], cwd=package)
    return Verdict("openssl cms -verify", ok, text)


def _opening(package: Path, key: Path) -> Verdict:
    if shutil.which("age") is None:
        return Verdict("age", None, "")
    newest = sorted((package / "data" / "index").glob("*.age"))[-1]
    done = subprocess.run(["age", "-d", "-i", key, newest], capture_output=True, timeout=120,
                          check=False)
    if done.returncode:
        return Verdict("age -d", False, done.stderr.decode("utf-8", "replace").strip())
    return _objects(package, key, json.loads(done.stdout))


def _objects(package: Path, key: Path, index: dict[str, list[dict[str, str]]]) -> Verdict:
    """Every object opened by age and hashed by sha256sum, its plaintext only in a pipe."""
    for entry in index["objects"]:
        sealed = package / "data" / "objects" / entry["ct_sha256"][:2] / f"{entry['ct_sha256']}.age"
        opened = subprocess.Popen(["age", "-d", "-i", key, sealed], stdout=subprocess.PIPE)
        hashed = subprocess.run(["sha256sum"], stdin=opened.stdout, capture_output=True,
                                timeout=600, check=False)
        if opened.wait() or not hashed.stdout.decode().startswith(entry["sha256"]):
            return Verdict("age -d", False, f"{entry['name']}与索引不符")
    return Verdict("age -d", True, f"索引和{len(index['objects'])}件材料都能解密，校验值相符")


def judge(package: Path, *, root_pem: bytes, key: Path) -> list[Verdict]:
    """All three judges on one package; ``key`` is headquarters' age identity."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root.pem"
        root.write_bytes(root_pem)
        return [_manifests(package), _signatures(package, root), _opening(package, key)]
