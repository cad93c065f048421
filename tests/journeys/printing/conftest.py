"""A real IPP printer on loopback, behind a real print service; its troubles are told by protocol."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session
from field_app.actions.fill_document import issue_paper, save_draft, start_paper
from field_app.cli.demo.day import sample_answers, typed
from field_app.domain.case import Case, PaperRecord

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={root}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
<allow send_requested_reply="true" send_type="error"/><allow receive_type="method_call"/>
<allow receive_type="method_return"/><allow receive_type="error"/>
<allow receive_type="signal"/></policy></busconfig>"""
_AVAHI = """[server]
allow-interfaces=lo
use-ipv4=yes
use-ipv6=no
enable-dbus=yes
[publish]
publish-workstation=no
"""
_CUPSD = """LogLevel debug
Listen localhost:{port}
Browsing Off
DefaultAuthType None
WebInterface No
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  <Limit All>
    Order deny,allow
    Allow all
  </Limit>
</Policy>
"""
_CUPS_FILES = """User {user}
Group {group}
SystemGroup root lp
ServerRoot {root}/cups
CacheDir {root}/cups/cache
StateDir {root}/cups/state
RequestRoot {root}/cups/requests
TempDir {root}/cups/tmp
AccessLog {root}/cups/access
ErrorLog {root}/cups/error
PageLog {root}/cups/page
"""


# What the printer runs for each sheet: reports its trouble while there is one, then prints.
_PRINTS = """#!{python} -S
import os, sys, time
told = set()
while True:
    try:
        with open({trouble!r}) as file:
            now = set(file.read().split())
    except OSError:
        now = set()
    for reason in sorted(now - told):
        print("STATE: +" + reason, file=sys.stderr, flush=True)
    for reason in sorted(told - now):
        print("STATE: -" + reason, file=sys.stderr, flush=True)
    told = now
    if not now:
        break
    time.sleep(0.05)
print("ATTR: job-impressions=1 job-impressions-completed=1", file=sys.stderr, flush=True)
"""
_WAIT_S = 30


