"""The forms of 证书管理: found an authority, issue, renew, withdraw, enrol, name custodians, bundle."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QCheckBox, QComboBox, QDateEdit, QSpinBox, QWidget

from field_app.actions.administer import MIN_PASSPHRASE, MIN_PIN, NewOfficer
from field_app.actions.district import (
    District,
    enrol,
    found_district,
    issue_custodian,
    issue_officer,
    issue_on_token,
    make_bundle,
    on_fixed_disk,
    withdraw,
)
from field_app.actions.district_register import Employer, Holder, Issued
from field_app.actions.issue_checks import MAX_DAYS
from field_app.actions.lost_keys import Custodian, try_share
from field_app.actions.more_keys import holder_on
from field_app.actions.take_from_stick import BUNDLE_FOLDER, LAPTOP_FOLDER, bundle_in
from field_app.domain.clock import CHINA
from field_app.domain.people import Role
from field_app.domain.withdrawal import Withdrawal
from field_app.errors import UserError
from field_app.ui.employer_lines import EmployerLines
from field_app.ui.language import said, tr, tr_later
from field_app.ui.parts import label
from field_app.ui.pin_line import PinLine
from field_app.ui.place_line import PlaceLine
from field_app.ui.shell import Shell
from field_app.ui.theme import NUMBER_PX, give_size
from field_app.ui.work_dialog import Work, WorkDialog, needed, same_secret, text_line

_STICK, _TOKEN = range(2)
_NEW_BUNDLE = tr_later("下一步：制作新的信任包，带到总部和每台执法电脑。")


def _fixed(folder: Path, what: str) -> str:
    """What to say of a place that is not carried away; runs off the screen's thread."""
    if not on_fixed_disk(folder):
        return ""
    return tr("{folder}在本机硬盘上，不是可以拔下的U盘。{what}留在硬盘上容易被复制；确要写在这里的，再按一次。",
              folder=folder, what=what)


class FoundDialog(WorkDialog):
    """A new authority."""

    def __init__(self, shell: Shell, parent: QWidget) -> None:
        super().__init__(
            shell, parent, tr("建立证书机构"), tr("一个区县只建立一次。口令由保管人当场输入并分别密封；"
               "文件夹请放在平时断网、专人保管的介质上。"), tr("建立"))
        self.found: District | None = None
        self.name = text_line(tr("区县名称"), tr("例如：武隆区"))
        self.folder = PlaceLine(tr("证书机构文件夹"), tr("空文件夹"))
        self.secrets = (PinLine(tr("口令"), tr("至少{min_passphrase}个字符", min_passphrase=MIN_PASSPHRASE)),
                        PinLine(tr("再输一次口令")))
        for words, widget in ((tr("区县名称"), self.name), (tr("文件夹"), self.folder), (tr("口令"), self.secrets[0]),
                              (tr("再输一次"), self.secrets[1])):
            self.add(words, widget)

    def work(self) -> Work:
        folder, name = needed(self.folder, tr("证书机构的文件夹")), self.name.text()
        secret, context = same_secret(*self.secrets), self._shell.context

        def run() -> str:
            self.found = found_district(context, folder, name, secret)
            return tr("已建立{name}的证书机构：{folder}。下一步：签发三名密钥保管人，再签发执法人员；"
                      "全过程填写仪式记录。", name=self.found.name, folder=folder)

        return run


