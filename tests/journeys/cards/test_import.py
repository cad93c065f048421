"""A recorder's card from the plan to the package: placed, sealed, compared, played, deleted."""

import json
import shutil
import tracemalloc
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from field_app.actions.case_desk import begin_step
from field_app.actions.context import Session
from field_app.actions.import_cleanup import delete_from_card, files_of_plan, files_of_run
from field_app.actions.import_clock import clock_code, clock_of_file, look_for_clock
from field_app.actions.import_known import take_known, write_known
from field_app.actions.import_plan import Verdict, plan_import
from field_app.actions.import_recorder import (
    run_import,
    start_import,
)
from field_app.actions.log_in import log_out
from field_app.actions.play_clip import play_clip
from field_app.actions.seal_case import seal_case
from field_app.cli import main
from field_app.cli.demo import card
from field_app.cli.demo.world import OFFICERS, PINS, World
from field_app.crypto.age_keys import Identity
from field_app.crypto.hashing import sha256_file
from field_app.documents import qr
from field_app.domain.case import Case, Clip, ClipState, Segment
from field_app.domain.ids import ClipId, new_id
from field_app.errors import UserError
from field_app.packages.open import open_package
from field_app.storage import clips, imports
from tests.journeys.cards.ways import AHEAD, MakeCase, bring, by_name, desk, in_hand, measured, step_of, told


def test_a_card_pays_the_recording_it_was_made_for(
        either_session: Session, new_case: MakeCase, root: Path) -> None:
    session, case = either_session, new_case(either_session)
    begin_step(session, case.id, step_of(session, case))
    began = session.at + timedelta(seconds=1)
    files = card.body_worn(root, began=began, ahead=AHEAD, pieces=2)
    hashes = [sha256_file(path) for path in files]
    plan = plan_import(session, root, clock=measured(session))
    assert plan.counts[Verdict.KEEP] == 3 and plan.serial == "DSJ0700123"
    assert plan.profile_title.startswith("执法记录仪")
    films = [f for f in plan.files if f.visit]
    assert {f.visit for f in films} == {1} and len(films) == 2
    assert films[0].span is not None and abs(films[0].span.start - began) < timedelta(seconds=1.1)
    assert not any(d.paid for d in desk(session, case).step("inspection").debts
                   if d.kind == "recording")
    done = bring(session, plan)
    assert (done.kept, done.failed, done.left) == (3, 0, 0)
    step = desk(session, case).step("inspection")
    assert all(d.paid for d in step.debts if d.kind == "recording")
    [clip] = step.clips
    assert clip.imported and [s.sha256 for s in clip.segments] == hashes[:2]
    first_line = b"le-gm/v1\n" if session.national else b"age-encryption.org/v1\n"
    for path in (*session.context.data.media.iterdir(), *session.context.data.blobs.iterdir()):
        assert path.read_bytes().startswith(first_line)
    assert clip.duration_ms == pytest.approx(4000, abs=150)
    with_picture = play_clip(session, clip)
    shape = with_picture.frame_at(2.5)
    assert shape is not None and shape[:2] == (320, 180)
    with_picture.close()
    assert sum(path.suffix == ".part" for path in session.context.data.media.iterdir()) == 0
    again = plan_import(session, root, clock=measured(session))
    assert again.counts[Verdict.DUPLICATE] == 3
    assert all("已导入过" in f.told[0] for f in again.files)
    # The clock as it was measured is remembered for the device.
    later = plan_import(session, root)
    assert (later.clock_how, later.offset) == ("earlier", AHEAD)
    gone = delete_from_card(session, files_of_run(session, done.run), root)
    assert (gone.count, gone.refused) == (3, ())
    assert not any(path.exists() for path in files)
    assert [str(b["sha256"]) for b in told(session, "source_deleted")] == [
        hashes[0], hashes[2], hashes[1]]