@dataclass
class Printer:
    """A printer in its tray ``spool``; it can be in trouble, be switched off and on again."""

    name: str
    spool: Path
    trouble_file: Path
    command: tuple[str, ...]
    env: dict[str, str]
    port: int
    service: str = ""
    process: "subprocess.Popen[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        self.switch_on()

    def switch_on(self) -> None:
        self.process = subprocess.Popen(self.command, env=self.env, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        assert _listens(self.port)

    def switch_off(self) -> None:
        """As when its battery dies: at once, in the middle of whatever it does."""
        self.process.kill()
        self.process.wait(timeout=20)

    def be_anew(self) -> None:
        """Off and on again, with an empty tray."""
        self.switch_off()
        for path in self.spool.iterdir():
            path.unlink()
        self.switch_on()

    def be_in_trouble(self, *reasons: str) -> None:
        """Report reasons (RFC 8011 5.4.12) with the next sheet; none when all is well again."""
        beside = self.trouble_file.with_suffix(".part")
        beside.write_text(" ".join(reasons))
        beside.replace(self.trouble_file)

    def _what_the_service_says(self, found: int, count: int) -> str:
        queue = subprocess.run(["lpstat", "-h", self.service, "-t"], capture_output=True,
                               text=True, check=False).stdout
        tray = sorted(path.name for path in self.spool.iterdir())
        log = (self.spool.parent / "cups" / "error").read_text("utf-8", "replace")
        jobs = "\n".join(line for line in log.splitlines() if "[Job " in line)
        return f"{found} of {count} were printed whole\n{tray}\n{queue}\n{jobs[-6000:]}"

    def received(self, count: int) -> list[bytes]:
        """The documents in its tray once there are ``count``, whole, oldest first."""
        end = time.monotonic() + _WAIT_S
        sizes: list[int] = []
        while True:
            found = sorted(self.spool.glob("*.pdf"), key=lambda p: int(p.name.split("-")[0]))
            before, sizes = sizes, [path.stat().st_size for path in found]
            if len(found) >= count and sizes == before and all(
                    path.read_bytes().rstrip().endswith(b"%%EOF") for path in found):
                return [path.read_bytes() for path in found]
            assert time.monotonic() < end, self._what_the_service_says(len(found), count)
            time.sleep(0.1)


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    """Whether somebody listens there within twenty seconds."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def _start(stack: ExitStack, *command: str, env: dict[str, str]) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)

    def end() -> None:
        process.terminate()
        process.wait(timeout=20)

    stack.callback(end)
    return process


@pytest.fixture(scope="module")
def print_service() -> Iterator[Printer]:
    """A private bus and name service, an IPP printer and a print service that knows it."""
    # Not below pytest's own folder: that is closed to others, again whenever a run begins, and the
    # print service works as a user of its own.
    # Whoever ran the command line here before made new files his alone; this service must read them.
    before = os.umask(0o022)
    try:
        with tempfile.TemporaryDirectory(prefix="print-") as folder:
            yield from _service(Path(folder))
    finally:
        os.umask(before)


def _service(root: Path) -> Iterator[Printer]:
    root.chmod(0o755)
    spool, cups = root / "tray", root / "cups"
    for folder in (spool, *(cups / n for n in ("cache", "state", "requests", "tmp"))):
        folder.mkdir(parents=True)
    ipp = _free_port()
    as_root = os.geteuid() == 0
    user, group = ("lp", "lp") if as_root else (root.owner(), root.group())
    (root / "bus.conf").write_text(_BUS.format(root=root))
    (root / "avahi.conf").write_text(_AVAHI)
    (root / "cups-files.conf").write_text(_CUPS_FILES.format(root=root, user=user, group=group))
    prints, trouble = root / "prints", root / "trouble"
    prints.write_text(_PRINTS.format(python=sys.executable, trouble=str(trouble)))
    prints.chmod(0o755)
    if as_root:
        subprocess.run(["chown", "-R", "lp:lp", cups], check=True)
    env = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={root}/bus"}
    with ExitStack() as stack:
        _start(stack, "dbus-daemon", f"--config-file={root}/bus.conf", "--nofork", "--nopidfile",
               env=env)
        end = time.monotonic() + 10
        while not (root / "bus").exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        _start(stack, "avahi-daemon", "-f", f"{root}/avahi.conf", "--no-drop-root", "--no-chroot",
               "--no-rlimits", env=env)
        made = Printer("portableA4", spool, trouble, (
            "ippeveprinter", "-n", "localhost", "-p", str(ipp), "-r", "off", "-d", str(spool),
            "-k", "-c", str(prints), "-f", "application/pdf,image/pwg-raster", "A4"), env, ipp)
        stack.callback(made.switch_off)
        drop = ["setpriv", "--reuid=lp", "--regid=lp", "--clear-groups"] if as_root else []
        for _ in range(3):
            # Somebody else may have taken the port between asking for it and listening.
            service = _free_port()
            (root / "cupsd.conf").write_text(_CUPSD.format(port=service))
            _start(stack, *drop, "/usr/sbin/cupsd", "-f", "-c", f"{root}/cupsd.conf", "-s",
                   f"{root}/cups-files.conf", env=env)
            if _listens(service):
                break
        made.service = f"localhost:{service}"
        subprocess.run(["/usr/sbin/lpadmin", "-h", made.service, "-p", made.name, "-E", "-v",
                        f"ipp://localhost:{ipp}/ipp/print", "-m", "everywhere"], check=True)
        yield made


@pytest.fixture
def printer(print_service: Printer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Printer]:
    """The printer, on, well, with an empty tray and nothing left to print."""
    monkeypatch.setenv("CUPS_SERVER", print_service.service)
    yield print_service
    print_service.be_in_trouble()
    subprocess.run(["cancel", "-h", print_service.service, "-a"], check=True)
    print_service.be_anew()


@pytest.fixture
def issue(new_case: Callable[[Session], Case]) -> Callable[[Session], PaperRecord]:
    """Makes a case with an issued inspection record."""
    def make(session: Session) -> PaperRecord:
        case = new_case(session)
        step = case_desk(session, case.id).step("inspection").step
        paper = start_paper(session, case.id, step.id, "G1-04")
        save_draft(session, paper.id, typed(
            paper.answers, sample_answers("G1-04")) | {"av_refs": ["执法记录仪-07"]})
        return issue_paper(session, paper.id)

    return make


@pytest.fixture
def record(session: Session, issue: Callable[[Session], PaperRecord]) -> PaperRecord:
    return issue(session)
