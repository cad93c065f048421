"""A real IPP printer on loopback, behind a real print service, receives the very bytes previewed."""

import hashlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session
from field_app.actions.fill_document import issue_paper, paper_files, save_draft, start_paper
from field_app.actions.print_document import print_document, printers
from field_app.cli.demo.day import sample_answers, typed
from field_app.domain.case import Case, PaperRecord
from field_app.errors import UserError
from field_app.storage import events

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
_CUPSD = """LogLevel warn
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


@dataclass
class Printer:
    """A running printer; ``received`` are the documents in its tray, oldest first."""

    spool: Path
    process: "subprocess.Popen[bytes]"

    def wait_for(self, count: int) -> list[bytes]:
        end = time.monotonic() + 30
        while len(found := sorted(self.spool.glob("*.pdf"))) < count:
            assert time.monotonic() < end, "nothing was printed"
            time.sleep(0.1)
        size = -1
        while size != (size := found[-1].stat().st_size):
            time.sleep(0.3)
        return [path.read_bytes() for path in found]


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


def _wait_port(port: int) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < end, f"nothing listens on {port}"
            time.sleep(0.1)


def _start(stack: ExitStack, *command: str, env: dict[str, str]) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)

    def end() -> None:
        process.terminate()
        process.wait(timeout=20)

    stack.callback(end)
    return process


@pytest.fixture
def printer(tmp_path_factory: pytest.TempPathFactory,
            monkeypatch: pytest.MonkeyPatch) -> Iterator[Printer]:
    """A private bus and name service, an IPP printer and a print service that knows it."""
    root = tmp_path_factory.mktemp("print")
    root.chmod(0o755)
    for parent in root.parents:
        if parent.owner() == root.owner() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    spool, cups = root / "tray", root / "cups"
    for folder in (spool, *(cups / n for n in ("cache", "state", "requests", "tmp"))):
        folder.mkdir(parents=True)
    ipp, service = _free_port(), _free_port()
    as_root = os.geteuid() == 0
    user, group = ("lp", "lp") if as_root else (root.owner(), root.group())
    (root / "bus.conf").write_text(_BUS.format(root=root))
    (root / "avahi.conf").write_text(_AVAHI)
    (root / "cupsd.conf").write_text(_CUPSD.format(port=service))
    (root / "cups-files.conf").write_text(_CUPS_FILES.format(root=root, user=user, group=group))
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
        made = _start(stack, "ippeveprinter", "-n", "localhost", "-p", str(ipp), "-r", "off", "-d",
                      str(spool), "-k", "-f", "application/pdf,image/pwg-raster", "A4", env=env)
        _wait_port(ipp)
        drop = ["setpriv", "--reuid=lp", "--regid=lp", "--clear-groups"] if as_root else []
        _start(stack, *drop, "/usr/sbin/cupsd", "-f", "-c", f"{root}/cupsd.conf", "-s",
               f"{root}/cups-files.conf", env=env)
        _wait_port(service)
        monkeypatch.setenv("CUPS_SERVER", f"localhost:{service}")
        subprocess.run(["/usr/sbin/lpadmin", "-p", "portableA4", "-E", "-v",
                        f"ipp://localhost:{ipp}/ipp/print", "-m", "everywhere"], check=True)
        yield Printer(spool, made)


@pytest.fixture
def record(session: Session, new_case: Callable[[Session], Case]) -> PaperRecord:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    paper = start_paper(session, case.id, step.id, "G1-04")
    save_draft(session, paper.id, typed(
        paper.answers, sample_answers("G1-04")) | {"av_refs": ["执法记录仪-07"]})
    return issue_paper(session, paper.id)


def test_the_very_bytes_are_printed(
        session: Session, printer: Printer, record: PaperRecord) -> None:
    assert printers() == ["portableA4"]
    previewed, _docx = paper_files(session, record, why="viewed")
    print_document(session, record, "portableA4", copies=2)
    (received,) = printer.wait_for(1)
    assert received == previewed
    assert hashlib.sha256(received).hexdigest() == record.pdf_sha256
    with session.begin() as tx:
        (told,) = [e.members()["body"] for e in events.of_case(tx, record.case)
                   if e.members()["typ"] == "paper_printed"]
    assert (told["copies"], told["printer"], told["pdf_sha256"]) == (
        2, "portableA4", record.pdf_sha256)


def test_printer_that_is_not_there_is_told(
        session: Session, printer: Printer, record: PaperRecord) -> None:
    with pytest.raises(UserError, match="没有接收"):
        print_document(session, record, "gone")
    with pytest.raises(UserError, match="份数"):
        print_document(session, record, "portableA4", copies=0)
    with session.begin() as tx:
        assert not [e for e in events.of_case(tx, record.case)
                    if e.members()["typ"] == "paper_printed"]