def test_six_families_find_their_steps_by_a_clock_set_right(
        session: Session, new_case: MakeCase, root: Path, yesterday: datetime) -> None:
    """Two cases one after the other, all devices three hours ahead."""
    first, second = new_case(session), new_case(session)
    steps = {"one": in_hand(session, first, yesterday, yesterday + timedelta(minutes=40)),
             "two": in_hand(session, second, yesterday + timedelta(hours=2),
                            yesterday + timedelta(hours=3))}

    def at(minutes: float) -> datetime:
        return yesterday + AHEAD + timedelta(minutes=minutes)

    def local(minutes: float, layout: str) -> str:
        return f"{at(minutes):{layout}}"

    stamp = "%Y%m%d_%H%M%S"
    made = {
        "one": [
            card.film(root / "FILE/100RECOR" / card.body_worn_name(at(5), 1), seconds=1,
                      created=at(5), changed=at(5), shade=1),
            card.film(root / f"Movie/{local(10, stamp)}_0001.MOV", seconds=1, created=at(10),
                      changed=at(10), shade=2),
            card.photo(root / "DCIM/100MEDIA/DSC_0001.JPG", taken=at(20), changed=at(200), shade=3),
            card.photo(root / f"DCIM/Camera/IMG_{local(39, stamp)}.jpg", taken=None,
                       changed=at(500), shade=4)],
        "two": [
            card.voice(root / f"RECORD/R{local(121, '%Y%m%d-%H%M%S')}.WAV", seconds=2,
                       began=at(121), changed=at(122)),
            card.film(root / f"DCIM/Camera/VID_{local(130, stamp)}.mp4", seconds=1,
                      created=at(130) - timedelta(hours=8), changed=at(130), shade=5),
            card.voice(root / f"REC_FILE/FOLDER01/{local(150, '%y%m%d_%H%M')}.WAV", seconds=1,
                       began=None, changed=at(900), shade=7)],
        "": [card.film(root / f"DCIM/100RECORD/H8123456_{local(80, stamp)}_004.mp4", seconds=1,
                       created=at(80), changed=at(80), shade=6)]}
    wrong = by_name(plan_import(session, root))
    assert wrong[made["one"][0].name].step != steps["one"]  # with the device's own clock
    plan = plan_import(session, root, clock=measured(session))
    files = by_name(plan)
    for key, paths in made.items():
        for path in paths:
            file = files[path.name]
            assert (file.step or "") == steps.get(key, ""), path.name
            assert file.verdict is (Verdict.KEEP if key else Verdict.NO_STEP), file.told
    assert len({f.found.profile for f in plan.files}) == 6
    assert "没有对应的环节" in files[made[""][0].name].told[0]
    given = plan.give(files[made[""][0].name].found.path, steps["two"])
    left = given.give(files[made["one"][2].name].found.path, None)
    assert (left.counts[Verdict.KEEP], left.counts[Verdict.SKIP]) == (7, 1)
    assert bring(session, left).kept == 7
    assert len(desk(session, first).step("inspection").clips) == 2
    found = desk(session, second).step("inspection").clips
    assert sorted(c.has_video for c in found) == [False, False, True, True]
    with session.begin() as tx:
        origins = imports.of_case(tx, second.id)
    phone = next(i for i in origins if i.found.name.startswith("VID"))
    original = phone.found.original
    assert original is not None
    assert original.at - phone.starts == AHEAD  # both are kept, neither is changed


def test_what_the_laptop_missed_is_shown_as_filled(session: Session, new_case: MakeCase, root: Path,
                                                   yesterday: datetime) -> None:
    case = new_case(session)
    step = in_hand(session, case, yesterday, yesterday + timedelta(minutes=10))
    minute = timedelta(minutes=1)
    gap = {"kind": "camera", "from": (yesterday + minute).isoformat(),
           "to": (yesterday + 2 * minute).isoformat()}
    own = Clip(
        id=ClipId(new_id()), case=case.id, step=step, number="D001-音像", state=ClipState.WHOLE,
        started=yesterday, ended=yesterday + 3 * minute, duration_ms=180_000, has_video=True,
        has_audio=True, gaps=(gap,), segments=(Segment(
            1, "x.age", 1, "0" * 64, 1, "1" * 64, yesterday, yesterday + 3 * minute),))
    with session.begin() as tx:
        clips.add(tx, own)
        clips.finish(tx, own)
    for number, minutes in enumerate((0, 1.5, 5)):
        at = yesterday + minute * minutes
        card.voice(root / f"R{at:%Y%m%d-%H%M%S}.WAV", seconds=60, began=at, changed=at, shade=number)
    fills = [round(f.fills_s) for f in plan_import(session, root, clock=measured(session, timedelta(0))).files]
    assert fills == [0, 30, 60]