class IssueDialog(WorkDialog):
    """An officer's or auxiliary's certificates; of ``renewed`` only what can change is asked. ``known``:
    where those work who have one, the newest first."""

    def __init__(self, shell: Shell, parent: QWidget, district: District,
                 renewed: NewOfficer | None = None, known: Sequence[Employer] = ()) -> None:
        super().__init__(
            shell, parent, tr("换发证书") if renewed else tr("签发证书"),
            tr("姓名、证号、单位和身份照旧，换新的钥匙。") if renewed else
            tr("按执法证件上印的填写；机关、单位已照最近一份证书填好，不同的请改。口令由持证人本人输入，不告诉别人。")
            if known else tr("按执法证件上印的填写。口令由持证人本人输入，不告诉别人。"),
            tr("换发") if renewed else tr("签发"))
        self._district, self._renewed = district, renewed
        self._people(known)
        self._places()
        if renewed is not None:
            self._show(renewed)
        self._choose()

    def _people(self, known: Sequence[Employer]) -> None:
        self.name, self.number = text_line(tr("姓名")), text_line(tr("执法证号"), tr("数字、字母和横线"))
        self.employer = EmployerLines(known)
        self.role = QComboBox()
        self.role.setAccessibleName(tr("身份"))
        for role in Role:
            self.role.addItem(said(role.label), role)
        self.days = QSpinBox()
        self.days.setAccessibleName(tr("有效天数"))
        self.days.setRange(1, MAX_DAYS)
        self.days.setValue(365)
        self.days.setSuffix(tr("天"))
        give_size(self.days, indent=NUMBER_PX)
        self.photo = PlaceLine(tr("照片"), tr("JPEG，没有则留空"), filters=tr("照片 (*.jpg *.jpeg)"))
        self.add_pair(tr("姓名"), self.name, tr("执法证号"), self.number)
        self.add_pair(tr("机关"), self.employer.agency_box, tr("单位"), self.employer.unit_box)
        self.add_pair(tr("单位代码"), self.employer.unit_code, tr("身份"), self.role)
        self.add_pair(tr("有效期"), self.days, tr("照片"), self.photo)

    def _places(self) -> None:
        self.kind = QComboBox()
        self.kind.setAccessibleName(tr("放在哪里"))
        self.kind.addItems([tr("持证人的U盘（证书文件）"), tr("USB密码钥匙")])
        self.kind.currentIndexChanged.connect(lambda _: self._choose())
        self.folder = PlaceLine(tr("U盘文件夹"), tr("持证人本人的U盘"))
        self.driver = PlaceLine(tr("密码钥匙驱动"), tr("厂家的PKCS#11驱动"), filters=tr("驱动 (*.so *.dll)"))
        self.driver.show_path(self._shell.settings.token_module)
        self.token = text_line(tr("密码钥匙标签"), tr("只插一个的留空"))
        self.pin, self.again = PinLine(tr("口令")), PinLine(tr("再输一次口令"))
        self.token_pin = PinLine(tr("密码钥匙的口令"), tr("密码钥匙自己的口令"))
        self.add(tr("放在"), self.kind)
        self.add(tr("U盘"), self.folder)
        on_token = self.add_pair(tr("驱动"), self.driver, tr("钥匙标签"), self.token)
        both = self.add_pair(tr("口令"), self.pin, tr("再输一次"), self.again)
        self.add(tr("口令"), self.token_pin)
        self._rows = ((self.folder, both), (on_token, self.token_pin))

    def _show(self, one: NewOfficer) -> None:
        self.employer.show(Employer(one.agency, one.unit, one.unit_code), fixed=True)
        for line, text in ((self.name, one.name), (self.number, one.number)):
            line.setText(text)
            line.setReadOnly(True)
        self.role.setCurrentIndex(self.role.findData(one.role))
        self.role.setEnabled(False)

    def _choose(self) -> None:
        """A stick takes a new PIN, typed twice; a token has its own."""
        for kind, rows in enumerate(self._rows):
            for line in rows:
                self.form.setRowVisible(line, kind == self.kind.currentIndex())
        self.pin.setPlaceholderText(tr("至少{min_pin}个字符", min_pin=MIN_PIN))
        self.adjustSize()

    def _officer(self) -> NewOfficer:
        employer = self.employer.typed()
        return NewOfficer(
            self.name.text(), self.number.text().strip(), employer.agency, employer.unit,
            employer.unit_code, self.role.currentData(), self.days.value(), self.photo.path,
            renews=self._renewed is not None)

    def doubt(self) -> Work:
        if self.kind.currentIndex() == _STICK:
            folder = needed(self.folder, tr("持证人的U盘"))
            return lambda: _fixed(folder, tr("证书文件"))
        driver, token = needed(self.driver, tr("密码钥匙的驱动")), self.token.text().strip()

        def held() -> str:
            holder = holder_on(driver, token)
            return tr("这把钥匙里已有{holder}的证书，签发后将被替换，不能恢复；确要替换的，再按一次。",
                      holder=holder) if holder else ""

        return held

    def work(self) -> Work:
        officer, district, pin = self._officer(), self._district, self.pin.text()
        token_pin = self.token_pin.text()
        follow = (tr(_NEW_BUNDLE) + tr("电脑导入后，先由两人用原有证书登录一次，此后就可以用这份新证书登录。"))
        done = tr("已换发") if officer.renews else tr("已签发")
        if self.kind.currentIndex() == _TOKEN:
            driver, token = needed(self.driver, tr("密码钥匙的驱动")), self.token.text().strip()

            def on_token() -> str:
                place = issue_on_token(district, driver, token, officer, token_pin)
                return tr("{done}{name}的证书，在密码钥匙{stem}里，私钥不出钥匙。{follow}", done=done,
                          name=officer.name, stem=place.stem, follow=follow)

            return on_token
        folder = needed(self.folder, tr("持证人的U盘"))
        same_secret(self.pin, self.again)
        return lambda: tr("{done}证书：{told}。{follow}", done=done,
                          told=issue_officer(district, folder, officer, pin), follow=follow)


