"""Recordings after they were made: seen, written down, copied, copied out, registered."""

import json
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from field_app.actions import seal_case as seal_case_module
from field_app.actions.case_desk import begin_step
from field_app.actions.clip_time import wall_at
from field_app.actions.context import Session
from field_app.actions.copy_out import copy_out
from field_app.actions.export_clip import Area, Hidden, export_cut, export_masked
from field_app.actions.fill_document import preview, start_paper
from field_app.actions.import_origin import origins_of
from field_app.actions.log_in import CardAndPin, log_in, log_out
from field_app.actions.play_clip import note_viewed, play_clip, playback_of
from field_app.actions.seal_case import seal_case
from field_app.actions.transcribe import as_text, newest, revisions, save_transcript, sit_down
from field_app.cli.demo.world import World, keep_settings
from field_app.domain.case import Case, Clip
from field_app.domain.reasons import Level
from field_app.domain.recorded import CopyKind, Line
from field_app.errors import Cancelled, UserError
from field_app.forms import check_answers, load_form
from field_app.packages.open import open_package
from field_app.paths import DataFolder
from field_app.settings import Settings
from field_app.storage import cases, clips
from tests.journeys import films
from tests.unit.media.films import number_of

MakeCase = Callable[[Session], Case]



@pytest.fixture(scope="module")
def world(first_world: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """One laptop for all of these: each works on a case of its own."""
    root = tmp_path_factory.mktemp("laptop") / "w"
    shutil.copytree(first_world.root, root)
    data = DataFolder(root / "laptop")
    made = replace(first_world, root=root, laptop=replace(first_world.laptop, data=data),
                   headquarters=root / "headquarters", cards=root / "cards",
                   papers=root / "papers", pictures=root / "pictures")
    keep_settings(made, Settings(cards=str(made.cards)))
    return made


@pytest.fixture(scope="module")
def session(world: World) -> Iterator[Session]:
    made = log_in(world.laptop, *world.both())
    yield made
    log_out(made)


@pytest.fixture
def case(session: Session, new_case: MakeCase) -> Case:
    return new_case(session)


@pytest.fixture
def clip(session: Session, case: Case) -> Clip:
    made: Clip = films.recorded(session, case, films.first_step(session, case))
    return made


def shown(session: Session, case: Case, clip: Clip, t: float) -> int | None:
    source = playback_of(session, case, clip)
    try:
        got = source.frame_at(t)
    finally:
        source.close()
    if got is None:
        return None
    return int(number_of(np.frombuffer(got[2], np.uint8).reshape(got[1], got[0], 3)))


def files_of(session: Session) -> set[str]:
    return {p.name for p in session.context.data.media.iterdir()}


def test_every_view_is_told_with_its_seconds(session: Session, case: Case, clip: Clip) -> None:
    source = play_clip(session, clip)
    source.close()
    note_viewed(session, clip, [(0.0, 3.5), (7.0, 7.5)], [(4.0, 5.0)])
    assert films.told(session, case, "recording_viewed") == [{"clip": clip.id, "number": clip.number}]
    assert films.told(session, case, "recording_view_ended") == [{
        "clip": clip.id, "spans_ms": [[0, 3500], [7000, 7500]], "lost_ms": [[4000, 5000]]}]


def test_a_cut_is_an_item_that_points_to_its_original(
        session: Session, case: Case, clip: Clip) -> None:
    made = export_cut(session, clip, from_s=1.2, to_s=3.4, reason="交法制审核")
    again = export_cut(session, clip, from_s=5.5, to_s=6.5, reason="交法制审核")
    assert [made.number, again.number] == [f"{clip.number}-剪辑01", f"{clip.number}-剪辑02"]
    assert made.copy is not None and made.copy.original == clip.id
    assert (made.copy.from_ms, made.copy.to_ms, made.duration_ms) == (1000, 4000, 3000)
    assert made.copy.original_sha256 == tuple(s.sha256 for s in clip.segments)
    assert made.copy.actors == session.actors and made.copy.kind is CopyKind.CUT
    assert made.started == clip.started + timedelta(seconds=1)
    assert [m["offset_ms"] for m in made.marks] == [500] and len(made.gaps) == 1
    assert shown(session, case, made, 0.0) == 25 and shown(session, case, made, 2.96) == 99
    assert [shown(session, case, again, t) for t in (0.0, 0.96, 1.0, 1.96)] == [125, 149, 150, 174]
    with session.begin() as tx:
        assert [c.id for c in clips.of_case(tx, case.id)] == [clip.id]
        assert [c.id for c in clips.copies_of(tx, clip.id)] == [made.id, again.id]
        kept = clips.get(tx, made.id)
    assert kept.segments == made.segments and kept.copy is not None
    assert kept.copy.done == {"asked_ms": [1200, 3400]} and kept.copy.reason == "交法制审核"
    (first, _) = films.told(session, case, "recording_copied")
    assert first["segments"][0]["sha256"] == made.segments[0].sha256
    assert len(first["segments"][0]["sm3"]) == 64
    with pytest.raises(UserError, match="副本"):
        export_cut(session, made, from_s=0, to_s=1, reason="再剪")


def test_a_senseless_cut_is_refused(session: Session, clip: Clip) -> None:
    before = files_of(session)
    for from_s, to_s, reason in ((3.0, 3.0, "x"), (5.0, 2.0, "x"), (-1.0, 2.0, "x"),
                                 (50.0, 60.0, "x"), (float("nan"), 2.0, "x"), (0.0, 2.0, "  ")):
        with pytest.raises(UserError):
            export_cut(session, clip, from_s=from_s, to_s=to_s, reason=reason)
    assert files_of(session) == before


def test_a_masked_copy_keeps_what_was_done(session: Session, case: Case, clip: Clip) -> None:
    hidden = Hidden(areas=(Area(150, 60, 90, 90, 0.0, 2.0), Area(-20, 100, 60, 60, 1.0, 2.0)),
                    muted=((1.0, 1.5),), burn=frozenset({"time", "place", "officers", "step"}))
    made = export_masked(session, clip, hidden, from_s=0.0, to_s=2.0, reason="公开")
    assert made.number == f"{clip.number}-遮挡01" and made.copy is not None
    assert made.copy.done == {
        "areas": [[150, 60, 90, 90, 0, 2000], [-20, 100, 60, 60, 1000, 2000]],
        "muted": [[1000, 1500]], "burn": ["officers", "place", "step", "time"]}
    assert shown(session, case, made, 1.0) == 25 and made.duration_ms == 2000
    # Nothing of it lies in plain anywhere in the laptop's folder.
    data = session.context.data
    for path in (*data.media.iterdir(), *data.blobs.iterdir()):
        assert path.read_bytes().startswith(b"age-encryption.org/v1"), path.name


def test_a_mask_that_would_hide_nothing_is_refused(session: Session, clip: Clip) -> None:
    before = files_of(session)
    inside = Area(10, 10, 50, 50, 0.0, 2.0)
    for hidden, words in (
            (Hidden(), "没有画"), (Hidden(areas=(replace(inside, x=900, y=900),)), "不在画面里"),
            (Hidden(areas=(replace(inside, from_s=8.0, to_s=9.0),)), "时段"),
            (Hidden(areas=(inside,) * 201), "过多"), (Hidden(muted=((1.0, 1.0),)), "时段")):
        with pytest.raises(UserError, match=words):
            export_masked(session, clip, hidden, from_s=0.0, to_s=2.0, reason="公开")
    assert files_of(session) == before


def test_cancel_and_a_full_disk_leave_nothing(session: Session, clip: Clip) -> None:
    before = files_of(session)
    seen: list[int] = []
    with pytest.raises(Cancelled):
        export_masked(session, clip, Hidden(muted=((0.0, 1.0),)), from_s=0.0, to_s=6.0, reason="公开",
                      progress=lambda done, _all: seen.append(done),
                      cancelled=lambda: len(seen) > 20)
    assert files_of(session) == before
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100 << 10, limit[1]))
    try:
        with pytest.raises(UserError, match="磁盘写不进去"):
            export_cut(session, clip, from_s=0.0, to_s=6.0, reason="交法制审核")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert files_of(session) == before