def test_two_cases_at_once_are_not_guessed(session: Session, new_case: MakeCase, root: Path,
                                           yesterday: datetime) -> None:
    both = [new_case(session), new_case(session)]
    for one in both:
        in_hand(session, one, yesterday, yesterday + timedelta(minutes=30))
    card.body_worn(root, began=yesterday + timedelta(minutes=5), pieces=1)
    plan = plan_import(session, root)
    told = [f.told[0] for f in plan.files]
    assert all("请核对是哪个案件" in words for words in told), told
    assert all(f.doubtful for f in plan.files)


def test_the_clock_is_read_from_a_photograph_of_the_screen(session: Session, case: Case,
                                                           root: Path) -> None:
    import cv2
    import numpy as np

    at, rows = clock_code(session)
    side = np.kron(np.array([[0 if m else 255 for m in row] for row in rows], np.uint8),
                   np.ones((9, 9), np.uint8))
    screen = np.full((700, 1000), 225, np.uint8)
    screen[120:120 + side.shape[0], 300:300 + side.shape[1]] = side
    # As a hand-held recorder sees it: at an angle, soft, with noise.
    corners = np.array([[0, 0], [1000, 0], [1000, 700], [0, 700]], np.float32)
    seen = np.array([[60, 40], [930, 90], [960, 640], [30, 600]], np.float32)
    picture = cv2.warpPerspective(screen, cv2.getPerspectiveTransform(corners, seen), (1000, 700))
    picture = cv2.GaussianBlur(picture, (0, 0), 1.2)
    noise = np.random.default_rng(1).normal(0, 6, picture.shape)
    picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    png = cv2.imencode(".png", picture)[1].tobytes()
    name = "FILE/100RECOR/" + card.body_worn_name(at + AHEAD, 9, suffix=".jpg")
    card.photo(root / name, taken=at + AHEAD, changed=at + AHEAD, png=png)
    card.photo(root / "FILE/100RECOR/plain.jpg", taken=at, changed=at)
    clock = clock_of_file(session, root, name)
    assert abs(clock.offset - AHEAD) < timedelta(milliseconds=2)
    assert clock.how == "photo"
    plan = plan_import(session, root)
    found = look_for_clock(session, root, [f.found for f in plan.files])
    assert found == clock
    with pytest.raises(UserError, match="没有读到校时二维码"):
        clock_of_file(session, root, "FILE/100RECOR/plain.jpg")
    for text, why in ((f"LEC1 D999 {at.isoformat()}", "另一台电脑"),
                      (f"LEC1 D001 {(at - timedelta(days=30)).isoformat()}", "不是最近拍的")):
        other = root / "FILE/100RECOR/other.jpg"
        small = cv2.imdecode(np.frombuffer(qr.png(text), np.uint8), 0)
        assert small is not None
        # With a white edge and a little soft: the reader misses some codes that are too clean.
        big = cv2.GaussianBlur(cv2.copyMakeBorder(
            small.repeat(4, 0).repeat(4, 1), 80, 80, 80, 80, cv2.BORDER_CONSTANT, value=255),
            (0, 0), 1.2)
        card.photo(other, taken=at, changed=at, png=cv2.imencode(".png", big)[1].tobytes())
        with pytest.raises(UserError, match=why):
            clock_of_file(session, root, "FILE/100RECOR/other.jpg")
    assert bring(session, plan_import(session, root, clock=clock)).kept == 1


