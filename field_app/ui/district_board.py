"""The table of what an authority issued, with its state told plainly, and the buttons of the work."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QVBoxLayout, QWidget

from field_app.actions.district import renewal_of
from field_app.actions.district_register import Holder, Issued, Standing, grouped, remind_days
from field_app.domain.clock import CHINA
from field_app.ui.language import capital, said, tr, tr_later
from field_app.ui.list_table import ListTable
from field_app.ui.parts import button, label, row
from field_app.ui.shell import Shell
from field_app.ui.theme import give_size, palette

_COLUMNS = (tr_later("号码"), tr_later("姓名或名称"), tr_later("单位"), tr_later("身份"), tr_later("有效期至"),
            tr_later("现在"))
_NAME, _PLACE, _STANDING = 1, 2, 5
_CUSTODIANS = 3


def _row(one: Issued, now: datetime) -> tuple[str, ...]:
    role = one.role.label if one.role else one.holder.value
    return (one.number, one.name, tr("　").join(filter(None, (one.unit, one.agency))), capital(said(role)),
            f"{one.valid_to.astimezone(CHINA):%Y-%m-%d}", capital(said(one.told(now))))


class DistrictBoard(QWidget):
    """Every button only tells what was asked for."""

    issue = Signal()
    renew = Signal(object)
    withdraw = Signal(object, object)
    enrol = Signal()
    custodian = Signal()
    bundle = Signal()
    ceremony = Signal(object)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.issued: list[Issued] = []
        self._shown: list[Issued] = []
        self.filter = QComboBox()
        self.filter.setAccessibleName(tr("显示哪些"))
        for holder in (Holder.OFFICER, Holder.DEVICE, Holder.CUSTODIAN, Holder.HEADQUARTERS):
            self.filter.addItem(said(holder.value), holder)
        self.filter.addItem(tr("全部"), None)
        self.filter.currentIndexChanged.connect(lambda _: self._fill())
        self.summary = label("", "muted", wrap=True)
        self.table = ListTable(tr("已签发的证书"), [tr(words) for words in _COLUMNS], wide=(_NAME, _PLACE, _STANDING))
        self.table.chosen.connect(lambda _line: self._chosen())
        self.details = label("", "muted", wrap=True)
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        give_size(self.details, least_height=64)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.issue_button = button(tr("签发人员证书…"), "action")
        self.enrol_button = button(tr("登记电脑…"))
        self.custodian_button = button(tr("签发保管人…"))
        self.bundle_button = button(tr("制作信任包…"), tip=tr("写到U盘，带到总部和每台执法电脑"))
        self.ceremony_button = button(tr("仪式记录…"), tip=tr("证书签发与密钥托管仪式记录（PDF），按现有证书填好"))
        self.renew_button, self.withdraw_button = button(tr("换发…")), button(tr("吊销…"), "record")
        for made, call in (
                (self.issue_button, self.issue), (self.enrol_button, self.enrol),
                (self.custodian_button, self.custodian), (self.bundle_button, self.bundle)):
            made.clicked.connect(call)
        self.ceremony_button.clicked.connect(lambda: choose_record(self, self.ceremony.emit))
        self.renew_button.clicked.connect(self._renew)
        self.withdraw_button.clicked.connect(self._withdraw)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(row(
            self.issue_button, self.enrol_button, self.custodian_button, self.bundle_button,
            self.ceremony_button, None, self.filter))
        column.addWidget(self.summary)
        column.addWidget(self.table, 1)
        line = row(self.details, self.renew_button, self.withdraw_button)
        line.setStretch(0, 1)
        column.addLayout(line)
        self._chosen()

    @property
    def _now(self) -> datetime:
        return self._shell.context.clock.now().wall

    def show_issued(self, issued: Sequence[Issued]) -> None:
        """Show these, those in force and due first."""
        order = (Standing.SOON, Standing.VALID, Standing.EXPIRED, Standing.WITHDRAWN)
        now = self._now
        self.issued = sorted(issued, key=lambda o: (order.index(o.standing(now)), o.valid_to, o.number))
        self._fill()

    def _fill(self) -> None:
        before = self.chosen
        which = self.filter.currentData()
        self._shown = [one for one in self.issued if which in (None, one.holder)]
        worn, now = palette(), self._now
        tones = {Standing.SOON: worn.soon, Standing.EXPIRED: worn.stop, Standing.WITHDRAWN: worn.stop}
        self.table.show_rows(
            [_row(one, now) for one in self._shown],
            {(line, _STANDING): tones[state] for line, one in enumerate(self._shown)
             if (state := one.standing(now)) in tones})
        if self._shown:
            self.table.light(self._shown.index(before) if before in self._shown else 0)
        self._summarize()
        self._chosen()

    def _summarize(self) -> None:
        now, told = self._now, []
        for holder in (Holder.OFFICER, Holder.DEVICE, Holder.CUSTODIAN):
            standing = [one.standing(now) for one in self.issued if one.holder is holder]
            good = standing.count(Standing.VALID) + standing.count(Standing.SOON)
            words = tr("{holder}：有效{n}份", holder=said(holder.value), n=good)
            for state, name in ((Standing.SOON, tr("{days}天内到期", days=remind_days())),
                                (Standing.EXPIRED, tr("已到期")),
                                (Standing.WITHDRAWN, tr("已吊销"))):
                if count := standing.count(state):
                    words += tr("，{name}{n}份", name=name, n=count)
            told.append(words)
            if holder is Holder.CUSTODIAN and good < _CUSTODIANS:
                told.append(tr("保管人应有{wanted}名，还差{missing}名", wanted=_CUSTODIANS,
                               missing=_CUSTODIANS - good))
        self.summary.setText(tr("；").join(told) + tr("。"))

    @property
    def chosen(self) -> Issued | None:
        line = self.table.line
        return self._shown[line] if 0 <= line < len(self._shown) else None

    def _chosen(self) -> None:
        one = self.chosen
        in_force = one is not None and one.withdrawn is None
        self.renew_button.setEnabled(one is not None and one.holder is Holder.OFFICER)
        self.withdraw_button.setEnabled(in_force)
        if one is None:
            self.details.setText(tr("还没有这类证书；用上面的按钮签发。") if not self._shown
                                 else tr("选中一行可看证书指纹。"))
            return
        kinds = (tr("签名证书"), tr("加密证书")) if len(one.sha256) > 1 else (tr("证书"),)
        self.details.setText("\n".join(
            tr("{kind} SHA-256　{digest}", kind=kind, digest=grouped(digest)) for kind,
            digest in zip(kinds, one.sha256, strict=False)))

    def _renew(self) -> None:
        if (one := self.chosen) is not None:
            self.renew.emit(renewal_of(one))

    def _withdraw(self) -> None:
        one = self.chosen
        if one is not None:
            others = [o for o in self.issued if o is not one and o.holder is one.holder
                      and o.number == one.number and o.withdrawn is None and o.valid_to > self._now]
            self.withdraw.emit(one, others)


def choose_record(parent: QWidget, write: Callable[[Path], object]) -> None:
    """Ask where the ceremony's record is to be written."""
    chosen, _ = QFileDialog.getSaveFileName(
        parent, tr("仪式记录写到哪里"), tr("证书签发与密钥托管仪式记录.pdf"), "PDF (*.pdf)")
    if chosen:
        write(Path(chosen))
