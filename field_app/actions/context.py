"""What every action needs: clocks, the data folder, and the open session of two officers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from field_app.credentials.device import DeviceHeader, DeviceKey
from field_app.credentials.key_kinds import is_sm2
from field_app.credentials.session_keys import SessionKeys
from field_app.credentials.trust import Trust
from field_app.crypto.suite_keys import parse_identity
from field_app.crypto.suites import GM, INTL, AnyIdentity, AnyRecipient
from field_app.domain.case import Case
from field_app.domain.clock import Clock, Moment
from field_app.domain.ids import CaseId
from field_app.domain.people import Officer, Pair
from field_app.errors import UserError
from field_app.paths import DataFolder
from field_app.storage import cases, events
from field_app.storage.store import Store, StoreNotWritten, Tx

# Events that add to what a case's package must hold, or change it.
CONTENT = frozenset({
    "paper_issued", "paper_void", "photo_taken", "recording_stopped", "recording_recovered", "step_begun",
    "step_ended", "page_back", "signature_given", "signature_refused", "signatures_withdrawn",
    "circumstances_told", "warning_passed", "case_continued", "paper_signed",
    "media_imported",
    "recording_copied", "recording_deleted", "recording_tied", "recording_lost", "transcript_saved",
    "field_written",
})


@dataclass(frozen=True)
class AppContext:
    """Time and place; handed in once, at the start."""

    clock: Clock
    data: DataFolder


@dataclass(frozen=True)
class Session:
    """Two officers at work, and who assists them; ends with
    :func:`field_app.actions.log_in.log_out`. Who assists may type and record, never sign."""

    context: AppContext
    header: DeviceHeader
    trust: Trust
    pair: Pair
    device_key: DeviceKey
    store: Store
    session_keys: SessionKeys
    assistants: tuple[Officer, ...] = ()

    @property
    def suite(self) -> str:
        """The district's algorithms: the laptop's own certificate tells."""
        return GM if is_sm2(self.header.certificate) else INTL

    @property
    def national(self) -> bool:
        """Whether this is a district of the national suite (国密)."""
        return self.suite == GM

    @property
    def actors(self) -> tuple[str, ...]:
        return tuple(o.cert_no for o in self.pair.both)

    def now(self) -> Moment:
        return self.context.clock.now()

    @property
    def at(self) -> datetime:
        return self.now().wall

    def note(self, tx: Tx, kind: str, *, case: str = "",
             body: dict[str, Any] | None = None) -> events.StoredEvent:
        """Append an event of these officers to the log.

        A case that grows is no longer what headquarters confirmed, so its green goes out.
        """
        if case and kind in CONTENT:
            cases.mark_changed(tx, CaseId(case))
        return events.append(tx, kind, device=self.header.device, moment=self.now(), case=case,
                             actors=self.actors, body=body)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """A transaction of the store; a full disk is told in words and leaves all as it was."""
        try:
            with self.store.begin() as tx:
                yield tx
        except StoreNotWritten as error:
            raise refuse("磁盘已满或写不进去，刚才的改动没有保存。",
                         "请不要关闭窗口；清理磁盘空间后再保存一次，之前保存的内容不受影响。",
                         code="disk.full") from error

    def recipients(self, case: Case) -> tuple[AnyRecipient, ...]:
        """Who can open this case's objects: the case's identity and headquarters' units."""
        return (case_identity(case).recipient,
                *(r.recipient for r in self.trust.hq_recipients))


def case_identity(case: Case) -> AnyIdentity:
    """The key that opens the case's objects here; ``UserError`` once it was destroyed."""
    if case.shredded:
        raise refuse(f"案件{case.local_no}在本机的密钥已经销毁，本机不能再查看或者增加内容。",
                     "请到总部查阅；需要继续办理的，请总部退回案件。", code="case.shredded")
    return parse_identity(case.identity)


def refuse(what: str, remedy: str, *, code: str = "") -> UserError:
    """A refusal in the two sentences officers read; ``raise refuse(...)``."""
    return UserError(what, remedy, code=code)
