"""Prints how long headquarters' console takes for each page when a whole city's cases are in its tables.

The console runs as it is run: its own process, TLS, on this machine's loopback address only; times are from
the request to the last byte. ``--backend`` folder (SQLite, the default) or shared (PostgreSQL and OpenStack
Swift, started here); ``--cases`` (100 000), ``--devices`` (2 000), three objects and a receipt for each case,
2 000 photos more for the newest. Each page ``--rounds`` (30) times; searches of 1, 2, 3 and 4 characters ten
times as often, in turn, each answer compared with a plain look through all names; beside it the same
question by LIKE over all columns, on the same tables.
"""

import argparse
import random
import re
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
from sqlalchemy import and_, exists, func, or_, select

from benchmarks.console.many import Made, fill, made
from field_app.cli.demo.world import HOST, make_world
from field_app.headquarters.console.accounts import add_account
from field_app.headquarters.console.reading import PAGE
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.store import HqStore, open_store
from field_app.headquarters.tables import case_file, case_officer
from tests.unit.headquarters.backends import Backend, Services

_NAME, _PASSWORD = "bench", "四十二级石阶-雨后-青苔"
_PAGE_MS, _SEARCH_MS = 300, 100
_LINE = re.compile(r'<td class="number" data-head="案号"><a href="/cases/([^"]+)"')
_TOTAL = re.compile(r"(\d+)件</span></h1>")


def row(name: str, times: Sequence[float], goal: float | None, more: str = "") -> None:
    """One line of the table; times in milliseconds."""
    late = statistics.quantiles(times, n=20)[-1]
    shown = f"median {statistics.median(times):.0f}, p95 {late:.0f} ms"
    held = "" if goal is None else f"   <= {goal:.0f} ms   {'yes' if late <= goal else 'NO'}"
    print(f"{name:<44} {shown:>28}{held}{more}", flush=True)


@contextmanager
def _headquarters(backend: str) -> Iterator[HqFolder]:
    with tempfile.TemporaryDirectory(prefix="console-") as name:
        folder = HqFolder(make_world(Path(name) / "w").headquarters)
        if backend == "folder":
            yield folder
            return
        services = Services()
        try:
            yield Backend(services).configure(folder)
        finally:
            services.end()


@contextmanager
def _client(folder: HqFolder) -> Iterator[httpx.Client]:
    """Signed in to a console of its own."""
    command = [sys.executable, "-m", "field_app", "headquarters", "console", "--folder", str(folder.root),
               "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline().split()
            context = ssl.create_default_context(cafile=str(folder.trust / "root.pem"))
            with httpx.Client(base_url=f"https://{HOST}:{ready[2]}", verify=context, trust_env=False,
                              timeout=120) as client:
                client.post("/login", data={"name": _NAME, "password": _PASSWORD},
                            headers={"Sec-Fetch-Site": "same-origin"})
                yield client
                print(f"its memory, the highest: {_highest(process.pid)} MiB", flush=True)
        finally:
            process.terminate()


def _highest(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) // 1024


def _timed(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def _pages(client: httpx.Client, all_cases: list[Made], rounds: int) -> None:
    last, newest = -(-len(all_cases) // PAGE), f"/cases/{all_cases[0].package}"
    for name, path in (
            ("cases, first page", "/"), ("cases, in the middle", f"/?page={last // 2}"),
            ("cases, last page", f"/?page={last}"), ("a case", f"/cases/{all_cases[-2].package}"),
            ("a case of 2000 photos", newest), ("  its last photos", f"{newest}?photos=999"),
            ("receipts, first page", "/receipts"), ("receipts, last page", "/receipts?page=999999"),
            ("quarantine, first page", "/quarantine"), ("quarantine, last page", "/quarantine?page=999999"),
            ("devices", "/devices"), ("looks, newest", "/looked"), ("looks, oldest", "/looked?before=201"),
            ("looks at one case", f"/looked?package={all_cases[5].package}")):
        def ask(path: str = path) -> None:
            assert client.get(path).status_code == 200, path

        ask()
        row(name, [_timed(ask) for _ in range(rounds)], _PAGE_MS)


def _plainly(all_cases: list[Made], words: str) -> tuple[int, list[str]]:
    low = words.lower()
    found = [case.package for case in all_cases if any(low in text.lower() for text in case.texts)]
    return len(found), found[:PAGE]


def _by_like(store: HqStore, words: str) -> None:
    """As one asks without an index of words: how many, and the newest of them."""
    like = f"%{words}%"
    columns = (case_file.c.local_no, case_file.c.hq_no, case_file.c.party, case_file.c.cause, case_file.c.agency,
               case_file.c.device)
    named = exists().where(and_(case_officer.c.package == case_file.c.package, case_officer.c.name.ilike(like)))
    where = or_(named, *(column.ilike(like) for column in columns))
    with store.read() as connection:
        connection.execute(select(func.count()).select_from(case_file).where(where)).scalar_one()
        connection.execute(select(case_file).where(where).order_by(case_file.c.opened.desc()).limit(PAGE)).all()


def _searches(client: httpx.Client, store: HqStore, all_cases: list[Made], rounds: int) -> None:
    rng = random.Random(11)
    taken: dict[int, list[float]] = {}
    plain: dict[int, list[float]] = {}
    for number in range(rounds * 10):
        text, length = rng.choice(rng.choice(all_cases).texts), 1 + number % 4
        start = rng.randrange(max(1, len(text) - length + 1))
        words = text[start:start + length]
        began = time.perf_counter()
        page = client.get("/", params={"q": words}).text
        taken.setdefault(length, []).append((time.perf_counter() - began) * 1000)
        total, first = _plainly(all_cases, words)
        assert int(_TOTAL.findall(page)[0]) == total and _LINE.findall(page) == first, words
        if number < rounds:
            plain.setdefault(length, []).append(_timed(partial(_by_like, store, words)))
    for length, times in sorted(taken.items()):
        beside = f"   by LIKE {statistics.median(plain[length]):.0f} ms" if length in plain else ""
        row(f"search of {len(all_cases)} cases, {length} characters", times, _SEARCH_MS, beside)
    row("search for what nobody has", [_timed(lambda: client.get("/?q=龘龘")) for _ in range(rounds)], _SEARCH_MS)


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--backend", choices=("folder", "shared"), default="folder")
    told.add_argument("--cases", type=int, default=100_000)
    told.add_argument("--devices", type=int, default=2_000)
    told.add_argument("--rounds", type=int, default=30)
    asked = told.parse_args()
    with _headquarters(asked.backend) as folder:
        store = open_store(folder)
        began = time.perf_counter()
        fill(store, asked.cases, asked.devices)
        print(f"{asked.cases} cases filled in {time.perf_counter() - began:.0f} s", flush=True)
        add_account(store, _NAME, "量", _PASSWORD, at=datetime.now(UTC))
        all_cases = made(asked.cases, asked.devices)
        with _client(folder) as client:
            _pages(client, all_cases, asked.rounds)
            _searches(client, store, all_cases, asked.rounds)
        store.close()


if __name__ == "__main__":
    main()
