"""The catalogue from a spreadsheet to a laptop's papers: signed, numbered, never back, never forged."""

import json
import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from field_app.actions import administer
from field_app.actions.case_desk import case_desk
from field_app.actions.catalogues import (
    catalogue_in_use,
    matter_of,
    matters_today,
    read_draft,
    release_catalogue,
    take_catalogue,
)
from field_app.actions.context import Session
from field_app.actions.fill_document import start_paper
from field_app.actions.log_in import log_in, log_out
from field_app.actions.open_case import NewCase, open_case
from field_app.cli import main
from field_app.cli.demo.world import World
from field_app.domain.case import Case
from field_app.errors import UserError
from field_app.paths import RESOURCES

SAMPLE = RESOURCES / "training" / "catalogue.toml"
FIREWORKS = "对未经许可经营烟花爆竹制品的行政处罚"
GAS = "对天然气用户无正当理由拒绝入户安全检查的行政处罚"
Take = Callable[[], Session]


@pytest.fixture
def released(world: World, tmp_path: Path) -> Path:
    """A first release, on a laptop that has none yet."""
    shutil.rmtree(world.laptop.data.catalogues)
    return release_catalogue(world.laptop, SAMPLE, headquarters=world.headquarters,
                             out=tmp_path / "out")


@pytest.fixture
def session_with(world: World, released: Path) -> Iterator[Session]:
    take_catalogue(world.laptop, released.parent)
    made = log_in(world.laptop, *world.both())
    yield made
    log_out(made)


def _case(session: Session, matter: str) -> Case:
    return open_case(session, NewCase(
        cause="演练", matter=matter, place="演练乡演练路1号",
        party={"party_type": "个体工商户", "name": "演练小店"}))


def _paper(session: Session, case: Case, form: str) -> dict[str, Any]:
    step = case_desk(session, case.id).steps[0].step.id
    return start_paper(session, case.id, step, form).answers


def test_releases_are_numbered_and_never_go_back(world: World, released: Path) -> None:
    first = take_catalogue(world.laptop, released.parent)
    assert (first.number, first.training) == (1, True)
    old = shutil.copytree(released.parent, world.root / "old")
    second = release_catalogue(world.laptop, SAMPLE, headquarters=world.headquarters,
                               out=released.parent)
    assert second.name == "2.json"
    assert take_catalogue(world.laptop, released.parent).number == 2
    with pytest.raises(UserError, match="比本机的第2号旧"):
        take_catalogue(world.laptop, old)
    assert take_catalogue(world.laptop, released.parent).number == 2  # taken again: no harm


def test_two_different_sets_of_one_number_are_told(world: World, released: Path) -> None:
    take_catalogue(world.laptop, released.parent)
    other = release_catalogue(world.laptop, SAMPLE, headquarters=world.headquarters,
                              out=world.root / "other")
    with pytest.raises(UserError, match="同号"):
        take_catalogue(world.laptop, other.parent)


def _swap_capacity(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace("委托".encode(), "赋权".encode(), 1))


def _no_signature(path: Path) -> None:
    path.with_suffix(".p7s").unlink()


def _renumbered(path: Path) -> None:
    for suffix in (".p7s", ".json"):
        path.with_suffix(suffix).rename(path.with_name("9" + suffix))


@pytest.mark.parametrize("damage", [_swap_capacity, _no_signature, _renumbered])
def test_a_forged_release_is_refused_and_nothing_taken(
        damage: Callable[[Path], None], world: World, released: Path) -> None:
    damage(released)
    with pytest.raises(UserError):
        take_catalogue(world.laptop, released.parent)
    assert not list(world.laptop.data.catalogues.glob("*"))


def test_the_training_world_has_the_training_catalogue(session: Session) -> None:
    made = catalogue_in_use(session)
    assert made is not None and made.training and len(matters_today(session)) > 20


def test_another_districts_signature_is_refused(world: World, tmp_path: Path) -> None:
    authority = administer.make_ca(world.laptop, tmp_path / "ca", "别的区", "别的区的口令-十二个字以上")
    administer.make_headquarters(world.laptop, authority, tmp_path / "hq", "别的区司法局",
                                 hosts=["localhost"])
    made = release_catalogue(world.laptop, SAMPLE, headquarters=tmp_path / "hq",
                             out=tmp_path / "out")
    with pytest.raises(UserError, match="签名不成立"):
        take_catalogue(world.laptop, made.parent)


def test_a_damaged_catalogue_on_the_laptop_is_told_not_replaced_by_an_older(
        session_with: Session, world: World, released: Path) -> None:
    release_catalogue(world.laptop, SAMPLE, headquarters=world.headquarters, out=released.parent)
    take_catalogue(world.laptop, released.parent)
    _swap_capacity(world.laptop.data.catalogues / "2.json")
    with pytest.raises(UserError, match="签名不成立"):
        catalogue_in_use(session_with)


