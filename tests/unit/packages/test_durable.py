"""A file in the making is a new one, whatever lies under its name."""

from pathlib import Path

import pytest

from field_app.packages.durable import beside, write_file
from field_app.packages.orders_folder import FOLDER, write_orders
from field_app.protocol.messages import InboxItem, InboxKind, SignedDocument


def test_a_link_in_the_place_of_an_unfinished_file_leads_nowhere(tmp_path: Path) -> None:
    victim, place = tmp_path / "victim", tmp_path / "receipt.json"
    victim.write_bytes(b"precious")
    beside(place).symlink_to(victim)
    write_file(place, b"new")
    assert victim.read_bytes() == b"precious"
    assert place.read_bytes() == b"new" and not place.is_symlink()
    beside(place).write_bytes(b"left by a power cut, and longer")
    write_file(place, b"newer")
    assert place.read_bytes() == b"newer" and not beside(place).exists()


def test_orders_are_not_laid_through_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "0000000001-order.json").write_bytes(b"precious")
    (tmp_path / FOLDER).symlink_to(elsewhere)
    with pytest.raises(OSError, match="link"):
        write_orders(tmp_path, [InboxItem(2, InboxKind.ORDER, SignedDocument(b"{}", b"s"))])
    assert [path.name for path in elsewhere.iterdir()] == ["0000000001-order.json"]
