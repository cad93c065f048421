"""Attacks on an exported log that is chained anew: its proofs convict it, each by its own words."""

import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from field_app.actions.audit_log import export_log
from field_app.actions.session_people import unlock_again
from field_app.cli import verify_log
from field_app.cli.verify_log import GENESIS, Verifier
from tests.unit.credentials import forge
from tests.unit.credentials.conftest import NOW
from tests.unit.credentials.laptops import Laptop, make_laptop

Events = list[dict[str, Any]]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Events]:
    """Two logins, an unlock, and the export."""
    root = tmp_path_factory.mktemp("log")
    laptop: Laptop = make_laptop(root / "laptop")
    with laptop.open() as session:
        unlock_again(session, laptop.card("a"))
        out = export_log(session, root / "out")
    lines = (out.folder / "events.jsonl").read_bytes().splitlines()
    return out.folder, [json.loads(line) for line in lines]


def chained(folder: Path, path: Path, told: Events) -> Verifier:
    """The events with number, link and form made right again, and verified."""
    prev, lines = GENESIS, []
    for seq, members in enumerate(told, 1):
        line = json.dumps(members | {"seq": seq, "prev": prev}, ensure_ascii=False,
                          separators=(",", ":"), sort_keys=True).encode()
        lines.append(line)
        prev = hashlib.sha256(line).hexdigest()
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return verify_log.verify(path, root=folder / "root.pem", device=folder / "device.pem")


def logins(told: Events) -> Events:
    return [e["body"] for e in told if e["typ"] == "logged_in"]


def _replayed(told: Events) -> None:
    one, two = logins(told)
    two["proofs"] = one["proofs"]


def _mixed(told: Events) -> None:
    one, two = logins(told)
    two["proofs"][1] = one["proofs"][1]


def _unlock_as_login(told: Events) -> None:
    (unlock,) = [e["body"]["proof"] for e in told if e["typ"] == "unlocked"]
    logins(told)[1]["proofs"][0] = unlock


def _turned(told: Events) -> None:
    logins(told)[1]["proofs"].reverse()


def _alone(told: Events) -> None:
    del logins(told)[1]["proofs"][1]


def _twice(told: Events) -> None:
    body = logins(told)[1]
    body["proofs"][1] = body["proofs"][0]


def _statement(told: Events) -> None:
    proof = logins(told)[1]["proofs"][0]
    proof["statement"] = proof["statement"].replace('"mono_ms":1000', '"mono_ms":1001')


def _foreign(told: Events) -> None:
    logins(told)[1]["proofs"][0]["certificate"] = forge.pem(forge.self_signed().certificate)


def _spoiled(told: Events) -> None:
    logins(told)[1]["proofs"][0]["certificate"] = "-----BEGIN CERTIFICATE-----"


def _spoiled_unlock(told: Events) -> None:
    (unlock,) = [e["body"]["proof"] for e in told if e["typ"] == "unlocked"]
    unlock["signature"] = unlock["signature"][:-8] + "AAAAAAAA"


def _unsigned_warning(told: Events) -> None:
    told.append(copy.deepcopy(told[-1]) | {
        "typ": "warning_passed", "body": {"signatures": ["x"]}, "hlc": "9" * 15 + "-0000"})


def _time(told: Events) -> None:
    told[-1]["at"] = {"wall": "yesterday"}


def _logical(told: Events) -> None:
    told[-1]["hlc"] = told[-2]["hlc"]


def _body(told: Events) -> None:
    told[-1]["body"] = ["x"]


def _other(told: Events) -> None:
    told[-1]["dev"] = "D002"


def _more(told: Events) -> None:
    told[-1]["more"] = 1


ROWS: tuple[tuple[Callable[[Events], None], str], ...] = (
    (_replayed, "a proof was used before"), (_mixed, "not of one login"),
    (_unlock_as_login, "not of one login"), (_turned, "not of one login"),
    (_alone, "not two different officers"), (_twice, "not two different officers"),
    (_statement, "signature does not hold"), (_foreign, "not of this district"),
    (_spoiled, "cannot be read"), (_spoiled_unlock, "signature does not hold"),
    (_unsigned_warning, "without two signatures"), (_time, "tells no time"),
    (_logical, "logical time does not rise"), (_body, "no event in canonical form"),
    (_other, "from another device"), (_more, "no event in canonical form"))


@pytest.mark.parametrize(("attack", "words"), ROWS, ids=[r[0].__name__.strip("_") for r in ROWS])
def test_a_log_chained_anew_is_convicted(exported: tuple[Path, Events], tmp_path: Path,
                                         attack: Callable[[Events], None], words: str) -> None:
    folder, told = exported[0], copy.deepcopy(exported[1])
    attack(told)
    found = chained(folder, tmp_path / "log.jsonl", told)
    assert any(words in p for p in found.problems), found.problems


def test_without_attack_it_holds(exported: tuple[Path, Events], tmp_path: Path) -> None:
    found = chained(exported[0], tmp_path / "log.jsonl", copy.deepcopy(exported[1]))
    assert found.ok and found.wall is not None and found.wall.date() == NOW.date()


_LINE = json.dumps({"actors": ["A"], "at": {"boot": "b", "mono_ms": 1, "wall": "2026-05-14T09:30:00+08:00"},
                    "body": {"n": 1, "why": "viewed"}, "case": "", "dev": "D001", "hlc": "1-0000",
                    "prev": GENESIS, "seq": 1, "typ": "paper_viewed", "v": 1}, separators=(",", ":"))


@pytest.mark.parametrize(("old", "new"), [
    ('"n":1', '"n":1,"n":2'), ('"n":1', '"n":1.5'), ('"n":1', '"n":NaN'), ('"n":1', '"n": 1'),
    ('"n":1', '"n":1\t'), ("viewed", "\\u0076iewed"), ('"v":1', '"v":1,"v":1'), ('"v":1', '"v":1,"w":1'),
    ('"dev":"D001",', ""), ('"case":"",', ""), ('"seq":1', '"seq":true')])
def test_a_line_reads_one_way_only(old: str, new: str) -> None:
    """The first line of a log, where no hash before it would convict it."""
    assert verify_log.read_members(_LINE.encode()) is not None
    assert verify_log.read_members(_LINE.replace(old, new).encode()) is None
