"""Names, folders and trees of cards: six families, and what strangers' cards may hold."""

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from field_app.cli.demo import card
from field_app.domain.clock import CHINA
from field_app.domain.imports import FoundFile, MediaKind, TimeSource, Trouble
from field_app.errors import Cancelled
from field_app.forms.definition import FormFileError
from field_app.media.importing import source
from field_app.media.importing.drives import drives_in
from field_app.media.importing.finding import Finder, claims_of
from field_app.media.importing.head import Head
from field_app.media.importing.profiles import (
    FOLDER,
    MAX_NAME,
    NameFacts,
    check_pattern,
    profiles,
    read_profile,
)

AT = datetime(2026, 5, 14, 9, 12, 3, tzinfo=CHINA)
NOW = datetime(2026, 5, 20, 12, 0, tzinfo=CHINA)


def find(root: Path) -> dict[str, FoundFile]:
    return {f.path: f for f in Finder(root, profiles(), now=NOW).files()}


def told(found: FoundFile) -> dict[TimeSource, datetime]:
    return {claim.source: claim.at for claim in found.claims}


# Folder and name; profile, serial, officer, sequence, and the time the name tells.
NAMES = [
    ("FILE/100RECOR/DSJ0700123_00008820260514091203_000_0007.mp4", "body-worn-numbered",
     "DSJ0700123", "000088", 7, AT),
    ("DCIM/100RECORD/H8123456_20260514_091203_003.mp4", "body-worn-dated", "H8123456", "", 3, AT),
    ("DCIM/100RECORD/20260514091203_000088_H8123456.mp4", "body-worn-dated", "H8123456", "000088",
     None, AT),
    ("Movie/20260514_091203_0001.MOV", "dash", "", "", 1, AT),
    ("NORMAL/2026_0514_091203_012F.MP4", "dash", "", "", 12, AT),
    ("DCIM/Camera/VID_20260514_091203.mp4", "phone", "", "", None, AT),
    ("DCIM/Camera/IMG_20260514_091203.jpg", "phone", "", "", None, AT),
    ("DCIM/Camera/20260514_091203(0).jpg", "phone", "", "", None, AT),
    ("REC_FILE/FOLDER01/260514_0912.MP3", "voice", "", "", None, AT.replace(second=0)),
    ("RECORD/R20260514-091203.WAV", "voice", "", "", None, AT),
    ("DCIM/100MEDIA/DSC_0001.JPG", "camera", "", "", 1, None),
    ("DCIM/100MEDIA/IMG_0042.JPG", "camera", "", "", 42, None),
    ("copied/DSJ0700123_00008820260514091203_000_0007.mp4", "body-worn-numbered", "DSJ0700123",
     "000088", 7, AT),
    ("some/clip.mp4", "any", "", "", None, None),
]


@pytest.mark.parametrize(("path", "profile", "serial", "officer", "sequence", "at"), NAMES)
def test_names_tell_device_user_and_time(
        tmp_path: Path, path: str, profile: str, serial: str, officer: str, sequence: int | None,
        at: datetime | None) -> None:
    made = tmp_path / path
    made.parent.mkdir(parents=True)
    card.photo(made, taken=None, changed=AT + timedelta(hours=5))
    found = find(tmp_path)[path]
    assert (found.profile.split("/")[0], found.serial, found.officer, found.sequence) == (
        profile, serial, officer, sequence)
    assert told(found).get(TimeSource.NAME) == at


def test_profiles_say_where_they_come_from() -> None:
    made = profiles()
    assert len({p.id for p in made}) == len(made) >= 7
    assert all(p.source and p.confidence in "VPMI" and p.version >= 1 for p in made)
    assert [p.id for p in made if not p.names] == ["any"]


@pytest.mark.parametrize("pattern", [
    "(a+)+b", ".*x", "(?:a{1,9}){2,9}", r"(.)\1", "(?=x)y", "a{1,}", "a{3,200}",
    "a{1,9}" * 7, "x" * 301, "(a{1,9}){3}"])
def test_patterns_that_could_run_away_are_refused(pattern: str) -> None:
    assert check_pattern(pattern)


def test_a_profile_with_a_mistake_names_it(tmp_path: Path) -> None:
    good = (FOLDER / "10-body-worn-numbered.toml").read_text("utf-8")
    for wrong, where in ((good.replace("{4,24}", "+"), "no \\*"),
                         (good.replace('example = "DSJ0700123_0000', 'example = "-'), "example"),
                         (good.replace('zone = "+08:00"', 'zone = "Asia"'), "zone"),
                         (good + "\nsecret = 1\n", "unknown key"),
                         (good.replace("P<serial>", "P<name>"), "groups are")):
        path = tmp_path / "p.toml"
        path.write_text(wrong, "utf-8")
        with pytest.raises(FormFileError, match=where):
            read_profile(path)


