"""What cards bring that is wrong: told, never lost, never taken for what it is not."""

import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from field_app.actions.context import Session
from field_app.actions.copy_out import copy_out
from field_app.actions.export_clip import export_cut
from field_app.actions.import_cleanup import delete_from_card, files_of_run
from field_app.actions.import_plan import Verdict, plan_import
from field_app.actions.play_clip import play_clip
from field_app.actions.recorded_spans import taken_of
from field_app.actions.verify_media import check_clip
from field_app.cli.demo import card
from field_app.cli.demo.world import World
from field_app.crypto.hashing import sha256_file
from field_app.domain.case import Case
from field_app.domain.clock import CHINA
from field_app.domain.imports import Trouble
from field_app.errors import UserError
from field_app.storage import imports
from tests.journeys.cards.ways import bring, by_name, desk, step_of


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
    assert plan.give(files["noise.mp4"].found.path, step_of(session, case)) == plan
    dated = plan.give(files["DSC_0001.JPG"].found.path, step_of(session, case))
    done = bring(session, dated)
    assert (done.kept, done.failed) == (4, 0)
    with session.begin() as tx:
        photo = next(i for i in imports.of_case(tx, case.id) if i.found.name == "DSC_0001.JPG")
    assert photo.starts.year == 2001  # what it told; no time is invented for it


def test_one_bad_file_does_not_stop_the_others(session: Session, case: Case, root: Path) -> None:
    files = card.body_worn(root, began=session.at, pieces=3)
    plan = plan_import(session, root)
    files[1].write_bytes(files[1].read_bytes() + b"grown")
    done = bring(session, plan)
    assert (done.kept, done.failed, done.left) == (3, 1, 0)
    assert "不是同一个文件" in done.problems[0]
    assert plan_import(session, root).counts[Verdict.KEEP] == 1  # offered again


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


def test_a_film_without_its_end_is_kept_as_it_is(session: Session, world: World, case: Case,
                                                 root: Path, tmp_path: Path) -> None:
    """The same bytes, sealed and packed; never played, and no debt of the step is paid by it."""
    whole, _ = card.body_worn(root, began=session.at, pieces=1)
    half = whole.with_name("half.mp4")
    half.write_bytes(whole.read_bytes()[:-whole.stat().st_size // 2])
    plan = plan_import(session, root)
    planned = by_name(plan)["half.mp4"]
    assert planned.verdict is Verdict.KEEP and not planned.visit
    assert "没有录完就断了" in planned.told[0] and "原样导入" in planned.told[0]
    assert bring(session, plan.give(planned.found.path, step_of(session, case))).failed == 0
    clips = {c.unfinished: c for c in desk(session, case).step("inspection").clips}
    assert len(clips) == 2
    assert clips[True].segments[0].sha256 == sha256_file(half)
    assert taken_of(clips[True], session.at).picture == ()
    for refused in (lambda: play_clip(session, clips[True]),
                    lambda: export_cut(session, clips[True], from_s=0, to_s=1, reason="核对")):
        with pytest.raises(UserError, match="没有录完就断了") as error:
            refused()
        assert "复制出去" in error.value.remedy
    assert not check_clip(session, clips[True])
    (tmp_path / "out").mkdir()
    out = copy_out(session, clips[True], tmp_path / "out", world.both())
    assert sha256_file(tmp_path / "out" / out.files[0]) == sha256_file(half)
