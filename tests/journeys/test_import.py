"""A recorder's card from the plan to the package: placed, sealed, compared, played, deleted."""

import json
import os
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from field_app.actions.case_desk import Desk, begin_step, case_desk
from field_app.actions.context import AppContext, Session
from field_app.actions.import_cleanup import delete_from_card, files_of_plan, files_of_run
from field_app.actions.import_clock import clock_code, clock_of_file, look_for_clock
from field_app.actions.import_known import take_known, write_known
from field_app.actions.import_plan import ImportPlan, PlannedFile, Verdict, plan_import
from field_app.actions.import_recorder import (
    ImportProgress,
    ImportResult,
    give_up_import,
    interrupted_imports,
    run_import,
    start_import,
)
from field_app.actions.log_in import log_in, log_out
from field_app.actions.play_clip import play_clip
from field_app.actions.seal_case import seal_case
from field_app.cli import main
from field_app.cli.demo import card
from field_app.cli.demo.world import OFFICERS, PINS, World
from field_app.crypto.age_keys import Identity
from field_app.crypto.hashing import sha256_file
from field_app.documents import qr
from field_app.domain.case import Case, Clip, ClipState, Segment, StepState
from field_app.domain.clock import CHINA, SystemClock
from field_app.domain.ids import ClipId, StepId, new_id
from field_app.domain.imports import DeviceClock, ItemState, Trouble
from field_app.errors import Cancelled, UserError
from field_app.packages.open import open_package
from field_app.paths import DataFolder
from field_app.storage import cases, clips, events, imports
from field_app.storage.times import text_of

HERE = Path(__file__).resolve().parent
AHEAD = timedelta(hours=3, seconds=7)
MakeCase = Callable[[Session], Case]


def step_of(session: Session, case: Case, kind: str = "inspection") -> StepId:
    return case_desk(session, case.id).step(kind).step.id


def in_hand(session: Session, case: Case, began: datetime, ended: datetime) -> StepId:
    """The inspection as if it had been done then: no desk lets officers set times back."""
    step = step_of(session, case)
    with session.begin() as tx:
        cases.set_step(tx, step, StepState.DONE, at=ended)
        tx.connection.exec_driver_sql(
            "UPDATE step SET started = ? WHERE id = ?", (text_of(began), step))
    return step


@pytest.fixture
def case(session: Session, new_case: MakeCase) -> Case:
    made = new_case(session)
    begin_step(session, made.id, step_of(session, made))
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "card"


@pytest.fixture
def yesterday(session: Session) -> datetime:
    return (session.at - timedelta(days=1)).astimezone(CHINA).replace(
        hour=9, minute=0, second=0, microsecond=0)


def measured(session: Session, ahead: timedelta = AHEAD) -> DeviceClock:
    now = session.at
    return DeviceClock(now + ahead, now, "typed")


def bring(session: Session, plan: ImportPlan) -> ImportResult:
    return run_import(session, start_import(session, plan))


def desk(session: Session, case: Case) -> Desk:
    return case_desk(session, case.id)


def by_name(plan: ImportPlan) -> dict[str, PlannedFile]:
    return {f.found.name: f for f in plan.files}


def told(session: Session, kind: str) -> list[dict[str, object]]:
    with session.begin() as tx:
        return [e.members()["body"] for e in events.since(tx, 0) if e.members()["typ"] == kind]


def test_a_card_pays_the_recording_it_was_made_for(session: Session, case: Case, root: Path) -> None:
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


