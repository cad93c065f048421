"""Swap, hibernation, core dumps and disk encryption, read from planted system folders."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from field_app.actions.machine_rest import check_machine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's own files")


def plant(root: Path, *, swap: Path | None, encrypted: bool, states: str = "mem disk",
          pattern: str = "core") -> tuple[Path, Path]:
    proc, sys_folder = root / "proc", root / "sys"
    (proc / "sys/kernel").mkdir(parents=True)
    (proc / "sys/kernel/core_pattern").write_text(pattern + "\n")
    lines = ["Filename Type Size Used Priority", "/dev/zram0 partition 100 0 100"]
    if swap is not None:
        lines.append(f"{swap} file 2097148 0 -2")
    (proc / "swaps").write_text("\n".join(lines) + "\n")
    (sys_folder / "power").mkdir(parents=True)
    (sys_folder / "power/state").write_text(f"freeze {states}\n")
    (sys_folder / "power/disk").write_text("[platform] shutdown\n")
    number = root.stat().st_dev
    block = sys_folder / "dev/block" / f"{os.major(number)}:{os.minor(number)}"
    (block / "slaves").mkdir(parents=True)
    if encrypted:  # LVM on LUKS: what the file lies on is made of an encrypted device
        (block / "slaves/dm-0/dm").mkdir(parents=True)
        (block / "slaves/dm-0/dm/uuid").write_text("CRYPT-LUKS2-1234\n")
    return proc, sys_folder


def codes(root: Path, places: tuple[Path, Path]) -> set[str]:
    found = check_machine(root, proc=places[0], sys_folder=places[1])
    assert all(f.text and f.remedy for f in found)
    return {f.code for f in found} - {"core_dumps"}


def test_an_encrypted_machine_has_nothing_to_be_told(tmp_path: Path) -> None:
    swap = tmp_path / "swapfile"
    swap.touch()
    assert codes(tmp_path, plant(tmp_path, swap=swap, encrypted=True)) == set()


def test_swap_that_can_be_read_and_hibernation_are_told(tmp_path: Path) -> None:
    swap = tmp_path / "swapfile"
    swap.touch()
    assert codes(tmp_path, plant(tmp_path, swap=swap, encrypted=False)) == {
        "swap", "hibernation", "disk"}


def test_without_swap_there_is_nothing_to_hibernate_to(tmp_path: Path) -> None:
    assert codes(tmp_path, plant(tmp_path, swap=None, encrypted=False)) == {"disk"}


def test_a_swap_that_is_gone_is_told_rather_than_passed_over(tmp_path: Path) -> None:
    places = plant(tmp_path, swap=tmp_path / "gone", encrypted=True, states="mem")
    assert codes(tmp_path, places) == {"swap"}


@pytest.mark.parametrize(("pattern", "told"), [
    ("|/usr/lib/systemd/systemd-coredump %P", set()), ("|/opt/dumper %p", {"core_pattern"})])
def test_dumps_handed_to_another_program(tmp_path: Path, pattern: str, told: set[str]) -> None:
    assert codes(tmp_path, plant(tmp_path, swap=None, encrypted=True, pattern=pattern)) == told


def test_the_program_forbids_core_dumps_and_says_when_it_does_not(tmp_path: Path) -> None:
    look = ("import resource, sys, pathlib; {}from field_app.actions.machine_rest import check_machine; "
            "print(resource.getrlimit(resource.RLIMIT_CORE), [f.code for f in "
            "check_machine(pathlib.Path('.')) if f.serious])")
    allow = "resource.setrlimit(resource.RLIMIT_CORE, (0, 4096)); " \
            "resource.setrlimit(resource.RLIMIT_CORE, (4096, 4096)); "
    main = "from field_app.cli import main; main(['rules', '--help']) if 0 else None; "
    forbid = "from field_app.memory import forbid_core_dumps; forbid_core_dumps(); "
    for before, after in ((allow, "(4096, 4096) ['core_dumps']"), (allow + main + forbid, "(0, 4096) []")):
        told = subprocess.run([sys.executable, "-c", look.format(before)], capture_output=True,
                              text=True, check=True, cwd=Path(__file__).parents[3]).stdout
        assert told.strip() == after