def test_what_is_said_is_kept_in_revisions(session: Session, clip: Clip) -> None:
    sitting = sit_down(session, clip)
    assert save_transcript(session, sitting, []) is None  # Nothing written makes no revision.
    save_transcript(session, sitting, [Line(1000, "你好\x00，我们是执法人员")])
    save_transcript(session, sitting, [Line(1000, "你好，我们是执法人员"), Line(62_500, "请出示证件")],
                    ended=True)
    later = sit_down(session, clip)
    save_transcript(session, later, [Line(1000, "您好，我们是执法人员")], ended=True)
    assert [(t.revision, len(t.lines)) for t in revisions(session, clip)] == [(1, 2), (2, 1)]
    now = newest(session, clip)
    assert now is not None and as_text(now.lines) == "00:00:01 您好，我们是执法人员\n"
    assert revisions(session, clip)[0].lines[0].text == "你好，我们是执法人员"


def test_a_megabyte_is_kept_and_too_much_is_refused(session: Session, clip: Clip) -> None:
    sitting = sit_down(session, clip)
    long = [Line(n * 10, "现场检查记录" * 10) for n in range(6000)]
    assert sum(len(x.text.encode()) for x in long) > 1 << 20
    kept = save_transcript(session, sitting, long)
    assert kept is not None and len(kept.lines) == 6000
    with pytest.raises(UserError, match="过长"):
        save_transcript(session, sitting, [Line(0, "字" * 1000)] * 2000)
    now = newest(session, clip)
    assert now is not None and len(now.lines) == 6000