class WithdrawDialog(WorkDialog):
    """Why and from when; ``others``: further issues in force of the same number."""

    def __init__(self, shell: Shell, parent: QWidget, district: District, one: Issued,
                 others: Sequence[Issued]) -> None:
        super().__init__(
            shell, parent, tr("吊销{name}（{number}）的证书", name=one.name, number=one.number),
            tr("吊销不能撤回，写入登记簿和以后的每个信任包。"), tr("吊销"))
        self._district, self._one, self._others = district, one, others
        self.reason = QComboBox()
        self.reason.setAccessibleName(tr("吊销原因"))
        for why in Withdrawal:
            self.reason.addItem(said(why.label), why)
        self.note = text_line(tr("说明"), tr("例如：11月25日在检查途中遗失"))
        self.day = QDateEdit(QDate.currentDate())
        self.day.setAccessibleName(tr("吊销日期"))
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat(tr("yyyy年MM月dd日"))
        first = one.valid_from.astimezone(CHINA).date()
        self.day.setDateRange(QDate(first.year, first.month, first.day), QDate.currentDate())
        self.all = QCheckBox(tr("同一号码的另外{others_count}份有效证书一起吊销", others_count=len(others)))
        self.add(tr("原因"), self.reason)
        self.add(tr("说明"), self.note)
        self.add(tr("自哪天起"), self.day)
        if others:
            self.form.addRow("", self.all)

    def work(self) -> Work:
        chosen = (self._one, *(self._others if self.all.isChecked() else ()))
        serials = [s for one in chosen for s in one.serials]
        reason, note, typed = self.reason.currentData(), self.note.text(), self.day.date()
        day = date(typed.year(), typed.month(), typed.day())
        if reason is Withdrawal.OTHER and not note.strip():
            raise UserError(tr("选了其他原因，还没有写说明。"), tr("请写明为什么吊销。"), code="withdraw.note")
        district, name = self._district, self._one.name

        def run() -> str:
            withdraw(district, serials, reason=reason, note=note, day=day)
            return tr("已吊销{name}的证书。{new_bundle}没有导入新信任包的电脑，还会接受这份证书。", name=name,
                      new_bundle=tr(_NEW_BUNDLE))

        return run


class EnrolDialog(WorkDialog):
    """A laptop: this one, or a folder on a stick for another."""

    def __init__(self, shell: Shell, parent: QWidget, district: District) -> None:
        super().__init__(
            shell, parent, tr("登记执法电脑"), tr("登记后，电脑里的资料只有信任包中的两名执法人员一起才能打开。"),
            tr("登记"))
        self._district = district
        self.number = text_line(tr("电脑编号"), tr("例如：D002"))
        self.bundle = PlaceLine(tr("信任包所在文件夹"), tr("写有信任包的U盘，或含有bundle.json的文件夹"))
        self.kind = QComboBox()
        self.kind.setAccessibleName(tr("登记哪台电脑"))
        self.kind.addItems([tr("另一台电脑（登记文件写到U盘）"), tr("本机")])
        self.folder = PlaceLine(tr("U盘文件夹"))
        self.kind.currentIndexChanged.connect(
            lambda index: self.form.setRowVisible(self.folder, index == 0))
        for words, widget in ((tr("电脑编号"), self.number), (tr("信任包"), self.bundle), (tr("登记"), self.kind),
                              (tr("U盘"), self.folder)):
            self.add(words, widget)

    def work(self) -> Work:
        number, bundle = self.number.text().strip(), needed(self.bundle, tr("信任包所在的文件夹"))
        district, here = self._district, self.kind.currentIndex() == 1
        out = (self._shell.context.data.root if here
               else needed(self.folder, tr("U盘")) / f"{LAPTOP_FOLDER}{number}")

        def run() -> str:
            if not here:
                on_fixed_disk(out.parent)
            enrol(district, bundle_in(bundle), number, out)
            after = (tr("本机现在可以由信任包里的两名执法人员登录。") if here else
                     tr("下一步：把U盘插到那台电脑，在登录页点“从U盘登记本机”，选择这个U盘；完成后删除U盘里的。"))
            return tr("已登记执法电脑{number}：{out}。{after}", number=number, out=out, after=after)

        return run