def test_names_made_to_keep_the_search_busy_do_not() -> None:
    names = ["A" * MAX_NAME, "A-" * 60, "0" * 119 + "x", "_".join("12345678" * 14)[:119],
             "IMG_" + "20260514_" * 12, "A" * 5000]
    began = time.perf_counter()
    for _ in range(200):
        for profile in profiles():
            for name in names:
                assert profile.read(name) is None
    assert time.perf_counter() - began < 2.0


def test_sources_of_time_in_their_order(tmp_path: Path) -> None:
    root = tmp_path / "FILE" / "100RECOR"
    name = card.body_worn_name(AT + timedelta(seconds=1), 1)
    card.film(root / name, seconds=2, created=AT, changed=AT + timedelta(seconds=2))
    found = find(tmp_path)[f"FILE/100RECOR/{name}"]
    assert found.original is not None
    assert (found.original.source, found.original.at) == (TimeSource.CONTAINER, AT)
    assert list(told(found)) == [TimeSource.CONTAINER, TimeSource.NAME, TimeSource.MTIME]
    # The file's own time is when it was closed: brought back by its length.
    assert abs(told(found)[TimeSource.MTIME] - AT) < timedelta(seconds=0.2)


@pytest.mark.parametrize(("zone", "ends"), [(CHINA, False), (UTC, False), (UTC, True), (CHINA, True)])
@pytest.mark.parametrize("device", ["body-worn-numbered", "phone"])
def test_a_film_is_read_in_the_way_that_agrees_with_its_name(device: str, zone: timezone,
                                                             ends: bool) -> None:
    """Devices write local time or UTC, start or end, into the same field."""
    profile = next(p for p in profiles() if p.id == device)
    written = (AT.astimezone(zone) + timedelta(seconds=900 if ends else 0)).replace(tzinfo=None)
    head = Head("video/mp4", MediaKind.VIDEO, duration_s=900.0, created=written, utc=True)
    first = claims_of(head, NameFacts(at=AT), 0, profile, NOW)[0]
    assert (first.source, first.at) == (TimeSource.CONTAINER, AT)
    far = claims_of(head, NameFacts(at=AT + timedelta(days=2)), 0, profile, NOW)[0]
    usual = written.replace(tzinfo=profile.container_zone)
    assert far.at == usual - timedelta(seconds=900 if device == "phone" else 0)


def test_times_that_cannot_be_true_are_passed_over(tmp_path: Path) -> None:
    long_ago, to_come = datetime(2012, 1, 1, tzinfo=CHINA), NOW + timedelta(days=400)
    card.photo(tmp_path / "IMG_20260514_091203.jpg", taken=long_ago, changed=to_come)
    card.photo(tmp_path / "DSC_0001.JPG", taken=to_come, changed=long_ago)
    found = find(tmp_path)
    good, bad = found["IMG_20260514_091203.jpg"], found["DSC_0001.JPG"]
    assert good.original is not None and good.original.source is TimeSource.NAME
    assert [c.plausible for c in good.claims] == [False, True, False]
    assert (bad.trouble, bad.original) == (Trouble.MISDATED, None)
    assert len(bad.claims) == 2


def test_what_a_card_of_strangers_may_hold(tmp_path: Path) -> None:
    root, outside = tmp_path / "card", tmp_path / "outside"
    outside.mkdir()
    card.photo(outside / "secret.jpg", taken=AT, changed=AT)
    good = card.photo(root / "good.jpg", taken=AT, changed=AT)
    (root / "link.jpg").symlink_to(outside / "secret.jpg")
    (root / "away").symlink_to(outside)
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe.mp4")
    (root / "empty.mp4").touch()
    (root / "empty.log").touch()
    (root / "noise.mp4").write_bytes(os.urandom(5000))
    (root / "program.exe").write_bytes(b"MZ" + os.urandom(900))
    (root / "notes.txt").write_text("abc", "utf-8")
    (root / "System Volume Information").mkdir()
    (root / "System Volume Information" / "x.mp4").write_bytes(b"1")
    tricky = ["..\\..\\up.jpg", "bell\x07\x1b[31m.jpg", "back\u202egpj.exe.jpg", "x" * 250 + ".jpg"]
    for name in tricky:
        (root / name).write_bytes(good.read_bytes())
    raw = os.fsencode(root) + b"/\xc5\xc4\xcb\xe3.jpg"  # GBK, as old recorders write
    with open(raw, "wb") as file:  # noqa: PTH123 - a name that is no text
        file.write(good.read_bytes())
    deep = root / "/".join(["d"] * 14)
    deep.mkdir(parents=True)
    card.photo(deep / "deep.jpg", taken=AT, changed=AT)
    found = find(root)
    troubles = {path: f.trouble for path, f in found.items()}
    assert troubles["good.jpg"] is None
    assert troubles["link.jpg"] is troubles["away"] is troubles["loop"] is Trouble.LINK
    assert troubles["pipe.mp4"] is Trouble.NOT_A_FILE
    assert (troubles["empty.mp4"], troubles["empty.log"]) == (Trouble.EMPTY, Trouble.FOREIGN)
    assert troubles["noise.mp4"] is Trouble.CORRUPT
    assert troubles["program.exe"] is troubles["notes.txt"] is Trouble.FOREIGN
    assert troubles["\\xc5\\xc4\\xcb\\xe3.jpg"] is None
    assert troubles["bell\\u0007\\u001b[31m.jpg"] is None
    assert troubles["back\\u202egpj.exe.jpg"] is None
    assert not any("secret" in path or "System" in path or "deep.jpg" in path for path in found)
    assert all(path.isprintable() for path in found)