def test_the_package_carries_copies_and_words(
        world: World, session: Session, case: Case, clip: Clip) -> None:
    from field_app.crypto.age_keys import Identity

    made = export_cut(session, clip, from_s=0.0, to_s=1.0, reason="交法制审核")
    save_transcript(session, sit_down(session, clip), [Line(0, "开始")], ended=True)
    seal_case(session, case.id, world.both())
    package = open_package(session.context.data.packages / case.package,
                           [Identity.parse(case.identity)])
    names = {o.name for o in package.index.objects}
    assert f"{made.number}-01.mp4" in names and f"{clip.number}-02.mp4" in names
    (entry,) = [o for o in package.index.objects if o.kind.value == "record"]
    record = json.loads(b"".join(package.stream(entry)))
    assert record["transcripts"][0]["lines"] == [{"at_ms": 0, "text": "开始"}]
    copies = [r["copy"] for r in record["recordings"] if r["copy"]]
    assert copies[0]["original"] == clip.id and copies[0]["to_ms"] == 1000


def test_sm3_stands_beside_where_the_agency_asks_for_it(
        world: World, session: Session, case: Case, clip: Clip, tmp_path: Path) -> None:
    from field_app.crypto.age_keys import Identity
    from field_app.crypto.suites import open_file

    asks = replace(session, trust=replace(
        session.trust, agency={**session.trust.agency, "integrity": ["sha256", "sm3"]}))
    plain = tmp_path / "plain.mp4"
    plain.write_bytes(open_file(session.context.data.media / clip.segments[0].path,
                                [Identity.parse(case.identity)], limit=1 << 30))
    told = subprocess.run(["openssl", "dgst", "-sm3", "-r", plain], check=True,
                          capture_output=True, text=True).stdout.split()[0]
    assert clip.segments[0].sm3 == told
    begin_step(session, case.id, clip.step)
    rows = start_paper(asks, case.id, clip.step, "G5-06").answers["records"]
    assert rows[0]["hash"] == f"SHA-256 {clip.segments[0].sha256}；SM3 {told}"
    stick = tmp_path / "stick"
    stick.mkdir()
    done = copy_out(asks, clip, stick, world.both())
    assert f"# SM3 ({done.files[0]}) = {told}" in (stick / done.hash_list).read_text("utf-8")
    with session.begin() as tx:
        steps = {s.id: s.kind for s in cases.steps(tx, case.id)}
        for of, value in ((asks, told), (session, None)):
            objects = seal_case_module._clip_objects(
                of, {}, clip, steps, origins_of(tx, case.id))
            assert objects[0].entry.sm3 == value


