"""Opening: wrong keys, wrong contents behind right signatures, hostile files."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from field_app.crypto.age_keys import Identity
from field_app.crypto.suites import seal_file
from field_app.packages import layout
from field_app.packages.events import read_event, read_lines
from field_app.packages.index import parse_index
from field_app.packages.open import PackageUnreadable, open_package
from field_app.packages.seal import SealedObject
from field_app.packages.statement import State
from field_app.protocol.strict import Malformed


def _code(call: Any) -> str:
    with pytest.raises(PackageUnreadable) as refused:
        call()
    return refused.value.code


def test_a_stranger_opens_nothing(sealed_case: Any) -> None:
    assert _code(lambda: open_package(sealed_case.folder, [Identity.generate()])) == \
        "index_unreadable"


def test_earlier_revisions_open_too(sealed_case: Any) -> None:
    first = open_package(sealed_case.folder, [sealed_case.identity], revision=1)
    assert len(first.index.objects) == 1
    assert [event.seq for event in first.log_events()] == [1, 2, 3]
    assert _code(lambda: open_package(sealed_case.folder, [sealed_case.identity],
                                      revision=7)) == "not_a_package"


def test_streaming_gives_pieces_and_the_whole(work: Any) -> None:
    data = os.urandom(300_000)
    work.add("录像.mkv", data)
    work.seal(State.DRAFT)
    opened = open_package(work.folder, [work.identity])
    (entry,) = opened.index.objects
    pieces = list(opened.stream(entry))
    assert len(pieces) == 5
    assert b"".join(pieces) == data
    assert _code(lambda: opened.read(entry, limit=1000)) == "object_unreadable"


def test_an_index_that_lies_about_an_object_is_found(work: Any) -> None:
    entry = work.add("甲.pdf", b"true")
    path = work.objects[0].path
    work.objects[0] = SealedObject(replace(entry, sha256="0" * 64), path)
    work.seal(State.DRAFT)
    opened = open_package(work.folder, [work.identity])
    assert _code(lambda: opened.check_object(opened.index.objects[0])) == "object_differs"


def test_ciphertext_spoiled_before_sealing_is_found(work: Any) -> None:
    entry = work.add("甲.pdf", b"true" * 100)
    path = work.objects[0].path
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    from field_app.crypto.hashing import sha256_file

    work.objects[0] = SealedObject(replace(entry, ct_sha256=sha256_file(path)), path)
    work.seal(State.DRAFT)
    opened = open_package(work.folder, [work.identity])
    assert _code(lambda: opened.check_object(opened.index.objects[0])) == "object_unreadable"


@pytest.mark.parametrize("name", ["index", "log"])
def test_swapped_sealed_files_are_found(copied: Path, sealed_case: Any, name: str) -> None:
    if name == "index":
        path = copied / layout.index_name(2)
        seal_file(path, [b"{}"], sealed_case.recipients)
        assert _code(lambda: open_package(copied, [sealed_case.identity])) == "file_changed"
        return
    path = next(copied.glob("data/log/*/*.age"))
    seal_file(path, [b"{}\n"], sealed_case.recipients)
    opened = open_package(copied, [sealed_case.identity])
    assert _code(lambda: list(opened.log_events())) == "log_malformed"
    lines = [event.line for event in open_package(
        sealed_case.folder, [sealed_case.identity]).log_events()]
    seal_file(path, [b"".join(line + b"\n" for line in lines[1:3])], sealed_case.recipients)
    assert _code(lambda: list(opened.log_events())) == "log_broken"
    seal_file(path, [b"".join(line + b"\n" for line in lines[:2])], sealed_case.recipients)
    assert _code(lambda: list(opened.log_events())) == "log_broken"


def test_links_and_pipes_are_not_followed(copied: Path, sealed_case: Any) -> None:
    opened = open_package(copied, [sealed_case.identity])
    entry = opened.index.objects[0]
    path = copied / layout.object_name(entry.ct_sha256)
    kept = path.rename(copied.parent / "kept.age")
    path.symlink_to(kept)
    assert _code(lambda: opened.read(entry)) == "object_unreadable"
    path.unlink()
    os.mkfifo(path)
    assert _code(lambda: opened.read(entry)) == "object_unreadable"


@pytest.mark.parametrize("line", [
    b"", b"{}", b"[]", b"null", b'{"a":1.5}', b"[" * 5000, b"\xff", b'{"a":1,"a":2}',
    b'{"actors":[],"at":{},"body":{},"case":"","dev":"d!","hlc":"","prev":"","seq":1,"typ":"x",'
    b'"v":1}',
])
def test_lines_that_are_no_events(line: bytes) -> None:
    with pytest.raises(Malformed):
        read_event(line)


def test_a_log_needs_its_last_line_feed() -> None:
    with pytest.raises(Malformed):
        list(read_lines(b""))


@pytest.mark.parametrize(("member", "value"), [
    ("format", "le-index/2"), ("rev", 0), ("key", "zz"), ("case", None), ("officers", {}),
    ("objects", [None]), ("log", [[]]), ("pkg", "../../etc"),
])
def test_indexes_are_read_strictly(sealed_case: Any, member: str, value: Any) -> None:
    from field_app.crypto.canonical import canonical, parse

    good = open_package(sealed_case.folder, [sealed_case.identity]).index.to_bytes()
    assert parse_index(good).to_bytes() == good
    with pytest.raises(Malformed):
        parse_index(canonical({**parse(good), member: value}))
    missing = parse(good)
    del missing[member]
    with pytest.raises(Malformed):
        parse_index(canonical(missing))


@pytest.mark.parametrize("gps", [["1", "2"], ["1", "2", "x"], [1, 2, 3], ["1e9", "2", "3"], "1"])
def test_coordinates_are_decimal_strings(sealed_case: Any, gps: Any) -> None:
    from field_app.crypto.canonical import canonical, parse

    value = parse(open_package(
        sealed_case.folder, [sealed_case.identity]).index.to_bytes())
    value["objects"][0]["captured"]["gps"] = gps
    with pytest.raises(Malformed):
        parse_index(canonical(value))