def test_a_draft_with_faults_is_not_released(world: World, tmp_path: Path) -> None:
    text = SAMPLE.read_text("utf-8").replace('agency = "演练乡"', 'agency = "别处"', 1)
    (tmp_path / "bad.toml").write_text(text, "utf-8")
    with pytest.raises(UserError, match="没有发布"):
        release_catalogue(world.laptop, tmp_path / "bad.toml", headquarters=world.headquarters,
                          out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_laptop_without_a_catalogue_goes_on(session: Session, world: World) -> None:
    shutil.rmtree(world.laptop.data.catalogues)
    assert catalogue_in_use(session) is None and matters_today(session) == ()
    answers = _paper(session, _case(session, "安全生产监督检查"), "G1-04")
    assert answers["ENT"]["agency_name"] == session.trust.agency["name"]


def test_an_empowered_matter_gives_capacity_and_code(session_with: Session) -> None:
    assert GAS in {m.name for m in matters_today(session_with)}
    answers = _paper(session_with, _case(session_with, GAS), "G1-04")
    assert answers["ENT"]["capacity"] == "赋权"
    assert answers["ENT"]["item_code"] == "演练-燃气-0001"
    assert answers["ENT"]["agency_name"] == "重庆市武隆区演练乡人民政府"


def test_an_entrusted_matter_goes_out_in_the_entrusting_agencys_name(
        session_with: Session) -> None:
    case = _case(session_with, FIREWORKS)
    matter = matter_of(session_with, case)
    assert matter is not None and matter.entrustment is not None
    answers = _paper(session_with, case, "G1-14")
    ent = answers["ENT"]
    assert (ent["capacity"], ent["agency_name"], ent["entrusted_org"], ent["entrust_ref"]) == (
        "委托", "重庆市武隆区应急管理局（演练）", "重庆市武隆区演练乡人民政府", "演练委-01")
    with pytest.raises(UserError) as told:  # AU-05: no coercive measures when entrusted
        _paper(session_with, case, "G2-21")
    assert told.value.code == "AU-05"


def test_bases_that_were_read_flow_into_papers(session_with: Session) -> None:
    check = _paper(session_with, _case(session_with, "消防安全检查"), "G1-02")
    assert check["legal_basis"] == ["《中华人民共和国消防法》第三十一条"]
    assert check["check_items"] == ["消防安全检查"]
    waste = _case(session_with, "对随意倾倒、抛撒、堆放或者焚烧生活垃圾的行政处罚")
    order = _paper(session_with, waste, "G1-14")
    law = "《中华人民共和国固体废物污染环境防治法》第一百一十一条"
    assert order["violated_law"] == [f"{law}第一款第一项"] and "order_basis" not in order
    assert _paper(session_with, waste, "G3-01")["penalty_law"] == [f"{law}第二款"]
    assert "legal_basis" not in _paper(session_with, waste, "G3-23")


def test_an_unlisted_matter_keeps_the_agencys_own_head(session_with: Session) -> None:
    case = _case(session_with, "清单里没有的事项")
    assert matter_of(session_with, case) is None
    answers = _paper(session_with, case, "G1-04")
    assert answers["ENT"] == session_with.trust.agency["ENT"]


def test_a_case_keeps_the_catalogue_of_its_day(session_with: Session) -> None:
    case = _case(session_with, GAS)
    before = replace(case, opened=case.opened.replace(year=2025, month=6, day=30))
    assert matter_of(session_with, case) is not None
    assert matter_of(session_with, before) is None


def test_the_command_line_leads_from_table_to_laptop(
        world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(world.laptop.data.catalogues)
    table = tmp_path / "辅助人员.csv"
    head = "编号,姓名,所属机关编号,辅助事项,生效日期,来源,可信度\n"
    table.write_text(head + "甲,钱演练,演练乡,拍照,2026-01-01,自拟,Q\n", "gb18030")
    draft = tmp_path / "set.json"
    base = ["--data", str(world.laptop.data.root), "catalogue"]
    assert main([*base, "import", str(table), "--set", str(draft)]) == 1
    assert "第2行“可信度”：只能是V、P、M、I" in capsys.readouterr().out
    assert not draft.exists()
    table.write_text(head + "甲,钱演练,演练乡,拍照,2026-01-01,自拟,I\n", "gb18030")
    assert main([*base, "import", str(table), "--set", str(draft), "--preview"]) == 0
    assert "新增1行" in capsys.readouterr().out and not draft.exists()
    draft.write_text(json.dumps(_plain(tomllib.loads(SAMPLE.read_text("utf-8")))), "utf-8")
    assert main([*base, "import", str(table), "--set", str(draft)]) == 0
    assert len(read_draft(draft).rows("auxiliary")) == 2
    assert main([*base, "check", str(draft)]) == 0
    capsys.readouterr()
    assert main(["--json", *base, "show", str(draft), "--search", "秸秆"]) == 0
    assert [m["capacity"] for m in json.loads(capsys.readouterr().out)] == ["赋权"]
    out = tmp_path / "out"
    assert main([*base, "release", str(draft), "--headquarters", str(world.headquarters),
                 "--out", str(out)]) == 0
    assert main([*base, "take", str(out)]) == 0
    assert "已导入第1号清单" in capsys.readouterr().out


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))
