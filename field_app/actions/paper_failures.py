"""Tells in plain words why a paper cannot be laid out, wherever one is."""

from collections.abc import Iterator
from contextlib import contextmanager

from field_app.documents.refusal import FontDamaged, PaperTooLong, TemplateRefused
from field_app.errors import UserError


@contextmanager
def told_failures(title: str) -> Iterator[None]:
    """Failures of laying out the paper ``title`` become a :class:`UserError`."""
    try:
        yield
    except FontDamaged as error:
        raise UserError(f"字库文件{error.file}缺失或者损坏。", "请重新安装程序；已填的内容不会丢失。",
                        code="paper.font") from error
    except PaperTooLong as error:
        raise UserError(f"《{title}》超过{error.limit}页，没有制作。", "请精简内容，过长的清单请另附材料。",
                        code="paper.long") from error
    except TemplateRefused as error:
        raise UserError(f"《{title}》的模板不能使用：{error.problem}。",
                        "请放回原来的模板（templates check 可查看问题）。", code="paper.template") from error
