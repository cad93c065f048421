"""A headquarters that received a case by stick, its console running, and a real browser."""

import base64
import hashlib
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

from field_app.actions.case_desk import begin_step, case_desk
from field_app.actions.fill_document import issue_paper, save_draft, start_paper
from field_app.actions.import_plan import plan_import
from field_app.actions.import_recorder import run_import, start_import
from field_app.actions.log_in import log_in, log_out
from field_app.actions.open_case import NewCase, open_case
from field_app.actions.seal_case import seal_case
from field_app.cli.demo import card
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.world import HOST, World, make_world
from field_app.domain.case import Case
from field_app.headquarters.console.accounts import add_account
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.stick import import_package
from field_app.headquarters.store import open_store
from tests.journeys import films
from tests.journeys.light_keys import lighten

NAME, TITLE, PASSWORD = "chenjing", "陈静", "雨后-青石板路-四十二阶"


@dataclass(frozen=True)
class Site:
    """A running console with one received case."""

    world: World
    address: str
    case: Case

    def client(self) -> httpx.Client:
        """A plain client that believes the district's root and keeps cookies."""
        import ssl

        context = ssl.create_default_context(
            cafile=str(self.world.headquarters / "trust" / "root.pem"))
        return httpx.Client(base_url=self.address, verify=context, trust_env=False)

    @contextmanager
    def signed_in(self) -> Iterator[httpx.Client]:
        with self.client() as client:
            made = client.post("/login", data={"name": NAME, "password": PASSWORD},
                               headers={"Sec-Fetch-Site": "same-origin"})
            assert made.status_code == 303 and made.headers["location"] == "/"
            yield client


def _with_case(world: World, root: Path) -> Case:
    session = log_in(world.laptop, *world.both())
    record = sample_answers("G1-04")
    case = open_case(session, NewCase(
        cause="安全生产日常检查", matter="安全生产监督检查", place=str(record["check_place"]),
        party=dict(record["PARTY"])))
    step = films.first_step(session, case)
    begin_step(session, case.id, step)
    paper = start_paper(session, case.id, step, "G1-04")
    save_draft(session, paper.id, typed(paper.answers, record) | {"av_refs": ["执法记录仪-07"]})
    issue_paper(session, paper.id)
    films.recorded(session, case, step)
    card.body_worn(root, began=session.at, pieces=1)
    run_import(session, start_import(session, plan_import(session, root)))
    assert len(case_desk(session, case.id).step("inspection").clips) == 2
    seal_case(session, case.id, world.both())
    log_out(session)
    return case


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("console")
    world = lighten(make_world(root / "w"))
    case = _with_case(world, root / "card")
    outcome = import_package(world.headquarters, world.laptop.data.packages / case.package)
    assert outcome.ok
    store = open_store(HqFolder(world.headquarters))
    add_account(store, NAME, TITLE, PASSWORD, at=datetime.now(UTC))
    store.close()
    command = [sys.executable, "-m", "field_app", "headquarters", "console", "--folder",
               str(world.headquarters), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = process.stdout.readline().split()
        assert ready[0] == "READY", ready
        yield Site(world, f"https://{HOST}:{ready[2]}", case)
        process.terminate()


def _pinned(site: Site) -> str:
    """The console's key as the browser is told to believe it: this one and no other."""
    pem = (site.world.headquarters / "keys" / "tls.crt").read_bytes()
    key = x509.load_pem_x509_certificates(pem)[0].public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()


@pytest.fixture(scope="package")
def browser(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for word in ("--headless=new", "--no-sandbox", "--window-size=1366,768", "--lang=zh-CN",
                 "--disable-dev-shm-usage", "--mute-audio", "--no-first-run",
                 f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
                 f"--ignore-certificate-errors-spki-list={_pinned(site)}"):
        options.add_argument(word)
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    driver.set_page_load_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Waits for a condition for at most twenty seconds."""
    def wait(true: Callable[[], object]) -> None:
        end = time.monotonic() + 20
        while not true():
            assert time.monotonic() < end, "it did not come"
            time.sleep(0.05)

    return wait


def links(page: str, start: str) -> list[str]:
    """All addresses of a page that begin so, each once."""
    return list(dict.fromkeys(re.findall(rf'(?:href|src)="({re.escape(start)}[^"]*)"', page)))
