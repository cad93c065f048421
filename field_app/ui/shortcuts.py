"""The keys of the desk: what is bound in the window, told in tool tips, and listed on the sheet."""

from dataclasses import dataclass

from field_app.ui.language import tr, tr_later


@dataclass(frozen=True)
class Key:
    """``name`` is what the window binds it to; empty where a page or a field keeps it by itself."""

    keys: str
    words: str
    name: str = ""
    always: bool = False  # also before the login and on the locked desk


GROUPS: tuple[tuple[str, tuple[Key, ...]], ...] = (
    (tr_later("随处可用"), (
        Key("F1", tr_later("打开当前页面的说明"), "help", True),
        Key("F4", tr_later("下一步：打开要填的文书，跳到没填的栏目，到下一环节"), "next"),
        Key("F6", tr_later("在左栏、页面、录制栏之间移动"), "region"),
        Key("Ctrl+1", tr_later("今日；Ctrl+2 案件，依次到 Ctrl+9 设置"), "page"),
        Key("Ctrl+N", tr_later("新建案件"), "new"),
        Key("Ctrl+F", tr_later("搜索案件"), "find"),
        Key("Ctrl+I", tr_later("从记录仪导入"), "import"),
        Key("Ctrl+L", tr_later("锁定屏幕"), "lock"),
        Key("Esc", tr_later("返回上一级"), "back", True),
        Key("Ctrl+/", tr_later("打开本表"), "keys", True))),
    (tr_later("录音录像"), (
        Key("F9", tr_later("开始、停止录制"), "record"),
        Key("F8", tr_later("标记此刻"), "mark"),
        Key("F2", tr_later("拍照存入本案"), "photo"))),
    (tr_later("文书"), (
        Key("Tab", tr_later("下一栏；Shift+Tab 上一栏")),
        Key("Enter", tr_later("询问笔录：从问到答，从答到下一问；Shift+Enter 换行")),
        Key("Ctrl+J", tr_later("添加一项：光标所在的或者下面最近的清单（问题、物品、证据）"), "add"),
        Key("Ctrl+Z", tr_later("撤销；Ctrl+Y 重做")),
        Key("Ctrl+Return", tr_later("定稿"), "issue"),
        Key("Ctrl+P", tr_later("打印"), "print"),
        Key("F5", tr_later("给当事人看、念给当事人听"), "party"))),
    (tr_later("列表"), (
        Key("Down", tr_later("从搜索框进入列表；↑ 回到上一行")),
        Key("Return", tr_later("打开选中的一行")),
        Key("Tab", tr_later("离开列表，到它的按钮")))),
    (tr_later("屏幕"), (
        Key("F7", tr_later("换样式：标准、强光下、深色"), "theme", True),
        Key("Ctrl+=", tr_later("放大；Ctrl+- 缩小，Ctrl+0 复原"), "larger", True),
        Key("PgDn", tr_later("向下翻；PgUp 向上翻")))),
    (tr_later("播放"), (
        Key("Space", tr_later("播放、暂停")),
        Key("J", tr_later("退5秒；L 进5秒")),
        Key(",", tr_later("上一帧；. 下一帧")),
        Key("[", tr_later("上一个标记；] 下一个标记")))),
)

# Bound besides what the sheet lists: the further keys of a line.
MORE = (("Ctrl++", "larger"), ("Ctrl+-", "smaller"), ("Ctrl+0", "normal"), ("Shift+F6", "region_back"))
_SHOWN = {"Return": "Enter", "PgDn": "PgDn", "Space": tr_later("空格"), "Down": "↓"}


def shown(keys: str) -> str:
    """As it is printed on a keyboard: ``Ctrl+Return`` is Ctrl+Enter."""
    first, plus, last = keys.rpartition("+")
    if keys in ("Ctrl+=", "Ctrl++"):
        return "Ctrl++"
    return f"{first}{plus}{tr(_SHOWN.get(last, last))}"


def bound() -> tuple[Key, ...]:
    """Every key that the window binds."""
    return tuple(k for _title, keys in GROUPS for k in keys if k.name)
