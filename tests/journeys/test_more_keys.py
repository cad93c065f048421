"""USB keys and keys kept on one laptop, from their issue by the command line to the desk's login."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from field_app.actions.log_in import CardAndPin, log_in, log_out
from field_app.actions.more_keys import keep_on_laptop, tokens_at
from field_app.cli import main
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import AGENCY, CA_WORDS, HQ_UNIT, OFFICERS, PINS, UNIT, World
from field_app.credentials.token_keys import TokenPlace
from field_app.errors import UserError
from tests.unit.credentials import tokens

_PHRASE = "只在这台电脑上用的长口令"


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("softhsm")
    tokens.prepare(folder)
    return folder


@pytest.fixture
def desk(world: World) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    yield made
    made.close()


def told(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert main([str(w) for w in words]) == 0
    return capsys.readouterr().out


def issue(world: World, capsys: pytest.CaptureFixture[str]) -> list[TokenPlace]:
    """Both officers' new keys, made in tokens; the laptop takes the new bundle."""
    words, pin = world.root / "words", world.root / "pin"
    words.write_text(CA_WORDS, "utf-8")
    pin.write_text(tokens.PIN)
    places = []
    ca = ("--ca", world.root / "ca", "--passphrase-file", words)
    for name, number in (("张喆堃", "YL50015600101"), ("王大㙦", "YL50015600102")):
        places.append(tokens.new_token(f"{number[-4:]}-{world.root.parent.name[-8:]}"))
        assert "私钥不出钥匙" in told(
            capsys, "admin", "token-officer", *ca, "--driver", tokens.module(), "--token",
            places[-1].label, "--name", name, "--number", number, "--agency", AGENCY, "--unit", UNIT,
            "--pin-file", pin, "--renew")
    agency = Path(__file__).parents[2] / "resources" / "training" / "agency.toml"
    told(capsys, "admin", "bundle", *ca, "--headquarters", world.headquarters, "--unit", HQ_UNIT,
         "--agency", agency, "--out", world.root / "bundle2")
    told(capsys, "--data", world.laptop.data.root, "admin", "take-bundle", "--bundle",
         world.root / "bundle2")
    return places


def test_two_officers_log_in_with_usb_keys(
        world: World, desk: Photographer, softhsm: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    # The laptop first learns of the new keys from the officers' old ones, as at any renewal.
    places = issue(world, capsys)
    log_out(log_in(world.laptop, *world.both()))
    assert places[0].label in told(capsys, "admin", "tokens", "--driver", tokens.module())
    login = desk.window.login
    login.use_driver(str(world.root / "pin"))
    desk.until(lambda: "驱动" in login.refusal.text())
    login.use_driver(str(tokens.module()))
    desk.until(lambda: any("密码钥匙" in login.halves[0].choice.itemText(i)
                           for i in range(login.halves[0].choice.count())))
    for half, place in zip(login.halves, places, strict=True):
        half.choice.setCurrentIndex(1 + [c.place for c in half._cards].index(place))
        half.pin.setText(tokens.PIN)
    desk.take("密码钥匙登录")
    login.enter.click()
    desk.until(lambda: desk.window.shell.session is not None)
    settings = desk.window.settings
    desk.window.go("settings")
    assert settings.driver.text() == str(tokens.module())
    settings.driver.setText("/no/such.so")
    settings._save()
    desk.until(lambda: "驱动文件" in desk.window.banner.text)
    assert desk.window.shell.settings.token_module == str(tokens.module())
    settings.driver.setText("")
    settings._save()
    assert desk.window.shell.settings.token_module == ""


def test_a_token_that_cannot_be_told_is_refused(
        world: World, softhsm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert softhsm.exists()
    for driver, code in ((world.root / "none.so", "token.driver"),
                         (world.papers / "x.so", "token.driver")):
        (world.papers / "x.so").write_bytes(b"\x7fELF no driver")
        with pytest.raises(UserError) as error:
            tokens_at(driver)
        assert error.value.code == code
    assert main(["admin", "tokens", "--driver", str(world.root / "none.so")]) != 0
    assert "怎么办" in capsys.readouterr().err


def test_a_key_kept_on_one_laptop(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    pin, words = world.root / "pin", world.root / "words"
    pin.write_text(PINS[0])
    words.write_text(_PHRASE, "utf-8")
    card = world.cards / f"{OFFICERS[0]}.p12"
    command = ("--data", world.laptop.data.root, "admin", "keep-key", "--officer", card,
               "--pin-file", pin, "--passphrase-file", words, "--out", world.root / "kept")
    assert "只能在本机打开" in told(capsys, *command)
    kept = world.root / "kept" / f"{OFFICERS[0]}.lek"
    assert kept.stat().st_mode & 0o077 == 0
    log_out(log_in(world.laptop, CardAndPin(kept, _PHRASE), world.both()[1]))
    assert main([str(w) for w in command]) != 0  # the one that is there is not written over
    for phrase, there, code in (("短口令", card, "wrap.short"), (_PHRASE, kept, "")):
        with pytest.raises(UserError) as error:
            keep_on_laptop(world.laptop, CardAndPin(there, PINS[0]), phrase, world.root / "other")
        assert error.value.code == (code or "login.wrong_pin")
