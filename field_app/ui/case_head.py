"""What stands over a case's desk: whose case it is, its state and number, and what is done with it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from field_app.domain.case import Case, SyncState
from field_app.ui.flow_row import FlowRow
from field_app.ui.language import said, tr
from field_app.ui.parts import Elided, button, chip, label, row, set_tone

_TONES = {SyncState.RECEIVED: "sealed", SyncState.REFUSED: "stop", SyncState.RETURNED: "stop"}


class CaseHead(QWidget):
    """The party with the case's state, and below them its number, cause and place; the buttons at the right go
    to the next line where there is no room."""

    left = Signal()
    correct = Signal()
    media = Signal()
    circumstances = Signal()
    seal = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title = Elided("heading")
        self.title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.title.setMinimumWidth(1)
        self.facts = Elided("muted")
        self.state = chip(tr("草稿"))
        back = button(tr("案件"), "link", tip=tr("返回案件列表（Esc）"))
        back.clicked.connect(self.left)
        known = button(tr("更正"), "link", tip=tr("更正案件信息：事由、地点、当事人"))
        known.clicked.connect(self.correct)
        media = button(tr("音像"), "link", tip=tr("本案的录音录像：时间轴、播放、导出"), icon="media")
        media.clicked.connect(self.media)
        about = button(tr("案件情形"), tip=tr("管辖、证据、裁量等情形；放行过的警告"), icon="facts")
        about.clicked.connect(self.circumstances)
        seal = button(tr("封存报送"), tip=tr("封存案件包，由总部签收"), icon="seal")
        seal.clicked.connect(self.seal)
        self._done = (known, media, about, seal)
        whose = QWidget()
        whose.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        told = QGridLayout(whose)
        told.setContentsMargins(0, 0, 0, 0)
        told.setHorizontalSpacing(8)
        told.setVerticalSpacing(0)
        told.addWidget(back, 0, 0)
        told.addWidget(label("›", "muted"), 0, 1)
        told.addLayout(row(self.title, self.state, None), 0, 2)
        told.addWidget(self.facts, 1, 2)
        told.setColumnStretch(2, 1)
        flow = FlowRow(whose, *self._done, right=known)
        flow.setContentsMargins(16, 4, 16, 8)
        self.setLayout(flow)

    def show_case(self, case: Case) -> None:
        self.title.show_text(case.party_name)
        self.facts.show_text(tr("　").join(filter(None, (case.local_no, case.cause, case.place))))
        words = said(case.sync_label)
        if case.sync is SyncState.SENDING and case.total_bytes:
            words += f" {case.confirmed_bytes * 100 // case.total_bytes}%"
        self.state.setText(words)
        set_tone(self.state, _TONES.get(case.sync, "plain"))

    def show_whole(self, whole: bool) -> None:
        """Or only whose case it is."""
        for shown in (self.facts, *self._done):
            shown.setVisible(whole)
