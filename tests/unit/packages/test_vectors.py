"""Packages sealed long ago open, and each way to fail has the verdict it always had."""

import base64
import json
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.judge import judge

VECTORS = Path(__file__).parents[2] / "vectors" / "le-package-1"
TOLD: list[dict[str, Any]] = json.loads((VECTORS / "vectors.json").read_text("utf-8"))


def _change(folder: Path, change: dict[str, Any]) -> None:
    path = folder / change["file"]
    if change["do"] == "remove":
        path.unlink()
    elif change["do"] == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(change["data"]))
    elif change["do"] == "cut":
        path.write_bytes(path.read_bytes()[:change["to"]])
    else:
        data = bytearray(path.read_bytes())
        data[change["at"]] ^= 1
        path.write_bytes(data)


@pytest.mark.parametrize("vector", TOLD, ids=lambda v: str(v["name"]))
def test_the_verdict_is_what_it_always_was(vector: dict[str, Any], tmp_path: Path) -> None:
    package = tmp_path / "package"
    shutil.copytree(VECTORS / "good", package)
    for change in vector["changes"]:
        _change(package, change)
    found = judge(VECTORS, package, at=datetime.fromisoformat(vector["at"]), trust=vector["trust"])
    assert sorted(found.codes) == vector["codes"]
    assert (found.ok, found.opening) == (vector["ok"], vector["opening"])


def test_every_finding_that_files_alone_can_show_has_a_vector() -> None:
    from field_app.packages.verdicts import finding_codes

    shown = {code for v in TOLD for code in (*v["codes"], v["opening"])}
    # Of limits, links, other trust and what only headquarters or time can tell, no file tells.
    elsewhere = {code for code in finding_codes() if code.startswith("certificate_")} | {
        "not_a_package", "not_a_regular_file", "too_many_files", "revoked_since", "trust_unknown", "log_fork",
        "manifest_mismatch", "manifest_unlisted", "manifest_names_missing", "log_gap", "index_unreadable",
        "object_unreadable", "log_unreadable", "timestamp_invalid", "raised_invalid"}
    assert finding_codes() - elsewhere <= shown


def test_public_tools_open_the_good_one() -> None:
    good, keys = VECTORS / "good", VECTORS / "keys"
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        subprocess.run(["sha256sum", "--quiet", "-c", manifest], cwd=good, check=True)
    subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "statements/000002.p7s",
         "-content", "statements/000002.json", "-CAfile", VECTORS / "trust/root.pem", "-purpose", "any",
         "-no_check_time", "-out", "/dev/null"], cwd=good, check=True, capture_output=True)
    plain = subprocess.run(["age", "-d", "-i", keys / "headquarters.key", "data/index/000002.age"],
                           cwd=good, check=True, capture_output=True).stdout
    assert [o["name"] for o in json.loads(plain)["objects"]] == ["现场检查笔录.pdf", "现场录像-01.mp4"]
