"""法规与事项: found by one to four characters, told with marks, for the day asked for."""

from datetime import date

import pytest

from field_app.actions.context import Session
from field_app.actions.law_lookup import Found, Kind, look_up, tell
from field_app.rules.articles import Cited, article_notes, cited_in

DAY = date(2026, 11, 26)
BLOCKED = "对占用、堵塞、封闭疏散通道、安全出口的行政处罚"


def found(session: Session, words: str, kind: Kind, *, day: date = DAY) -> list[Found]:
    return look_up(session, words, day=day, kind=kind)


@pytest.mark.parametrize(("text", "wanted"), [
    ("《甲法》第一条、第二条；《乙法》第三条第一款第（二）项",
     [("甲法", "第一条"), ("甲法", "第二条"), ("乙法", "第三条第一款第（二）项")]),
    ("国办发〔2024〕54号；《丙办法》（渝府令第375号）第二条", [("国办发〔2024〕54号", ""), ("丙办法", "第二条")]),
    ("武隆府办发〔2021〕53号三、（一）", [("武隆府办发〔2021〕53号", "")]), ("依各法条文字", []), ("", [])])
def test_every_article_of_a_basis_is_read(text: str, wanted: list[tuple[str, str]]) -> None:
    assert list(cited_in(text)) == [Cited(*at) for at in wanted]


def test_articles_are_told_from_what_rests_on_them(session: Session) -> None:
    (hit,) = found(session, "第五十五条 处罚法", Kind.ARTICLE)
    assert (hit.confidence, hit.short) == ("V", "《行政处罚法》第五十五条")
    told = tell(session, hit, day=DAY)
    assert told.citation == "《中华人民共和国行政处罚法》第五十五条"
    said = [s.text for s in told.sections[0].said]
    assert any("笔录" in text and "IN-07" in text for text in said)
    assert all(s.mark for s in told.sections[0].said)
    assert any("填写并定稿" in s.text for s in told.sections[1].said)


@pytest.mark.parametrize("words", ["罚", "听证", "两人", "重庆市规"])
def test_one_to_four_characters_find_what_a_plain_look_finds(session: Session, words: str) -> None:
    plain = {f"{n.at.law}|{n.at.article}" for n in article_notes()
             if n.at.article and words in f"{n.at.words}{n.text}"}
    assert {f.key for f in found(session, words, Kind.ARTICLE)} >= plain > set()


def test_a_matter_is_told_with_its_law_and_tiers(session: Session) -> None:
    (hit,) = found(session, "堵塞 消防法", Kind.MATTER)
    assert hit.title == BLOCKED and hit.in_force
    told = tell(session, hit, day=DAY)
    heads = {s.heading: s for s in told.sections}
    assert [s.text.partition("（")[0] for s in heads["依据"].said] == [
        "处罚：《中华人民共和国消防法》第六十条第一款第三项", "处罚：《中华人民共和国消防法》第六十条第二款"]
    tiers = heads["裁量档次（单位）"]
    assert tiers.said[0].text == "法定幅度 5,000—50,000元"
    assert tiers.rows[1][2] == "5,000—15,000" and "推断" in tiers.rows[1][3]
    assert "裁量档次（公民）" in heads and "渝府令第375号" in heads["涉企检查频次"].said[1].text
    assert told.matter == BLOCKED


def test_what_is_not_in_force_that_day_says_so(session: Session) -> None:
    before = date(2025, 6, 30)
    (hit,) = found(session, "堵塞 消防法", Kind.MATTER, day=before)
    assert not hit.in_force
    told = tell(session, hit, day=before)
    assert told.sections[0].heading == "不能办理" and told.matter == ""
    (statute,) = found(session, "行政复议法", Kind.LAW, day=date(2023, 12, 31))
    assert not statute.in_force


def test_nothing_found_is_an_empty_list(session: Session) -> None:
    assert look_up(session, "没有这样的字句", day=DAY) == []
    assert {f.kind for f in look_up(session, "", day=DAY)} == set(Kind)
