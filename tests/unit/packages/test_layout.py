"""Names: what the format knows and what it refuses."""

import pytest

from field_app.packages.layout import (
    NameKind,
    classify,
    index_name,
    is_device,
    log_name,
    object_name,
    receipt_names,
    signature_name,
    statement_name,
)

HASH = "ab" + "0" * 62


@pytest.mark.parametrize(("name", "kind"), [
    ("bagit.txt", NameKind.TAG), (object_name(HASH), NameKind.OBJECT),
    (index_name(17), NameKind.INDEX), (log_name("D012", 1, 4890), NameKind.LOG),
    (statement_name(1), NameKind.STATEMENT), (signature_name(1), NameKind.STATEMENT),
    ("statements/000001.tsr", NameKind.STATEMENT), (receipt_names(3)[0], NameKind.RECEIPT),
    ("trust/root.pem", NameKind.TRUST), ("data/index/000001.age.part", NameKind.UNFINISHED),
])
def test_names_of_the_format(name: str, kind: NameKind) -> None:
    found = classify(name)
    assert found is not None and found.kind is kind
    assert len(name) <= 100 and name.isascii()


@pytest.mark.parametrize("name", [
    "", "/bagit.txt", "../bagit.txt", "data/../bagit.txt", "BAGIT.TXT", "data", "data/x",
    f"data/objects/cd/{HASH}.age", f"data/objects/ab/{HASH.upper()}.age",
    "data/index/1.age", "data/index/000001.age ", "data/log/d012/0000000001-0000000002.age",
    "data/log/NUL/0000000001-0000000002.age", "data/log/D012/0000000003-0000000002.age",
    "receipts/000001.tsr", "trust/.pem", "trust/a.exe", "trust/../x.pem", "statements/000001.json\n",
    "data/objects/ab/" + "\u0660" * 64 + ".age",
])
def test_other_names_are_unknown(name: str) -> None:
    assert classify(name) is None


def test_device_numbers() -> None:
    assert is_device("D012") and is_device("X-9")
    for text in ("", "d012", "-A", "CON", "COM1", "A" * 33, "A/B", "A.B"):
        assert not is_device(text)
