"""A real PostgreSQL and a real S3 server (OpenStack Swift), started for tests and killed by some.

Both listen on this machine only, keep what they hold in a folder of their own, and are as durable as
tests need: what was answered survives a killed process, not a power cut.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg

_WAIT_SECONDS = 60
_ROOM = 1 << 30
USER, SECRET = "test:tester", "testing"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _answers(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), 5).close()


def _folder(prefix: str) -> Path:
    """In memory where there is some: these servers wait for the disk a lot."""
    memory = Path("/dev/shm")  # noqa: S108
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and (
        shutil.disk_usage(memory).free > _ROOM)
    return Path(tempfile.mkdtemp(prefix=prefix, dir=memory if roomy and _marks(memory) else None))


def _marks(folder: Path) -> bool:
    """Whether files there can carry what Swift writes on them."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        try:
            os.setxattr(file.name, "user.le", b"1")
        except OSError:
            return False
    return True


def _until(ready: Callable[[], object], what: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            ready()
            return
        except (OSError, httpx.TransportError, psycopg.OperationalError):
            assert process.poll() is None, f"{what} ended with {process.returncode}"
            assert time.monotonic() < until, f"{what} does not come up"
            time.sleep(0.05)


class Postgres:
    """One server on a Unix socket, as a user without rights where we are root."""

    def __init__(self) -> None:
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        assert binaries, "install postgresql (.ci/setup test does)"
        self._bin = binaries[-1]
        self.folder = _folder("le-pg-")
        self._user = "postgres" if os.getuid() == 0 else None
        if self._user is not None:
            found = pwd.getpwnam(self._user)
            os.chown(self.folder, found.pw_uid, found.pw_gid)
        self._process: subprocess.Popen[bytes] | None = None
        subprocess.run(
            [self._bin / "initdb", "-D", self.folder / "data", "-U", "hq", "--auth=trust",
             "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"],
            check=True, stdout=subprocess.DEVNULL, cwd="/", **self._as_user())

    def _as_user(self) -> dict[str, Any]:
        return {} if self._user is None else {"user": self._user, "group": self._user,
                                              "extra_groups": []}

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._bin / "postgres", "-D", self.folder / "data", "-k", self.folder,
             "-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off",
             "-c", "max_connections=60", "-c", "shared_buffers=32MB"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd="/", start_new_session=True, **self._as_user())
        _until(lambda: psycopg.connect(self.address("postgres")).close(), "PostgreSQL",
               self._process)

    def address(self, database: str) -> str:
        return f"postgresql://hq@/{database}?host={self.folder}"

    def execute(self, command: str) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(command.encode())

    def tool(self, name: str, *arguments: object) -> None:
        """Run one of the server's own programs, such as ``pg_dump``."""
        subprocess.run([self._bin / name, *map(str, arguments)], check=True, cwd="/")

    def kill(self) -> None:
        """As the power goes: no backend says good-bye."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def end(self) -> None:
        if self._process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


_MAKE_RINGS = """
import pathlib, sys
from swift.common.ring import RingBuilder
for told in sys.argv[2:]:
    kind, _, port = told.partition("=")
    builder = RingBuilder(2, 1, 0)
    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "d1",
                     "weight": 1.0, "replication_ip": "127.0.0.1", "replication_port": int(port)})
    builder.rebalance()
    builder.get_ring().save(str(pathlib.Path(sys.argv[1]) / f"{kind}.ring.gz"))
"""
_RINGS = ("account", "container", "object")
_PROXY = """[DEFAULT]
swift_dir = {root}
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
node_timeout = 20
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{cache}
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
"""
_STORAGE = """[DEFAULT]
swift_dir = {root}
devices = {root}/node
mount_check = false
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
fallocate_reserve = 0
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""


class Swift:
    """OpenStack Swift with its S3 door: one proxy, one node, one copy of everything."""

    def __init__(self) -> None:
        self._root = _folder("le-s3-")
        self._bin = Path(sys.executable).parent
        self._ports = {kind: free_port() for kind in (*_RINGS, "proxy", "cache")}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        (self._root / "node" / "d1").mkdir(parents=True)
        (self._root / "swift.conf").write_text(
            "[swift-hash]\nswift_hash_path_suffix = a\nswift_hash_path_prefix = b\n")
        user = pwd.getpwuid(os.getuid()).pw_name
        plain = "".join(f"[filter:{name}]\nuse = egg:swift#{name}\n" for name in (
            "catch_errors", "gatekeeper", "healthcheck", "listing_formats", "bulk", "slo", "dlo"))
        (self._root / "proxy.conf").write_text(plain + _PROXY.format(
            root=self._root, port=self._ports["proxy"], cache=self._ports["cache"], user=user))
        for kind in _RINGS:
            (self._root / f"{kind}.conf").write_text(_STORAGE.format(
                root=self._root, port=self._ports[kind], kind=kind, user=user))
        self._make_rings()

    def _make_rings(self) -> None:
        # In a process of its own: importing Swift puts green threads in place of real ones.
        told = [f"{kind}={self._ports[kind]}" for kind in _RINGS]
        subprocess.run([sys.executable, "-c", _MAKE_RINGS, self._root, *told], check=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._ports['proxy']}"

    def begin(self) -> None:
        """Start without waiting."""
        memory = [shutil.which("memcached"), "-l", "127.0.0.1", "-p", self._ports["cache"], "-m", 16]
        if os.getuid() == 0:
            memory += ["-u", "nobody"]
        self._run("cache", *memory)
        for kind in (*_RINGS, "proxy"):
            self._run(kind, self._bin / f"swift-{kind}-server", self._root / f"{kind}.conf")

    def wait(self) -> None:
        """Until all of it answers."""
        _until(lambda: httpx.get(f"{self.endpoint}/healthcheck").raise_for_status(), "Swift",
               self._running["proxy"])
        for kind in _RINGS:
            _until(partial(_answers, self._ports[kind]), kind, self._running[kind])

    def start(self) -> None:
        self.begin()
        self.wait()

    def _run(self, name: str, *command: object) -> None:
        self._running[name] = subprocess.Popen(
            [str(part) for part in command], env={**os.environ, "SWIFT_DIR": str(self._root)},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)

    def make_bucket(self, name: str) -> None:
        """By Swift's own door."""
        with httpx.Client(timeout=20, trust_env=False) as client:
            known = client.get(f"{self.endpoint}/auth/v1.0", headers={
                "X-Auth-User": USER, "X-Auth-Key": SECRET}).raise_for_status().headers
            client.put(f"{known['X-Storage-Url']}/{name}", headers={
                "X-Auth-Token": known["X-Auth-Token"]}).raise_for_status()

    @property
    def disk(self) -> Path:
        """Where the objects lie; a backup copies it while the server stands still."""
        return self._root / "node"

    def kill(self) -> None:
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def end(self) -> None:
        self.kill()
        shutil.rmtree(self._root, ignore_errors=True)
