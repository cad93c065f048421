"""A training world made once and copied for each journey."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from field_app.actions.context import AppContext, Session
from field_app.actions.log_in import log_in, log_out
from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World, keep_settings, make_world
from field_app.crypto.suites import GM, INTL
from field_app.domain.case import Case
from field_app.domain.clock import SystemClock
from field_app.paths import DataFolder
from field_app.settings import Settings
from tests.journeys.light_keys import lighten
from tests.unit.media.conftest import MovingPicture, OwnRoom, room_in


def at(root: Path) -> World:
    """The world that lies in ``root``."""
    return World(root, AppContext(SystemClock(), DataFolder(root / "laptop")),
                 root / "headquarters", root / "cards", root / "papers", root / "pictures")


def copied(first: World, root: Path) -> World:
    """A world of its own for one journey."""
    shutil.copytree(first.root, root)
    made = at(root)
    keep_settings(made, Settings(cards=str(made.cards)))
    return made


@pytest.fixture(scope="session")
def first_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return lighten(make_world(tmp_path_factory.mktemp("world") / "w"))


@pytest.fixture
def world(first_world: World, tmp_path: Path) -> World:
    return copied(first_world, tmp_path / "w")


@pytest.fixture
def officer(world: World) -> Iterator[Photographer]:
    """Two officers logged in at the desk; files whose officers begin otherwise have their own."""
    made = Photographer(world.laptop.data, world.pictures)
    made.log_in()
    yield made
    made.close()


@pytest.fixture(scope="session")
def first_gm_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A district of the national suite."""
    return lighten(make_world(tmp_path_factory.mktemp("gm") / "w", suite=GM))


@pytest.fixture
def gm_world(first_gm_world: World, tmp_path: Path) -> World:
    return copied(first_gm_world, tmp_path / "gm")


@pytest.fixture(params=[INTL, pytest.param(GM, marks=pytest.mark.soak)])
def either_world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """A district of each suite in turn."""
    first = "first_gm_world" if request.param == GM else "first_world"
    return copied(request.getfixturevalue(first), tmp_path / "either")


@pytest.fixture
def either_session(either_world: World) -> Iterator[Session]:
    made = log_in(either_world.laptop, *either_world.both())
    yield made
    log_out(made)


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    made = log_in(world.laptop, *world.both())
    yield made
    log_out(made)


@pytest.fixture
def new_case() -> Callable[[Session], Case]:
    def make(session: Session) -> Case:
        record = sample_answers("G1-04")
        return open_case(session, NewCase(
            cause="安全生产日常检查", matter="对生产经营单位安全生产状况的监督检查",
            place=str(record["check_place"]),
            party=dict(record["PARTY"])))

    return make


@pytest.fixture
def with_settings() -> Callable[..., Settings]:
    def change(world: World, **values: str) -> Settings:
        made = replace(Settings(cards=str(world.cards)), **values)
        keep_settings(world, made)
        return made

    return change


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MiB: a stick, or a laptop's that fills up."""
    disk = tmp_path / "disk"
    disk.mkdir()
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*root, "mount", "-t", "tmpfs", "-o", "size=16M,mode=777", "tmpfs", disk],
                   check=True)
    yield disk
    subprocess.run([*root, "umount", disk], check=True)


@pytest.fixture
def source() -> Iterator[MovingPicture]:
    """A camera that may be pulled out and put in again."""
    made = MovingPicture()
    yield made
    made.close()


@pytest.fixture
def sounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnRoom]:
    """A room with a microphone of this test's own."""
    yield from room_in(tmp_path / "sound", monkeypatch)
