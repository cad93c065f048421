"""What the machine itself may put on disk of our memory: swap, hibernation, core dumps; and whether the
disk under the data folder is encrypted. Told as hints, since only an administrator changes it.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from field_app.actions.at_rest import AtRest

_SAFE_DUMPERS = ("systemd-coredump", "apport")  # both heed a limit of 0


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _is_encrypted(block: Path) -> bool:
    """Whether a block device lies on dm-crypt, itself or all that it is made of."""
    if _text(block / "dm" / "uuid").startswith("CRYPT-"):
        return True
    try:
        below = list((block / "slaves").iterdir())
    except OSError:
        return False
    return bool(below) and all(_is_encrypted(one) for one in below)


def _block_of(path: Path, sys_folder: Path) -> Path:
    """The block device that a device file is, or that a file lies on."""
    status = path.stat()
    number = status.st_rdev or status.st_dev
    return sys_folder / "dev" / "block" / f"{os.major(number)}:{os.minor(number)}"


def _swap(proc: Path, sys_folder: Path) -> Iterator[str]:
    """Names of swaps whose contents stay readable on a disk."""
    for line in _text(proc / "swaps").splitlines()[1:]:
        name = line.split()[0] if line.split() else ""
        if not name or Path(name).name.startswith("zram"):  # Memory, not disk.
            continue
        try:
            if not _is_encrypted(_block_of(Path(name), sys_folder)):
                yield name
        except OSError:
            yield name


def _hibernates(sys_folder: Path) -> bool:
    return "disk" in _text(sys_folder / "power" / "state").split() and (
        "[disabled]" not in _text(sys_folder / "power" / "disk"))


def _hint(code: str, where: str, text: str, remedy: str) -> AtRest:
    return AtRest(code, where, text, remedy, serious=False)


def _linux(data: Path, proc: Path, sys_folder: Path) -> Iterator[AtRest]:
    swaps = list(_swap(proc, sys_folder))
    for name in swaps:
        yield _hint("swap", name, "交换区已开启，而且没有加密，内存里的密钥可能被写到硬盘上。",
                    "请管理员执行 swapoff 并从 /etc/fstab 去掉，或者改用加密的交换区（crypttab）或 zram。")
    if swaps and _hibernates(sys_folder):
        yield _hint("hibernation", "/sys/power/state", "电脑可以休眠，休眠会把全部内存写到硬盘上。",
                    "请管理员执行 systemctl mask hibernate.target hybrid-sleep.target。")
    pattern = _text(proc / "sys" / "kernel" / "core_pattern")
    if pattern.startswith("|") and not any(name in pattern for name in _SAFE_DUMPERS):
        yield _hint("core_pattern", pattern, "程序出错时，内存转储会交给另一个程序，限制对它可能不起作用。",
                    "请管理员把 /proc/sys/kernel/core_pattern 改为 core。")
    if not _is_encrypted(_block_of(data, sys_folder)):
        yield _hint("disk", data.as_posix(), "没有发现硬盘加密（LUKS）。",
                    "电脑应当整盘加密；虚拟机和其他加密方式不能自动识别的，请管理员核实。")


def check_machine(data: Path, *, proc: Path = Path("/proc"),
                  sys_folder: Path = Path("/sys")) -> list[AtRest]:
    """Hints about this machine; a core dump limit above 0 in this process is serious."""
    if sys.platform == "win32":
        return [_hint("by_hand", "", "这个系统上不能自动检查休眠、页面文件和硬盘加密。",
                      "请管理员核实：已开启 BitLocker，已关闭休眠（powercfg /h off）。")]
    import resource

    found = list(_linux(data, proc, sys_folder)) if sys.platform == "linux" else []
    if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
        found.append(AtRest("core_dumps", "", "本程序没有关闭内存转储。", "请用 field-app 命令启动本程序。"))
    return found