def test_originals_go_into_the_package_as_they_are(session: Session, world: World, case: Case,
                                                   root: Path) -> None:
    began = session.at + timedelta(seconds=1)
    files = card.body_worn(root, began=began, ahead=AHEAD, pieces=2)
    at = began + AHEAD + timedelta(seconds=30)
    files.append(card.film(root / f"Movie/{at:%Y%m%d_%H%M%S}_0001.AVI", seconds=1, created=None,
                           changed=at, shade=3))
    run = start_import(session, plan_import(session, root, clock=measured(session)))
    run_import(session, run, part_bytes=16 << 10)  # the films in several parts
    sealed = seal_case(session, case.id, world.both())
    package = open_package(session.context.data.packages / sealed.package,
                           [Identity.parse(case.identity)])
    entries = {e.id: e for e in package.index.objects}
    record = json.loads(b"".join(package.stream(next(
        e for e in entries.values() if e.kind.value == "record"))))
    origins = {o["sha256"]: o for o in record["imports"]}
    assert set(origins) == {sha256_file(path) for path in files}
    [film] = [o for o in origins.values() if o["path"].endswith("_0001.mp4")]
    assert (film["serial"], film["officer"], film["offset_ms"], film["offset_by"]) == (
        "DSJ0700123", "000088", 10_807_000, "typed")
    original = datetime.fromisoformat(film["original"])
    assert original - datetime.fromisoformat(film["effective"]) == AHEAD
    assert {c["source"] for c in film["claims"]} == {"container", "name", "mtime"}
    films = [e for e in entries.values() if e.kind.value == "video"]
    assert {e.mime for e in films} == {"video/mp4", "video/x-msvideo"} and len(films) > 4
    parts = [b"".join(package.stream(e)) for e in films if e.mime == "video/mp4"]
    assert b"".join(parts) == files[0].read_bytes() + files[1].read_bytes()
    assert all(e.step == "inspection" for e in entries.values() if e.kind.value != "record")
    first = min(e.captured.moment.wall for e in films if e.captured is not None)
    assert abs(first - began) < timedelta(seconds=1.1)
    assert all(e.event is not None for e in films)


def test_a_second_laptop_knows_what_the_first_imported(
        session: Session, world: World, case: Case, root: Path, tmp_path: Path) -> None:
    card.body_worn(root, began=session.at, pieces=2)
    assert bring(session, plan_import(session, root)).kept == 3
    listed = tmp_path / "known.json"
    assert write_known(session, listed) == 3
    text = listed.read_text("utf-8")
    assert "DSJ0700123" not in text and case.local_no not in text
    listed.write_text(text.replace('"D001"', '"D002"'), "utf-8")
    shutil.rmtree(world.root / "laptop" / "media")
    with session.begin() as tx:  # as another laptop, which has none of it
        tx.connection.exec_driver_sql("DELETE FROM import_item")
    session.context.data.make()
    assert plan_import(session, root).counts[Verdict.KEEP] == 3
    assert (take_known(session, listed), take_known(session, listed)) == (3, 0)
    plan = plan_import(session, root)
    assert plan.counts[Verdict.DUPLICATE] == 3
    assert all("电脑D002已导入过" in f.told[0] for f in plan.files)
    # Two laptops may take the same card all the same: an officer decides.
    both = plan.give_all([f.found.path for f in plan.files], step_of(session, case))
    assert bring(session, both).kept == 3
    for bad in ("{}", "[]", '{"format":"le-imported/1","device":"D3","files":[{"size":1}]}', "\0"):
        listed.write_text(bad, "utf-8")
        with pytest.raises(UserError, match="不是导入清单"):
            take_known(session, listed)


