"""A store of many cases, with names as they are here."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from benchmarks.filling import A_TIME, Into
from field_app.actions.case_desk import new_steps
from field_app.domain.case import Case, Step
from field_app.domain.ids import CaseId, PackageId
from field_app.rules.procedure import procedure
from field_app.storage import cases

_PLACES = ("巷口镇", "江口镇", "火炉镇", "白马镇", "鸭江镇", "长坝镇", "羊角街道", "仙女山街道", "平桥镇",
           "桐梓镇", "和顺镇", "凤来镇", "双河镇", "土地乡", "白云乡", "庙垭乡", "石桥苗族土家族乡", "浩口苗族仡佬族乡")
_NAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜喆堃㙦"
_WORDS = "建国志强秀英桂兰永福德明世昌光荣朝贵兴旺春梅小红玉珍大勇"
_TRADES = ("建材加工厂", "木制品厂", "烟花爆竹零售店", "液化气站", "餐馆",
           "养殖场", "采石场", "农家乐", "汽修厂", "超市")
_CAUSES = ("安全生产日常检查", "未按规定设置安全警示标志", "违法建设", "擅自占用耕地", "露天焚烧秸秆",
           "未取得许可从事餐饮服务", "渣土运输遗撒", "消防通道堵塞")


@dataclass(frozen=True)
class Made:
    """What a case is found by."""

    id: CaseId
    texts: tuple[str, ...]


def cases_of(count: int, at: datetime, actors: tuple[str, ...]) -> Iterator[tuple[Case, list[Step]]]:
    """Cases of the last ten years, the newest first in time last; the same ones each time."""
    rng, way = random.Random(7), procedure("inspection", 1)
    for number in range(count):
        place = rng.choice(_PLACES)
        person = rng.choice(_NAMES) + "".join(rng.choices(_WORDS, k=rng.choice((1, 2))))
        name = rng.choice((person, f"武隆区{place}{person}{rng.choice(_TRADES)}"))
        case = Case(
            id=CaseId(f"c{number:06d}"), package=PackageId(f"k{number:06d}"),
            local_no=f"D001-2026-{number:06d}", procedure=way.id, procedure_version=way.version,
            cause=rng.choice(_CAUSES), matter="", party={"name": name},
            place=f"{place}{rng.randrange(1, 12)}社{rng.randrange(1, 200)}号",
            opened=at - timedelta(minutes=count - number), officers=actors, identity="")
        yield case, new_steps(way, case.id)


def fill(store: Into, count: int) -> None:
    """Write them."""
    made = cases_of(count, store.at, store.actors)
    while some := list(islice(made, A_TIME)):
        with store.begin() as tx:
            cases.add_each(tx, some)


def found_by(count: int) -> list[Made]:
    """What those that were written are found by."""
    return [Made(case.id, (case.local_no, str(case.party["name"]), case.cause, case.place))
            for case, _ in cases_of(count, datetime.now(UTC), ())]
