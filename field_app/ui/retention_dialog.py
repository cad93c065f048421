"""保存期限: what is due, what comes due, what is kept for good; destruction that both approve."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QVBoxLayout, QWidget

from field_app.actions.find_cards import Card
from field_app.actions.log_in import CardAndPin
from field_app.actions.retention import (
    Kept,
    Overview,
    destroy,
    grounds,
    keep_for_good,
    no_longer_for_good,
    retention_overview,
)
from field_app.domain.clock import CHINA
from field_app.domain.recorded import Deletion
from field_app.errors import UserError
from field_app.forms.telling import CONFIDENCE
from field_app.ui.ask_text import ask_one, ask_text
from field_app.ui.jobs import Lane
from field_app.ui.keys_here import both_keys
from field_app.ui.language import capital, said, told, tr, tr_later
from field_app.ui.list_table import ListTable
from field_app.ui.parts import button, label, row
from field_app.ui.pin_dialog import PinDialog
from field_app.ui.shell import Shell
from field_app.ui.theme import open_at
from field_app.ui.waiting import ask

_COLUMNS = (tr_later("录音录像"), tr_later("录制日期"), tr_later("类别"), tr_later("保存到"), tr_later("现在"),
            tr_later("总部"), tr_later("理由"))
_REASON = len(_COLUMNS) - 1
_MOST_NAMED = 5
_ALL, _DUE, _SOON, _GOOD, _GONE = range(5)


def _now_words(kept: Kept) -> str:
    if kept.clip.deleted is not None:
        return tr("已销毁")
    if kept.days is None:
        return tr("保留")
    if kept.days < 0:
        return tr("已到期{days}天", days=-kept.days)
    return tr("还有{days}天", days=kept.days)


def _row(kept: Kept) -> tuple[str, ...]:
    until = kept.keeping.until
    return (kept.clip.number, f"{kept.clip.started.astimezone(CHINA):%Y-%m-%d}", capital(said(kept.keeping.rule.title)),
            f"{until:%Y-%m-%d}" if until else "—", _now_words(kept),
            tr("第{receipt}版已签收", receipt=kept.receipt) if kept.receipt else tr("还没有签收"),
            capital(said(kept.keeping.why)))


def how_it_stands(kept: Kept) -> str:
    """Whether it may go, what to do first, or who let it go."""
    gone = kept.clip.deleted
    if gone is not None:
        return tr("{number}（{party}）已于{at:%Y-%m-%d %H:%M}销毁，由{names}确认；理由：{reason}；"
                  "总部第{receipt}版已签收。",
                  number=kept.clip.number, party=kept.case.party_name, at=gone.at.astimezone(CHINA),
                  names=tr("、").join(kept.let_go_by), reason=gone.reason, receipt=gone.receipt)
    if not kept.obstacle:
        return tr("可以销毁：在行首打勾，写明理由。")
    words = tr("现在不能销毁：{obstacle}。到期并且总部签收过的，行首才有勾选框。", obstacle=said(kept.obstacle))
    if kept.due:
        words += tr("请先打开案件{local_no}（{party}），封存报送。", local_no=kept.case.local_no,
                    party=kept.case.party_name)
    return words


class RetentionDialog(QDialog):
    """``destroyed``: files were destroyed, pages must be read anew."""

    destroyed_files = Signal()

    def __init__(self, shell: Shell, parent: QWidget) -> None:
        super().__init__(parent)
        self._shell = shell
        self._overview: Overview | None = None
        self._shown: list[Kept] = []
        self.setWindowTitle(tr("录音录像的保存期限"))
        open_at(self, 1240, 620)
        self.summary = label("", wrap=True)
        self.filter = QComboBox()
        self.filter.setAccessibleName(tr("显示哪些"))
        self.filter.addItems([tr("全部"), tr("已到期"), tr("即将到期"), tr("永久保存"), tr("已销毁")])
        self.filter.currentIndexChanged.connect(lambda _: self._fill())
        self.table = ListTable(tr("录音录像和保存期限"), [tr(words) for words in _COLUMNS], wide=(_REASON,))
        self.table.chosen.connect(lambda _line: self._chosen())
        self.table.ticked.connect(self._chosen)
        self.reason = QLineEdit()
        self.reason.setAccessibleName(tr("销毁理由"))
        self.reason.setPlaceholderText(tr("写明销毁的理由，例如：未关联案件，保存期满六个月"))
        self.reason.setMaxLength(500)
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        self.good = label("", wrap=True)
        self.good.hide()
        self.go = button(tr("销毁勾选的…"), "record", tip=tr("两名执法人员输入口令后销毁本机文件；登记和日志保留"))
        self.hold = button(tr("永久保存…"), tip=tr("标明拒签、暴力抗法、投诉、复议、诉讼等情形"))
        self.release = button(tr("取消永久保存"))
        close = button(tr("关闭"))
        for made, call in ((self.go, self._ask), (self.hold, self._hold),
                           (self.release, self._release), (close, self.reject)):
            made.setAutoDefault(False)
            made.clicked.connect(call)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addLayout(row(label(tr("保存期限"), "title"), None, self.filter))
        column.addWidget(self.summary)
        column.addWidget(self.table, 1)
        self.source = label("", "muted", wrap=True)
        column.addWidget(self.source)
        column.addWidget(self.problem)
        column.addWidget(self.good)
        line = row(label(tr("理由")), self.reason, self.go)
        line.setStretchFactor(self.reason, 1)
        column.addLayout(line)
        column.addLayout(row(self.hold, self.release, None, close))
        self._chosen()

    def refresh(self) -> None:
        """Judge everything anew."""
        session = self._shell.officers
        self._shell.jobs.run(Lane.STORE, lambda: retention_overview(session), done=self._show)

    def _show(self, overview: Overview) -> None:
        self._overview = overview
        due, soon = len(overview.due), len(overview.soon)
        waiting = sum(1 for k in overview.due if k.receipt is None)
        words = tr("共{kept_count}件；已到期{due}件，{remind_days}天内到期{soon}件。", kept_count=len(overview.kept),
                   due=due, remind_days=overview.remind_days, soon=soon)
        if waiting:
            words += tr("其中{waiting}件总部还没有签收，签收前不能销毁。", waiting=waiting)
        self.summary.setText(words)
        self._fill()

    def _wanted(self, kept: Kept) -> bool:
        which = self.filter.currentIndex()
        gone = kept.clip.deleted is not None
        return {
            _ALL: True, _DUE: kept.due and not gone,
            _SOON: self._overview is not None and kept in self._overview.soon,
            _GOOD: kept.keeping.rule.key == "permanent" and not gone, _GONE: gone}[which]

    def _fill(self) -> None:
        overview = self._overview
        self._shown = [k for k in overview.kept if self._wanted(k)] if overview else []
        self.table.show_rows(
            list(map(_row, self._shown)), tips=[said(k.obstacle) or tr("可以销毁") for k in self._shown],
            tickable=[line for line, kept in enumerate(self._shown) if kept.deletable])
        self._chosen()

    def _current(self) -> Kept | None:
        line = self.table.line
        return self._shown[line] if 0 <= line < len(self._shown) else None

    def _ticked(self) -> list[Kept]:
        return [self._shown[line] for line in self.table.ticks]

    def _chosen(self) -> None:
        kept, ticked = self._current(), self._ticked()
        self.go.setEnabled(bool(ticked))
        self.go.setText(tr("销毁勾选的{ticked_count}件…", ticked_count=len(ticked)) if ticked else tr("销毁勾选的…"))
        there = kept is not None and kept.clip.deleted is None
        self.hold.setEnabled(there)
        self.release.setEnabled(there and kept is not None and bool(kept.holds))
        if kept is None:
            self.source.setText(tr("选中一件可看依据；只有总部签收过的到期件才能勾选。"))
            return
        rule = kept.keeping.rule
        words = tr("{title}：{words}。依据：{origin}（{confidence}）", title=said(rule.title), words=said(rule.text),
                   origin=said(rule.source), confidence=said(CONFIDENCE[rule.confidence]))
        self.source.setText(f"{words}\n{how_it_stands(kept)}")

    def _tell(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        self.good.hide()

    # Kept for good

    def _hold(self) -> None:
        kept = self._current()
        if kept is None:
            return
        titles = [said(g.title) for g in grounds()]
        place = ask_one(self, tr("永久保存"), tr("属于哪种情形："), titles, yes=tr("下一步"))
        if place < 0:
            return
        reason = ask_text(self, tr("永久保存"), tr("{title}：请写明具体情况", title=titles[place]),
                          yes=tr("永久保存"), name=tr("具体情况"))
        if reason:
            self.keep(kept, grounds()[place].key, reason)

    def keep(self, kept: Kept, ground: str, reason: str) -> None:
        """Keep a recording for good."""
        session, clip = self._shell.officers, kept.clip
        self._shell.jobs.run(
            Lane.STORE, lambda: keep_for_good(session, clip, ground, reason=reason),
            done=lambda _: self.refresh(), failed=self._failed)

    def _release(self) -> None:
        kept = self._current()
        if kept is None or not self._shell.messages.ask(
                tr("取消永久保存？"), tr("取消后按类别计算保存期；原来的标注留在记录里。"), yes=tr("取消永久保存")):
            return
        session = self._shell.officers

        def run() -> None:
            for hold in kept.holds:
                no_longer_for_good(session, kept.clip, hold.ground)

        self._shell.jobs.run(Lane.STORE, run, done=lambda _: self.refresh(), failed=self._failed)

    # Destruction

    def _ask(self) -> None:
        ticked = self._ticked()
        if not self.reason.text().strip():
            self._tell(tr("请先写明销毁的理由。"))
            self.reason.setFocus()
            return
        both_keys(self._shell, lambda cards: self._ask_both(ticked, cards),
                  lambda: self._tell(tr("找不到当前两名执法人员的证书，请插入两人的证书U盘。")))

    def _ask_both(self, ticked: Sequence[Kept], cards: tuple[Card, Card]) -> None:
        names = [tr("{number}（{party}）", number=k.clip.number, party=k.case.party_name) for k in ticked[:_MOST_NAMED]]
        if len(ticked) > _MOST_NAMED:
            names.append("…")
        dialog = PinDialog(self, cards, tr(
            "销毁{ticked_count}件录音录像的本机文件，不能恢复：{names}", ticked_count=len(ticked),
            names=tr("、").join(names)))
        if ask(dialog) == QDialog.DialogCode.Accepted:
            self.let_go(ticked, dialog.answer())

    def let_go(self, chosen: Sequence[Kept], cards: tuple[CardAndPin, CardAndPin]) -> None:
        """Destroy what was chosen, with both officers' PINs."""
        self._tell("")
        session, reason = self._shell.officers, self.reason.text()
        ids = [k.clip.id for k in chosen]
        self._shell.jobs.run(Lane.WORK, lambda: destroy(session, ids, cards, reason=reason),
                             done=self._done, failed=self._failed)

    def _done(self, made: list[Deletion]) -> None:
        self.reason.clear()
        # Here, not on the page that this window covers.
        self.good.setText(tr("已销毁{made_count}件录音录像的本机文件，登记和日志保留：在表中选中，就写着谁、何时、为什么。",
                             made_count=len(made)))
        self.good.show()
        self.destroyed_files.emit()
        self.refresh()

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, UserError):
            self._tell(told(error))
        else:
            self._shell.messages.error(error)