def test_copying_out_asks_both_and_leaves_a_list_that_sha256sum_reads(
        world: World, session: Session, case: Case, clip: Clip, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    save_transcript(session, sit_down(session, clip), [Line(1500, "开始清点")], ended=True)
    wrong = (world.both()[0], CardAndPin(world.both()[1].place, "不对"))
    with pytest.raises(UserError, match="口令不对"):
        copy_out(session, clip, stick, wrong)
    assert list(stick.iterdir()) == []
    done = copy_out(session, clip, stick, world.both())
    assert subprocess.run(["sha256sum", "-c", "--strict", done.hash_list], cwd=stick,
                          capture_output=True, check=True).stdout.count(b": OK") == 3
    verified = subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", f"{done.hash_list}.p7s",
         "-content", done.hash_list, "-noverify", "-out", "/dev/null"],
        cwd=stick, capture_output=True, check=False)
    assert verified.returncode == 0, verified.stderr
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-show_entries",
         "stream=nb_read_frames", "-of", "csv=p=0", done.files[0]], cwd=stick, check=True,
        capture_output=True, text=True)
    assert int(probe.stdout.strip().strip(",")) == 150
    assert (stick / done.files[2]).read_text("utf-8") == "00:00:01 开始清点\n"
    (event,) = films.told(session, case, "recording_copied_out")
    assert event["files_sha256"][0] == clip.segments[0].sha256
    with pytest.raises(UserError, match="同名"):
        copy_out(session, clip, stick, world.both())
    assert len(list(stick.iterdir())) == 5
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(Cancelled):
        copy_out(session, clip, other, world.both(), cancelled=lambda: True)
    assert list(other.iterdir()) == []


def test_registers_are_filled_from_what_is_there(
        session: Session, case: Case, clip: Clip) -> None:
    begin_step(session, case.id, clip.step)
    save_transcript(session, sit_down(session, clip), [Line(0, "您好"), Line(3000, "请配合")])
    export_cut(session, clip, from_s=0.0, to_s=1.0, reason="交法制审核")
    evidence = start_paper(session, case.id, clip.step, "G2-08").answers
    assert [row["no"] for row in evidence["items"]] == [f"{clip.number}-01", f"{clip.number}-02"]
    first = evidence["items"][0]
    assert first["hash"] == clip.segments[0].sha256 and first["device_no"] == "D001"
    assert first["officer"]["name"] == session.pair.both[1].name and first["duration"] == "0分06秒"
    assert "00:00:03 请配合" in first["transcript"] and "transcript" not in evidence["items"][1]
    told = check_answers(load_form("G2-08"), {**evidence, "items": [
        {**row, "proves": "现场检查经过"} for row in evidence["items"]]},
        today=session.at.date())
    assert [r for r in told if r.level is Level.BLOCK] == []
    register = start_paper(session, case.id, clip.step, "G5-06")
    rows = register.answers["records"]
    assert [row["edited"] for row in rows] == [False, False, True]
    assert rows[0]["hash"] == f"SHA-256 {clip.segments[0].sha256}" and rows[0]["step"] == "检查"
    assert rows[0]["retention"] == "6个月" and "没有画面" in rows[0]["gaps"] and "gaps" not in rows[1]
    assert "用途：交法制审核" in rows[2]["remark"]
    assert preview(session, register, register.answers).pages == 2
    assert [r for r in check_answers(load_form("G5-06"), register.answers,
                                     today=session.at.date()) if r.level is Level.BLOCK] == []


def test_a_register_of_sixty_recordings_is_laid_out(session: Session, case: Case) -> None:
    step = films.first_step(session, case)
    begin_step(session, case.id, step)
    for number in range(60):
        films.recorded(session, case, step, seconds=(2,),
                       at=session.at - timedelta(minutes=400 - 5 * number))
    for form, key in (("G2-08", "items"), ("G5-06", "records")):
        paper = start_paper(session, case.id, step, form)
        assert len(paper.answers[key]) == 60
        made = preview(session, paper, paper.answers)
        document = pypdfium2.PdfDocument(made.pdf)
        text = "".join("".join(
            page.get_textpage().get_text_range() for page in document).split())
        assert text.count("2秒") >= 60 and "合计：60项" in text and made.pages > 5
        document.close()


def test_times_of_a_clip_follow_its_segments(session: Session, case: Case, clip: Clip) -> None:
    assert wall_at(clip, 7.0) == clip.segments[1].started + timedelta(seconds=1)
