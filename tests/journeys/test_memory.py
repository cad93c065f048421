"""After log-out, and after a locked desk ended its session: what of keys and PINs is left in memory.

A real desk runs as a process of its own; this one reads all its writable memory, as a debugger or a
thief with a core dump would. What is searched for is reckoned here from the same officers' files, and
that the search finds what is there is shown while the session is open.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.world import OFFICERS, PINS, World
from field_app.credentials.device import device_key, open_vault, read_header
from field_app.credentials.key_file import load_key_file
from field_app.credentials.keys import SoftKey
from field_app.crypto.age_keys import Identity
from field_app.crypto.vault import derive
from field_app.storage import cases, events
from field_app.storage.store import open_store
from tests.journeys.memory_of import count, count_spaced, scalar_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/PID/mem")


def _both_ways(name: str, number: int) -> dict[str, bytes]:
    return {f"{name}, big-endian": number.to_bytes(32, "big"),
            f"{name}, little-endian": number.to_bytes(32, "little")}


@dataclass
class Spied:
    """A desk under work, and what must not stay in its memory."""

    world: World
    process: "subprocess.Popen[str]"
    store_key: bytes
    needles: dict[str, bytes] = field(default_factory=dict)

    def do(self, *words: object) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == "done", words

    def type_pins(self) -> None:
        for slot, pin in enumerate(PINS):
            for character in pin:
                self.do("key", slot, ord(character))
        # As the lines hold them; else the search would miss what is there.
        assert set(self.look()) == {name for name in self.needles if name.startswith("PIN")} - {"PIN 1", "PIN 2"}

    def look(self) -> dict[str, int]:
        """What of the needles is there."""
        return {name: n for name, n in count(self.process.pid, self.needles).items() if n}

    def know_session_keys(self) -> None:
        """Find the keys lent to this session by the public halves that the log tells."""
        copy = self.world.root / "copy"
        copy.mkdir()
        for path in self.world.laptop.data.root.glob("store.db*"):
            shutil.copy(path, copy)
        store = open_store(copy / "store.db", self.store_key, backups=copy / "backups")
        with store.begin() as tx:
            login = events.last_of_kind(tx, "logged_in")
            (case,) = cases.listed(tx)
        store.close()
        assert login is not None
        for slot, proof in enumerate(login.members()["body"]["proofs"], 1):
            public = base64.b64decode(json.loads(proof["statement"])["session_key"])
            number = scalar_of(public, self.process.pid)
            assert number is not None
            self.needles |= _both_ways(f"session key {slot}", number)
        self.needles["case key, text"] = Identity.parse(case.identity).secret_text().encode()


def _needles(world: World) -> tuple[bytes, dict[str, bytes]]:
    keys = [load_key_file(world.cards / f"{name}.p12", pin)
            for name, pin in zip(OFFICERS, PINS, strict=True)]
    header = read_header(world.laptop.data.device_header)
    vault_key = open_vault(header, *keys)
    store_key = derive(vault_key, "db/v1")
    device = device_key(header, vault_key)
    assert isinstance(device, SoftKey)
    found = {"vault key": vault_key, "header key": derive(vault_key, "hdr/v1"), "store key": store_key,
             "store key, hex": store_key.hex().encode(),
             "store key, HEX": store_key.hex().upper().encode()}
    for slot, pin in enumerate(PINS, 1):
        found |= {f"PIN {slot}": pin.encode(), f"PIN {slot}, UTF-16": pin.encode("utf-16-le"),
                  f"PIN {slot} but its first key": pin[1:].encode("utf-16-le"),
                  f"PIN {slot} but its last key": pin[:-1].encode("utf-16-le")}
    privates = {"device key": device.private_key}
    for slot, key in enumerate(keys, 1):
        privates |= {f"officer {slot} signs": key.private_key, f"officer {slot} opens": key.encryption_key}
    for name, private in privates.items():
        found |= _both_ways(name, private.private_numbers().private_value)
    return store_key, found


@pytest.fixture
def spied(world: World) -> Iterator[Spied]:
    store_key, needles = _needles(world)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.memory_desk", str(world.laptop.data.root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    try:
        Path(f"/proc/{process.pid}/mem").open("rb").close()
    except PermissionError:
        process.kill()
        process.wait()
        pytest.skip("the system forbids reading another process's memory (ptrace)")
    yield Spied(world, process, store_key, needles)
    process.stdin.close()
    process.wait(60)
    process.stdout.close()


def test_a_line_writes_over_the_pin_that_it_forgets(spied: Spied) -> None:
    """Qt's own way of emptying a line left the whole PIN where it was, and each of its keys in a list."""
    spied.do("choose")
    spied.type_pins()
    pid, (first, second) = spied.process.pid, PINS
    assert count_spaced(pid, first, 24) and count_spaced(pid, second, 24)
    spied.do("forget")
    assert not spied.look()
    assert not count_spaced(pid, first, 24) and not count_spaced(pid, second, 24)


@pytest.mark.parametrize("end", [pytest.param("leave", marks=pytest.mark.soak), "lock"])
def test_nothing_is_left(spied: Spied, end: str) -> None:
    spied.do("choose")
    spied.type_pins()
    spied.do("enter")
    record = sample_answers("G1-04")
    told = spied.world.root / "case.json"
    told.write_text(json.dumps({
        "cause": "安全生产日常检查", "matter": "对生产经营单位安全生产状况的监督检查",
        "place": record["check_place"], "party": record["PARTY"]}))
    spied.do("case", told)
    spied.know_session_keys()
    opened = spied.look()
    # The search finds what a session must hold; what it need not hold is gone already.
    must = {"store key", "device key, little-endian", "session key 1, little-endian",
            "session key 2, little-endian"}
    assert must <= set(opened) <= must | {"case key, text"}
    spied.do(end)
    # Python does not overwrite a string that it lets go of: the key of a case that was read may stand
    # in free memory until that is used again (crypto/FORMAT.md tells it). Nothing that opens the store
    # or signs may.
    assert set(spied.look()) <= {"case key, text"}


def test_no_core_is_dumped(spied: Spied) -> None:
    limits = Path(f"/proc/{spied.process.pid}/limits").read_text()
    (line,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert line.split()[4] == "0"
    assert os.getpid() != spied.process.pid
