"""The command line as scripts use it: a district from nothing to an enrolled laptop, and papers."""

import json
import subprocess
import sys
from pathlib import Path

import docx
import pypdfium2
import pytest

from field_app.actions.case_desk import case_desk
from field_app.actions.fill_document import preview, start_paper
from field_app.actions.log_in import log_in, log_out
from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.world import World
from field_app.errors import UserError
from field_app.paths import RESOURCES


def run(*words: object, good: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "field_app", *map(str, words)],
                          capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode == 0) is good, done.stdout + done.stderr
    return done


def test_a_district_from_nothing(tmp_path: Path) -> None:
    ca, hq, stick, laptop = (tmp_path / n for n in ("ca", "hq", "stick", "laptop"))
    words, pin = tmp_path / "words", tmp_path / "pin"
    words.write_text("十二个字以上的口令才可以用\n", "utf-8")
    pin.write_text("246810\n")
    opened: list[object] = ["--ca", ca, "--passphrase-file", words]
    run("admin", "ca", "--out", ca, "--district", "演练区", "--passphrase-file", words)
    run("admin", "headquarters", *opened, "--out", hq, "--unit", "司法局", "--host", "localhost")
    for name, number in (("甲", "A1"), ("乙", "A2")):
        run("admin", "officer", *opened, "--out", stick, "--name", name, "--number", number,
            "--agency", "镇", "--unit", "队", "--pin-file", pin)
    bundles = []
    for n in range(2):
        bundles.append(tmp_path / f"bundle{n}")
        run("admin", "bundle", *opened, "--headquarters", hq, "--unit", "司法局", "--agency",
            RESOURCES / "training" / "agency.toml", "--out", bundles[-1])
    run("admin", "device", *opened, "--bundle", bundles[0], "--number", "D009", "--data", laptop)
    run("admin", "take-bundle", "--bundle", bundles[1], "--data", laptop)
    refused = run("--data", laptop, "admin", "take-bundle", "--bundle", bundles[0], good=False)
    assert "怎么办" in refused.stderr
    run("admin", "withdraw", *opened, "--number", "A2")
    rows = json.loads(run("admin", "list", *opened, "--json").stdout)
    # An officer holds two certificates, one to sign and one to open; both are withdrawn at once.
    assert [r["number"] for r in rows if r["withdrawn"]] == ["A2", "A2"]
    assert [r["number"] for r in rows if r["number"] == "A1"] == ["A1", "A1"]
    assert "pem" not in rows[0]
    assert run("admin", "list", "--ca", ca, "--passphrase-file", pin, good=False).stderr


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(sample_answers("G1-14")), "utf-8")
    return path


def test_render_one_and_many(tmp_path: Path, answers: Path) -> None:
    one = json.loads(run("render", "G1-14", "--answers", answers, "--out", tmp_path, "--json").stdout)
    assert one["pages"] >= 1
    assert (tmp_path / "G1-14.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "G1-14.docx").read_bytes().startswith(b"PK")
    whole = sample_answers("G1-14")
    case = tmp_path / "case.json"
    case.write_text(json.dumps({"ENT": whole.pop("ENT"), "cause": "别的案由"}), "utf-8")
    short = tmp_path / "short.json"
    short.write_text(json.dumps(whole), "utf-8")
    run("render", "G1-14", "--answers", short, "--out", tmp_path, good=False)
    run("render", "G1-14", "--answers", short, "--case", case, "--out", tmp_path, "--name", "a")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "G1-14.pdf").read_bytes()
    batch = tmp_path / "batch.json"
    batch.write_text(json.dumps([
        {"id": "G1-14", "answers": "answers.json", "name": "good"},
        {"id": "G1-14", "answers": {"nobody": 1}, "name": "bad"},
        {"id": "G9-99", "answers": {}, "name": "unknown"},
        {"id": "G1-14", "answers": {}, "name": "../outside"}]), "utf-8")
    done = run("render", "--batch", batch, "--out", tmp_path, "--json", good=False)
    results = json.loads(done.stdout)
    assert [("error" in r) for r in results] == [False, True, True, True]
    assert all(r["error"]["what"] and r["error"]["remedy"] for r in results[1:])
    assert (tmp_path / "good.pdf").exists()
    assert not (tmp_path.parent / "outside.pdf").exists()


def test_forms_are_sound() -> None:
    assert len(json.loads(run("forms", "list", "--json").stdout)) == 98
    assert json.loads(run("forms", "check", "--json").stdout)["ok"]


