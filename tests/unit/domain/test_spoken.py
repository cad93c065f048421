"""Where a voice pauses in a paper, and what it says."""

import pytest

from field_app.domain.spoken import sentences

_TEXT = ("询问笔录\n"
         "问：你是否申请回避？答：不申请。我对上述笔录已经看过，与我说的一致，没有\n"
         "补充。\n"
         "当事人签名：________  ☐ 拒签")


def test_a_paper_is_cut_where_a_reader_pauses() -> None:
    assert [each.spoken for each in sentences(_TEXT)] == [
        "询问笔录", "问：你是否申请回避？", "答：不申请。",
        "我对上述笔录已经看过，与我说的一致，没有补充。", "当事人签名：拒签"]
    for each in sentences(_TEXT):
        assert each.spoken[0] in _TEXT[each.start:each.end]
    assert sentences("") == sentences("____\n\n☐ □") == []


def test_a_full_stop_before_a_quote_ends_with_the_quote() -> None:
    assert [each.spoken for each in sentences("他说：“不知道。”然后走了。")] == ["他说：“不知道。”", "然后走了。"]


@pytest.mark.parametrize("length", [1, 500, 5000])
def test_every_word_is_read_once(length: int) -> None:
    text = "现场检查，发现灭火器过期" * length
    cut = sentences(text)
    assert "".join(each.spoken for each in cut) == text
    assert max(len(each.spoken) for each in cut) < 200
