"""The log convicts whoever changes it: exported, verified by a program of its own, told of one item."""

import ast
import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from field_app.actions.audit_log import export_log, verify_here
from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session
from field_app.actions.custody import custody_report, event_words
from field_app.actions.fill_document import issue_paper, paper_files, save_draft, start_paper
from field_app.actions.log_in import log_in, log_out
from field_app.cli import main, verify_log
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.world import PINS, World
from field_app.domain.case import Case
from field_app.errors import UserError
from field_app.storage.tables import event

ACTIONS = Path(verify_log.__file__).parents[1] / "actions"


@pytest.fixture
def worked(session: Session, new_case: Callable[[Session], Case]) -> tuple[Session, Case, str]:
    """A session with an issued and viewed paper; its PDF's hash."""
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    draft = start_paper(session, case.id, step.id, "G1-04")
    save_draft(session, draft.id, typed(draft.answers, sample_answers("G1-04"))
               | {"av_refs": ["执法记录仪-07"], "PARTY": draft.answers["PARTY"]})
    issued = issue_paper(session, draft.id)
    paper_files(session, issued, why="viewed")
    return session, case, issued.pdf_sha256


def alone(folder: Path, *more: str) -> tuple[int, str]:
    """The exported program in an interpreter that knows nothing of ours."""
    run = subprocess.run(
        [sys.executable, "-I", str(folder / "verify_log.py"), str(folder / "events.jsonl"),
         "--root", str(folder / "root.pem"), "--device", str(folder / "device.pem"),
         "--heads", str(folder / "heads.jsonl"), *more],
        capture_output=True, text=True, cwd="/", check=False)
    return run.returncode, run.stdout + run.stderr