def test_the_command_line_does_what_the_desk_does(
        world: World, session: Session, case: Case, root: Path, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    began = session.at + timedelta(seconds=1)
    files = card.body_worn(root, began=began, ahead=AHEAD, pieces=2)
    at = began + AHEAD - timedelta(days=9)
    card.film(root / "FILE/100RECOR" / card.body_worn_name(at, 77), seconds=1, created=at, changed=at,
              shade=7)
    clock = [f"{began + AHEAD:%Y-%m-%d %H:%M:%S}", f"{began:%Y-%m-%d %H:%M:%S}"]
    log_out(session)
    pins = [tmp_path / "a.pin", tmp_path / "b.pin"]
    for path, pin in zip(pins, PINS, strict=True):
        path.write_text(pin + "\n", "utf-8")
    officers = [w for name, pin in zip(OFFICERS, pins, strict=True) for w in (
        "--officer", str(world.cards / f"{name}.p12"), "--pin-file", str(pin))]
    data = ["--data", str(world.laptop.data.root)]

    def run(*words: str, code: int = 0) -> dict[str, Any]:
        assert main([*data, "media", *words, *officers, "--json"]) == code
        return dict(json.loads(capsys.readouterr().out))

    plan = run("import", str(root), "--plan", "--clock", *clock)
    assert plan["counts"] == {"keep": 3, "skip": 0, "duplicate": 0, "no_step": 1, "trouble": 0}
    assert (plan["offset_s"], plan["clock"], plan["serial"]) == (10_807, "typed", "DSJ0700123")
    path = next(f["path"] for f in plan["files"] if f["verdict"] == "no_step")
    done = run("import", str(root), "--clock", *clock, "--give", f"{path}={case.local_no}:现场检查")
    assert (done["kept"], done["failed"], done["left"]) == (4, 0, 0)
    assert run("import", str(root), "--plan")["counts"]["duplicate"] == 4
    assert main([*data, "media", "import", str(root), *officers]) == 1  # nothing left to import
    assert "没有要导入的文件" in capsys.readouterr().err
    assert run("known", "--out", str(tmp_path / "known.json"))["files"] == 4
    whole = run("verify")
    assert whole["ok"] and whole["files"] == 4
    gone = run("clear", str(root))
    assert (gone["deleted"], gone["refused"]) == (4, [])
    assert not any(f.exists() for f in files)
    assert main([*data, "media", "import", str(root), "--officer", str(pins[0])]) == 1
    assert "两名执法人员" in capsys.readouterr().err
    for bad in (["--clock", "早上", "现在"], ["--give", "x=y"], ["--resume"],
                ["--clock-photo", "nothing.jpg"]):
        assert main([*data, "media", "import", str(root), *bad, *officers]) == 1
        assert "怎么办" in capsys.readouterr().err


def test_a_plan_of_many_files_takes_little_memory(session: Session, case: Case,
                                                           root: Path) -> None:
    """A tenth of them here; the whole is measured by the benchmark."""
    at = session.at
    film = card.film(root / "a.mp4", seconds=1, created=at, changed=at).read_bytes()
    folder = root / "FILE/100RECOR"
    folder.mkdir(parents=True)
    for number in range(400):
        name = card.body_worn_name(at - timedelta(seconds=90 * number), number)
        (folder / name).write_bytes(film + bytes(number))
    tracemalloc.start()
    plan = plan_import(session, root)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(plan.files) == 401
    assert peak < 8 << 20


def test_a_card_is_cleared_at_a_later_day(session: Session, case: Case, root: Path) -> None:
    """Plugged in again, renamed by hand: told by size and sample, proved by the whole hash."""
    files = card.body_worn(root, began=session.at, pieces=2)
    assert bring(session, plan_import(session, root)).kept == 3
    files[0].rename(root / "moved.mp4")
    new = card.voice(root / "new.wav", seconds=1, began=None, changed=session.at)
    plan = plan_import(session, root)
    gone = delete_from_card(session, files_of_plan(session, plan), root)
    assert (gone.count, gone.refused) == (3, ())
    assert [p for p in root.rglob("*") if p.is_file()] == [new]
    with pytest.raises(UserError, match="没有可以删除的文件"):
        delete_from_card(session, files_of_plan(session, plan_import(session, root)), root)