def test_a_locked_folder_is_told_and_the_rest_is_seen(tmp_path: Path,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    card.photo(tmp_path / "a.jpg", taken=AT, changed=AT)
    card.photo(tmp_path / "bad" / "b.jpg", taken=AT, changed=AT)
    real = os.scandir

    def failing(path: bytes) -> "os._ScandirIterator[bytes]":
        if path.endswith(b"/bad"):
            raise OSError(5, "Input/output error")
        return real(path)

    monkeypatch.setattr(os, "scandir", failing)
    found = find(tmp_path)
    assert found["a.jpg"].trouble is None and found["bad"].trouble is Trouble.UNREADABLE


def test_a_card_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(source.CardUnreadable):
        find(tmp_path / "not there")
    (tmp_path / "file").touch()
    with pytest.raises(source.CardUnreadable):
        find(tmp_path / "file")


def test_too_many_files_and_a_change_of_mind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(9):
        (tmp_path / f"{n}.txt").touch()
    with pytest.raises(Cancelled):
        list(source.walk(tmp_path, cancelled=lambda: True))
    monkeypatch.setattr(source, "MAX_ENTRIES", 5)
    with pytest.raises(source.CardTooFull):
        find(tmp_path)


def test_only_the_file_that_was_seen_is_opened(tmp_path: Path) -> None:
    path = card.photo(tmp_path / "a" / "b.jpg", taken=AT, changed=AT)
    [entry] = source.walk(tmp_path)

    def opened(raw: bytes = entry.raw, size: int = entry.size) -> bytes:
        with source.open_source(tmp_path, raw, size=size, mtime_ns=entry.mtime_ns) as file:
            return file.read(3)

    assert opened() == b"\xff\xd8\xff"
    for raw in (b"../a/b.jpg", b"/etc/passwd", b"a/./b.jpg", b"", b"a/b.jpg\0x", b"a"):
        with pytest.raises(source.SourceLost):
            opened(raw)
    with pytest.raises(source.SourceLost):
        opened(size=entry.size + 1)
    (tmp_path / "other").mkdir()
    path.rename(tmp_path / "other" / "b.jpg")
    (tmp_path / "a").rmdir()
    (tmp_path / "a").symlink_to("other")
    with pytest.raises(source.SourceLost):
        opened()


def test_nothing_is_written_to_a_card(tmp_path: Path) -> None:
    card.body_worn(tmp_path, began=AT)
    before = {p: (p.stat().st_mtime_ns, p.stat().st_ctime_ns, p.stat().st_size)
              for p in tmp_path.rglob("*")}
    find(tmp_path)
    assert before == {p: (p.stat().st_mtime_ns, p.stat().st_ctime_ns, p.stat().st_size)
                      for p in tmp_path.rglob("*")}


def test_drives_are_told_from_other_mounts() -> None:
    text = "\n".join((
        "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw",
        "30 22 8:1 / /boot/efi rw - vfat /dev/sda1 rw",
        "31 22 8:17 / /media/zhang/ZFY\\040CARD rw - vfat /dev/sdb1 rw",
        "32 22 8:33 / /run/media/zhang/STICK rw - ext4 /dev/sdc1 rw",
        "33 22 8:49 / /home/zhang/card rw - exfat /dev/sdd1 rw", "broken line"))
    assert [(str(d.root), d.label) for d in drives_in(text)] == [
        ("/home/zhang/card", "card"), ("/media/zhang/ZFY CARD", "ZFY CARD"),
        ("/run/media/zhang/STICK", "STICK")]


def test_values_are_replaced_not_changed() -> None:
    found = FoundFile(b"a", "a", 1, 1)
    assert replace(found, size=2).size == 2 and found.original is None and found.suffix == ""