def test_bad_files_are_told_and_never_copied(session: Session, case: Case, root: Path) -> None:
    now = session.at
    good = card.body_worn(root, began=now, pieces=1)
    film = good[0].read_bytes()
    folder = root / "FILE/100RECOR"
    (folder / "half.mp4").write_bytes(film[:len(film) // 2])
    (folder / "empty.mp4").touch()
    (folder / "noise.mp4").write_bytes(os.urandom(2000))
    (folder / "program.exe").write_bytes(b"MZ" + bytes(100))
    (folder / "out.mp4").symlink_to("/etc/passwd")
    card.photo(root / "DCIM/100MEDIA/DSC_0001.JPG", taken=None, changed=datetime(2001, 1, 1, tzinfo=CHINA))
    shutil.copy2(good[0], folder / "copy.mp4")
    plan = plan_import(session, root)
    files = by_name(plan)
    assert {name: files[name].found.trouble for name in (
        "half.mp4", "empty.mp4", "noise.mp4", "program.exe", "out.mp4", "DSC_0001.JPG")} == {
            "half.mp4": Trouble.HALF_WRITTEN, "empty.mp4": Trouble.EMPTY,
            "noise.mp4": Trouble.CORRUPT, "program.exe": Trouble.FOREIGN, "out.mp4": Trouble.LINK,
            "DSC_0001.JPG": Trouble.MISDATED}
    assert all("。" in f.told[0] for f in plan.files if f.found.trouble)
    copies = [f for f in plan.files if f.verdict is Verdict.DUPLICATE]
    assert len(copies) == 1 and "相同" in copies[0].told[0]
    assert plan.give(files["half.mp4"].found.path, step_of(session, case)) == plan
    dated = plan.give(files["DSC_0001.JPG"].found.path, step_of(session, case))
    done = bring(session, dated)
    assert (done.kept, done.failed) == (3, 0)
    with session.begin() as tx:
        photo = next(i for i in imports.of_case(tx, case.id) if i.found.name == "DSC_0001.JPG")
    assert photo.starts.year == 2001  # what it told; no time is invented for it


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


def test_a_card_pulled_out_is_told_and_taken_up_again(session: Session, case: Case, root: Path) -> None:
    card.body_worn(root, began=session.at, pieces=3)
    run = start_import(session, plan_import(session, root))
    away = root.with_name("away")
    moved: list[bool] = []

    def pull(progress: ImportProgress) -> None:
        if progress.file == 3 and not moved:
            moved.append(True)
            root.rename(away)

    with pytest.raises(UserError, match="卡读不到了") as error:
        run_import(session, run, progress=pull)
    assert "插回" in error.value.remedy
    [left] = interrupted_imports(session)
    assert (left.run, left.left) == (run, 2)
    done = run_import(session, run, away)  # mounted elsewhere this time
    assert (done.kept, done.failed, done.left) == (4, 0, 0)
    assert interrupted_imports(session) == []


def test_one_bad_file_does_not_stop_the_others(session: Session, case: Case, root: Path) -> None:
    files = card.body_worn(root, began=session.at, pieces=3)
    plan = plan_import(session, root)
    files[1].write_bytes(files[1].read_bytes() + b"grown")
    done = bring(session, plan)
    assert (done.kept, done.failed, done.left) == (3, 1, 0)
    assert "不是同一个文件" in done.problems[0]
    assert plan_import(session, root).counts[Verdict.KEEP] == 1  # offered again


def test_a_change_of_mind_keeps_what_is_in(session: Session, case: Case, root: Path) -> None:
    card.body_worn(root, began=session.at, pieces=3)
    run = start_import(session, plan_import(session, root))
    seen: list[int] = []
    with pytest.raises(Cancelled):
        run_import(session, run, progress=lambda p: seen.append(p.file),
                   cancelled=lambda: bool(seen) and seen[-1] == 2)
    give_up_import(session, run)
    with session.begin() as tx:
        counts = imports.counts(tx, run)
    assert (counts[ItemState.KEPT], counts[ItemState.DROPPED]) == (1, 3)
    assert interrupted_imports(session) == []
    assert not list(session.context.data.media.glob("*.part"))


def test_killed_in_the_middle_loses_nothing_and_doubles_nothing(
        world: World, session: Session, case: Case, root: Path) -> None:
    at = session.at
    for number in range(4):
        begins = at + timedelta(seconds=number)
        card.voice(root / f"R{begins:%Y%m%d-%H%M%S}.WAV", seconds=400, began=begins, changed=begins,
                   shade=number)
    hashes = {sha256_file(path) for path in root.iterdir()}
    log_out(session)
    kept = []
    for file in (1, 2):  # in the middle of the first one, then in the middle of the second
        with subprocess.Popen([sys.executable, HERE / "import_until_killed.py", world.root, root],
                              stdout=subprocess.PIPE, text=True) as victim:
            assert victim.stdout is not None
            for line in victim.stdout:
                if line.startswith("at") and int(line.split()[1]) == file:
                    break
            victim.kill()
        again = log_in(world.laptop, *world.both())
        [left] = interrupted_imports(again)
        with again.begin() as tx:
            kept.append(imports.counts(tx, left.run).get(ItemState.KEPT, 0))
        give_up_import(again, left.run)
        assert not list(again.context.data.media.glob("*.part"))
        log_out(again)
    assert 1 <= sum(kept) <= 3, kept
    again = log_in(world.laptop, *world.both())
    plan = plan_import(again, root)
    assert plan.counts[Verdict.DUPLICATE] == sum(kept)
    assert bring(again, plan).kept == 4 - sum(kept)
    found = desk(again, case).step("inspection").clips
    with again.begin() as tx:
        assert {i.sha256 for i in imports.of_case(tx, case.id)} == hashes
    assert len(found) == 4
    stored = {p.name for p in again.context.data.media.iterdir()}
    assert stored == {s.path for c in found for s in c.segments}
    assert len(told(again, "media_imported")) == 4
    log_out(again)


def test_the_rest_of_a_killed_import_is_done_by_resuming(
        world: World, session: Session, case: Case, root: Path) -> None:
    card.body_worn(root, began=session.at, pieces=4)
    log_out(session)
    with subprocess.Popen([sys.executable, HERE / "import_until_killed.py", world.root, root],
                          stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        for line in victim.stdout:
            if line.startswith("at") and int(line.split()[1]) >= 3:
                break
        victim.kill()
    again = log_in(world.laptop, *world.both())
    [left] = interrupted_imports(again)
    assert 0 < left.left < 5
    assert run_import(again, left.run).kept == 5
    [clip] = desk(again, case).step("inspection").clips
    assert [s.file for s in clip.segments] == [1, 2, 3, 4]
    assert clip.duration_ms == pytest.approx(8000, abs=300)
    log_out(again)


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


def test_deleting_needs_both_ends_whole(session: Session, case: Case, root: Path) -> None:
    files = card.body_worn(root, began=session.at, pieces=3)
    done = bring(session, plan_import(session, root))
    stat = files[0].stat()
    data = bytearray(files[0].read_bytes())
    data[len(data) // 2] ^= 1
    files[0].write_bytes(data)  # another content under the same size and time
    os.utime(files[0], ns=(stat.st_atime_ns, stat.st_mtime_ns))
    [clip] = desk(session, case).step("inspection").clips
    sealed = session.context.data.media / clip.segments[1].path
    rotten = bytearray(sealed.read_bytes())
    rotten[-30] ^= 1
    sealed.write_bytes(rotten)
    gone = delete_from_card(session, files_of_run(session, done.run), root)
    assert gone.count == 2 and len(gone.refused) == 2
    assert files[0].exists() and files[1].exists()
    assert not files[2].exists() and not files[3].exists()
    assert any("卡上的文件与导入时不一样" in why for why in gone.refused)
    assert any("副本打不开" in why for why in gone.refused)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*sudo, "mount", "-t", "tmpfs", "-o", "size=24M,mode=777", "tmpfs", disk], check=True)
    yield disk
    subprocess.run([*sudo, "umount", disk], check=True)


def test_a_full_disk_is_told_before_and_in_the_middle(
        world: World, small_disk: Path, new_case: MakeCase, root: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(world.laptop.data.root, small_disk / "laptop")
    session = log_in(AppContext(SystemClock(), DataFolder(small_disk / "laptop")), *world.both())
    case = new_case(session)
    begin_step(session, case.id, step_of(session, case))
    at = session.at
    for number in range(3):
        card.voice(root / f"R{at + timedelta(seconds=number):%Y%m%d-%H%M%S}.WAV", seconds=100,
                   began=at + timedelta(seconds=number), changed=at, shade=number)
    plan = plan_import(session, root)
    with pytest.raises(UserError, match="磁盘空间不够") as before:
        start_import(session, plan)
    assert "没有动" in before.value.remedy
    monkeypatch.setattr("field_app.actions.import_plan.RESERVE", 0)
    run = start_import(session, plan)
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(small_disk).free - (5 << 20))
    with pytest.raises(UserError, match="磁盘已满"):
        run_import(session, run)
    kept = len(desk(session, case).step("inspection").clips)
    assert kept < 3 and not list(session.context.data.media.glob("*.part"))
    filler.unlink()
    assert run_import(session, run).kept == 3
    log_out(session)