@pytest.mark.soak
def test_an_agency_makes_a_paper_its_own(tmp_path: Path, world: World) -> None:
    """Drafted, edited in Word, linted, released, taken, and used for the next paper."""
    told = json.loads(run("forms", "show", "G1-14", "--json").stdout)
    assert told["statements"] and all("confidence" in f for f in told["fields"])
    assert "待核对" in run("forms", "show", "G1-14").stdout
    draft = Path(json.loads(run("templates", "draft", "G1-14", "--out", tmp_path,
                                "--json").stdout)["docx"])
    run("templates", "draft", "G1-14", "--out", tmp_path, good=False)
    document = docx.Document(str(draft))
    document.paragraphs[1].runs[0].text = "责令改正通知书（本乡格式）"
    document.save(str(draft))
    assert "文书名" in run("templates", "check", draft, "--form", "G1-14", good=False).stdout
    document.paragraphs[1].runs[0].text = "责令改正通知书"
    document.add_paragraph("本乡自有格式。")
    document.save(str(draft))
    run("templates", "check", draft, "--form", "G1-14")
    released = tmp_path / "released"
    run("templates", "release", draft, "--form", "G1-14", "--headquarters", world.headquarters,
        "--out", released)
    run("--data", world.laptop.data.root, "templates", "take", released)
    session = log_in(world.laptop, *world.both())
    case = open_case(session, NewCase(cause="占道经营", matter="市容环境", place="集镇",
                                      party={"party_type": "公民", "name": "演练人"}))
    step = case_desk(session, case.id).steps[0].step
    paper = start_paper(session, case.id, step.id, "G1-14")
    with pypdfium2.PdfDocument(preview(session, paper, paper.answers).pdf) as pdf:
        text = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert "本乡自有格式" in text
    place = next(world.laptop.data.templates.rglob("1001.docx"))
    place.write_bytes(place.read_bytes()[:-1])
    (place.with_suffix(".toml")).write_bytes(place.with_suffix(".toml").read_bytes() + b"\n")
    with pytest.raises(UserError, match="已损坏"):
        preview(session, paper, paper.answers)
    log_out(session)


def test_deadlines_one_and_many(tmp_path: Path) -> None:
    told = json.loads(run("deadline", "EV-09.dispose", "--from", "2026-02-10", "--json").stdout)
    assert told["due"] == "2026-02-26" and told["unit"] == "workday"
    assert {"rule", "term", "from", "due", "unit", "basis", "explanation"} <= set(told)
    assert "2026-02-26" in run("deadline", "EV-09", "--from", "2026-02-10").stdout
    hours = json.loads(run("deadline", "CM-03", "--from", "2026-02-10T09:30:00+08:00",
                           "--json").stdout)
    assert hours["due"] == "2026-02-11T09:30:00+08:00"
    batch = tmp_path / "calls.json"
    batch.write_text(json.dumps([
        {"rule": "EX-09.no_remedy", "from": "2025-06-02"},
        {"rule": "EX-08.earliest_filing", "from": "2026-02-10"},
        {"rule": "EX-02", "from": "2026-02-10", "amount": 1_000_000, "paid": "2026-02-20"},
        {"rule": "CM-05.seizure", "from": "2026-03-02", "term": 10, "extension": 5,
         "suspended": ["2026-03-04..2026-03-05"], "side": "agency"},
        {"rule": "EX-04", "from": "2026-02-10"}, {"rule": "EV-09", "from": "二月"}, 3,
        {"rule": "EV-09", "from": "2026-02-10", "sides": "agency"},
        {"rule": "EV-09", "from": "2026-12-30"},
        {"rule": "DC-05", "from": "2026-03-02", "suspended": "2026-03-09..2026-03-01"},
        {"rule": "EX-04.sue", "from": "9999-12-31"},
        {"rule": "EX-02", "from": "2026-02-10", "amount": "1.5", "paid": "2026-02-20"},
    ]), "utf-8")
    answers = json.loads(run("deadline", "--batch", batch, "--json", good=False).stdout)
    assert (answers[0]["opens"], answers[0]["due"]) == ("2025-12-02", "2026-03-02")
    assert answers[1]["earliest"] == "2026-03-03" and answers[2]["fen"] == 300_000
    assert answers[3]["due"] == "2026-03-19"
    assert all(a["error"]["what"] and a["error"]["remedy"] for a in answers[4:])
    assert "2027年" in answers[8]["error"]["what"]
    calendar = tmp_path / "2027.toml"
    calendar.write_text('format = "le-calendar/1"\n[[year]]\nyear = 2027\noff = [2027-01-01]\nworked = []\n')
    data = tmp_path / "laptop"
    run("--data", data, "admin", "calendar", calendar)
    later = json.loads(run("--data", data, "deadline", "EV-09", "--from", "2026-12-30",
                           "--json").stdout)
    assert later["due"] == "2027-01-11"
    calendar.write_text('format = "le-calendar/1"\n[[year]]\nyear = 2028\noff = [2027-01-01]\nworked = []\n')
    assert "放假安排" in run("--data", data, "admin", "calendar", calendar, good=False).stderr
