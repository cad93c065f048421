"""A training district, a laptop and headquarters, made in a fresh folder."""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from field_app.actions import administer
from field_app.actions.catalogues import release_catalogue, take_catalogue
from field_app.actions.context import AppContext
from field_app.actions.log_in import CardAndPin
from field_app.cli.demo.portraits import portrait
from field_app.credentials.gm.key_file import SUFFIX as GM_SUFFIX
from field_app.credentials.key_file import KEY_FILE
from field_app.crypto.suites import INTL
from field_app.domain.clock import SystemClock
from field_app.errors import UserError
from field_app.paths import RESOURCES, DataFolder
from field_app.settings import Settings, save_settings

DISTRICT, HQ_UNIT, DEVICE = "演练区", "演练区司法局（演练）", "D001"
AGENCY, UNIT = "重庆市武隆区演练乡人民政府", "综合行政执法大队"
# A training world's secrets are public on purpose: it holds nothing real.
PINS = ("yanlian-246810", "yanlian-135791")
CA_WORDS = "演练用证书机构口令-不得用于真实环境"
HOST = "127.0.0.1"


@dataclass(frozen=True)
class World:
    """Where everything of the training world lies."""

    root: Path
    laptop: AppContext
    headquarters: Path
    cards: Path
    papers: Path
    pictures: Path

    def both(self) -> tuple[CardAndPin, CardAndPin]:
        """The two officers' key files with their training PINs."""
        first, second = (CardAndPin(self.card(name), pin)
                         for name, pin in zip(OFFICERS, PINS, strict=True))
        return first, second

    def card(self, name: str) -> Path:
        """An officer's key file, of whichever suite the world is."""
        national = self.cards / f"{name}{GM_SUFFIX}"
        return national if national.exists() else self.cards / f"{name}{KEY_FILE}"


_PEOPLE = (("张喆堃（演练）", "YL50015600101"), ("王大㙦（演练）", "YL50015600102"))
OFFICERS = tuple(f"{name}-{number}" for name, number in _PEOPLE)


def make_world(root: Path, *, suite: str = INTL) -> World:
    """Make it all in one suite; refuses a folder that is not empty."""
    if root.exists() and any(root.iterdir()):
        raise UserError(f"文件夹{root}不是空的。", "请换一个名称，或先移走里面的内容。")
    laptop = AppContext(SystemClock(), DataFolder(root / "laptop"))
    world = World(root, laptop, root / "headquarters", root / "cards", root / "papers",
                  root / "pictures")
    for folder in (world.papers, world.pictures):
        folder.mkdir(mode=0o700, parents=True)
    authority = administer.make_ca(laptop, root / "ca", DISTRICT, CA_WORDS, suite=suite)
    recipient = administer.make_headquarters(
        laptop, authority, world.headquarters, HQ_UNIT, hosts=[HOST, "localhost"])
    for place, ((name, number), pin) in enumerate(zip(_PEOPLE, PINS, strict=True)):
        photo = root / f"portrait-{number}.jpg"
        photo.write_bytes(portrait(place))
        administer.issue_officer(laptop, authority, world.cards, administer.NewOfficer(
            name=name, number=number, agency=AGENCY, unit=UNIT, unit_code="YL12", photo=photo), pin)
        photo.unlink()
    agency = tomllib.loads((RESOURCES / "training" / "agency.toml").read_text("utf-8"))
    administer.make_bundle(laptop, authority, world.headquarters, root / "bundle",
                           recipients=[recipient], agency=agency)
    administer.enrol_device(laptop, authority, root / "bundle", DEVICE)
    release_catalogue(laptop, RESOURCES / "training" / "catalogue.toml",
                      headquarters=world.headquarters, out=root / "catalogue")
    take_catalogue(laptop, root / "catalogue")
    authority.save_register(root / "ca")
    keep_settings(world, Settings(cards=str(world.cards.absolute())))
    return world


def keep_settings(world: World, settings: Settings) -> None:
    """Store the laptop's settings."""
    save_settings(world.laptop.data.settings, settings)


def point_to(world: World, port: int, camera: str, *, microphone: str) -> Settings:
    """Point the laptop to headquarters and its devices."""
    settings = replace(Settings(cards=str(world.cards.absolute())), camera=camera,
                       microphone=microphone, headquarters=f"https://{HOST}:{port}")
    keep_settings(world, settings)
    return settings