def test_the_program_is_small_and_stands_alone() -> None:
    source = Path(verify_log.__file__).read_text("utf-8")
    assert len(source.splitlines()) < 300
    roots = {(node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else
             node.names[0].name.split(".")[0] for node in ast.walk(ast.parse(source))
             if isinstance(node, ast.Import | ast.ImportFrom)}
    assert roots - set(sys.stdlib_module_names) == {"cryptography"}


def test_an_untouched_log_holds(worked: tuple[Session, Case, str], tmp_path: Path) -> None:
    session = worked[0]
    made = export_log(session, tmp_path / "out")
    code, said = alone(made.folder, "--head", f"{made.events}:{made.head[:16]}")
    assert code == 0 and "everything holds" in said, said
    assert verify_here(session, known=((made.events, made.head),)).ok
    with pytest.raises(UserError):
        export_log(session, tmp_path / "out")


Change = Callable[[list[bytes]], list[bytes]]


def rewritten(lines: list[bytes], at: int, old: bytes, new: bytes) -> list[bytes]:
    assert old in lines[at]
    return [*lines[:at], lines[at].replace(old, new, 1), *lines[at + 1:]]


@pytest.mark.parametrize(("change", "told"), [
    (lambda ls: rewritten(ls, 2, b'"typ":"', b'"typ":"x'), "does not follow"),
    (lambda ls: [*ls[:3], *ls[4:]], "says that it is number"),
    (lambda ls: [*ls[:3], ls[2], *ls[3:]], "says that it is number"),
    (lambda ls: [*ls[:3], ls[4], ls[3], *ls[5:]], "does not follow"),
    (lambda ls: ls[:-1], "the tail was cut"),
    (lambda ls: ls[1:], "says that it is number"),
    (lambda ls: [*ls[:-1], ls[-1][:-1]], "no event in canonical form"),
    (lambda ls: [*ls[:1], b" " + ls[1], *ls[2:]], "canonical"),
    (lambda ls: [], "empty"),
    (lambda ls: rewritten(ls, 0, b'"signature":"M', b'"signature":"N'), "signature"),
])
def test_each_change_is_found(worked: tuple[Session, Case, str], tmp_path: Path, change: Change,
                              told: str) -> None:
    made = export_log(worked[0], tmp_path / "out")
    path = made.folder / "events.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in change(path.read_bytes().splitlines())))
    code, said = alone(made.folder, "--head", f"{made.events}:{made.head}")
    assert code == 1 and told in said, said


def test_a_whole_new_chain_is_found_by_a_head_from_outside(
        worked: tuple[Session, Case, str], tmp_path: Path) -> None:
    """Who rewrites everything after an event makes a chain that holds; signed heads convict it."""
    import hashlib

    made = export_log(worked[0], tmp_path / "out")
    path = made.folder / "events.jsonl"
    lines, prev = [], "0" * 64
    for line in path.read_bytes().splitlines():
        members = json.loads(line) | {"prev": prev}
        if members["typ"] == "paper_viewed":
            members["typ"] = "paper_started"
        text = json.dumps(members, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        lines.append(text)
        prev = hashlib.sha256(text).hexdigest()
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    code, said = alone(made.folder)
    assert code == 1 and "hash differs from the head that signed head" in said
    (made.folder / "heads.jsonl").write_bytes(b"")
    assert alone(made.folder)[0] == 0  # nothing from outside: nobody can tell
    assert alone(made.folder, "--head", f"{made.events}:{made.head[:16]}")[0] == 1


def test_a_forged_head_is_told(worked: tuple[Session, Case, str], tmp_path: Path) -> None:
    made = export_log(worked[0], tmp_path / "out")
    path = made.folder / "heads.jsonl"
    path.write_bytes(path.read_bytes().replace(b'\\"why\\":\\"export', b'\\"why\\":\\"EXPORT'))
    code, said = alone(made.folder)
    assert code == 1 and "the device's signature does not hold" in said


def test_another_district_is_told(worked: tuple[Session, Case, str], tmp_path: Path) -> None:
    made = export_log(worked[0], tmp_path / "out")
    shutil.copyfile(made.folder / "device.pem", made.folder / "root.pem")
    assert "not of this district" in alone(made.folder)[1]


def test_a_change_in_the_store_is_found_here(worked: tuple[Session, Case, str]) -> None:
    session = worked[0]
    with session.begin() as tx:
        tx.connection.exec_driver_sql("DROP TRIGGER event_no_update")
        tx.connection.execute(update(event).where(event.c.seq == 3).values(hash="0" * 64))
    found = verify_here(session)
    assert found.broken_at == 3 and not found.ok


def test_the_command_verifies_exports_and_tells_custody(
        world: World, worked: tuple[Session, Case, str], tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    session, _, digest = worked
    log_out(session)
    words = ["--data", str(world.laptop.data.root), "audit"]
    officers: list[str] = []
    for card, pin in zip(world.both(), PINS, strict=True):
        file = tmp_path / f"{card.place.stem}.pin"
        file.write_text(pin)
        officers += ["--officer", str(card.place), "--pin-file", str(file)]
    assert main([*words, "verify", *officers, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] and found["signed_heads"] == 1
    assert main([*words, "verify", *officers, "--head", "3:" + "0" * 64]) == 1
    assert main([*words, "export", *officers, "--out", str(tmp_path / "log")]) == 0
    assert main(["audit", "verify", str(tmp_path / "log")]) == 0
    assert main([*words, "custody", *officers, "--item", digest, "--out", str(tmp_path)]) == 0
    with next(tmp_path.glob("经手记录-*.csv")).open(encoding="utf-8-sig") as table:
        rows = list(csv.reader(table))
    assert [r[3] for r in rows[1:]] == ["文书定稿", "查看文书"]
    assert all("YL50015600101" in r[4] for r in rows[1:])
    pdf = next(tmp_path.glob("经手记录-*.pdf"))
    text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], check=True,
                          capture_output=True, text=True).stdout
    assert "经手记录" in text and "查看文书" in text and "日志末端" in text


def test_a_case_has_its_report(worked: tuple[Session, Case, str], tmp_path: Path) -> None:
    session, case, _ = worked
    made = custody_report(session, case=case.local_no, folder=tmp_path)
    assert made.events >= 4
    for wrong in ({"case": "没有"}, {}, {"case": "x", "item": "0" * 64}, {"item": "0" * 64},
                  {"item": "abc"}):
        with pytest.raises(UserError):
            custody_report(session, folder=tmp_path, **wrong)


def test_every_kind_of_event_has_its_words() -> None:
    kinds = set()
    for path in ACTIONS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) \
                    and node.func.attr == "note" and len(node.args) > 1 \
                    and isinstance(node.args[1], ast.Constant):
                kinds.add(str(node.args[1].value))
    assert kinds and kinds <= event_words().keys(), kinds - event_words().keys()


def test_logging_out_signs_the_head(world: World) -> None:
    log_out(log_in(world.laptop, *world.both()))
    session = log_in(world.laptop, *world.both())
    assert verify_here(session).heads == 1
    log_out(session)