class CustodianDialog(WorkDialog):
    """One of those who, any two together, open a laptop whose officers' keys are lost."""

    def __init__(self, shell: Shell, parent: QWidget, district: District) -> None:
        super().__init__(
            shell, parent, tr("签发密钥保管人"), tr("共三名，任意两人一起可以恢复电脑，一人打不开任何资料。"
               "口令由本人输入；U盘和口令分开密封保管。"), tr("签发"))
        self._district = district
        self.name, self.number = text_line(tr("姓名")), text_line(tr("编号"), tr("例如：BG-01"))
        self.folder = PlaceLine(tr("U盘文件夹"), tr("保管人本人的U盘"))
        self.secrets = (PinLine(tr("口令"), tr("至少{min_passphrase}个字符", min_passphrase=MIN_PASSPHRASE)),
                        PinLine(tr("再输一次口令")))
        for words, widget in ((tr("姓名"), self.name), (tr("编号"), self.number), (tr("U盘"), self.folder),
                              (tr("口令"), self.secrets[0]), (tr("再输一次"), self.secrets[1])):
            self.add(words, widget)

    def doubt(self) -> Work:
        folder = needed(self.folder, tr("保管人的U盘"))
        return lambda: _fixed(folder, tr("保管人的证书文件"))

    def work(self) -> Work:
        folder, secret = needed(self.folder, tr("保管人的U盘")), same_secret(*self.secrets)
        district, name, number = self._district, self.name.text(), self.number.text().strip()
        return lambda: tr("已签发保管人证书：{told}。{new_bundle}各电脑下次登录后，"
                          "任意两名保管人可以共同恢复。",
                          told=issue_custodian(district, folder, name, number, secret), new_bundle=tr(_NEW_BUNDLE))


class TryShareDialog(WorkDialog):
    """One custodian's key tried on this laptop; nothing is opened."""

    def __init__(self, shell: Shell, parent: QWidget) -> None:
        super().__init__(shell, parent, tr("试用保管人钥匙"), tr("在本机上证明一份保管人钥匙能用，不打开任何资料。"
                            "登记电脑后至少试一份。"), tr("试用"))
        self.file = PlaceLine(tr("保管人证书文件"), tr("保管人U盘里的证书文件"), filters=tr("证书 (*.p12 *.sm2)"))
        self.secret = PinLine(tr("保管人口令"), tr("由本人输入"))
        self.add(tr("证书文件"), self.file)
        self.add(tr("口令"), self.secret)

    def work(self) -> Work:
        context, one = self._shell.context, Custodian(needed(self.file, tr("保管人的证书文件")), self.secret.text())

        def run() -> str:
            count = try_share(context, one)
            return tr("{stem}的钥匙能用，可以与另外{count}名保管人中的任一人恢复本机。下一步：拔下U盘重新密封，"
                      "把结果填进仪式记录。", stem=one.path.stem, count=count)

        return run


class BundleDialog(WorkDialog):
    """A new trust bundle on a stick."""

    def __init__(self, shell: Shell, parent: QWidget, district: District, issued: Sequence[Issued]) -> None:
        super().__init__(
            shell, parent, tr("制作信任包"), tr("信任包告诉各执法电脑现在有哪些有效证书、哪些已吊销，由总部签名。"),
            tr("制作"))
        self._district = district
        units = [one.name for one in issued if one.holder is Holder.HEADQUARTERS and one.withdrawn is None]
        self.headquarters = PlaceLine(tr("总部文件夹"), tr("含有keys的总部文件夹"))
        self.unit = text_line(tr("总部单位"), text=units[0].removesuffix("接收服务") if units else "")
        self.agency = PlaceLine(tr("机关信息文件"), tr("留空则沿用上一个信任包的"), filters=tr("机关信息 (*.toml)"))
        self.folder = PlaceLine(tr("U盘文件夹"))
        for words, widget in ((tr("总部文件夹"), self.headquarters), (tr("总部单位"), self.unit),
                              (tr("机关信息"), self.agency), (tr("写到U盘"), self.folder)):
            self.add(words, widget)
        self.form.addRow("",
                         label(tr("写到U盘的“{bundle_folder}”文件夹，原来的被替换。", bundle_folder=BUNDLE_FOLDER),
                               "muted"))

    def work(self) -> Work:
        headquarters, stick = needed(self.headquarters, tr("总部文件夹")), needed(self.folder, tr("U盘"))
        district, unit, agency = self._district, self.unit.text().strip(), self.agency.path

        def run() -> str:
            on_fixed_disk(stick)
            out = stick / BUNDLE_FOLDER
            made = make_bundle(district, headquarters, unit, out, agency=agency)
            return tr("第{number}号信任包已写到{out}（{officers_count}份人员证书）。下一步："
                      "在每台执法电脑的登录页点“从U盘更新本机”，选择这个U盘。", number=made.number, out=out,
                      officers_count=len(made.officers))

        return run
