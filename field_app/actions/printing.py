"""What a system's print service can do for us, and how a job and a printer can stand."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from field_app.errors import FieldAppError


class PrinterRefused(FieldAppError):
    """The print service does not take the job: no such printer, stopped, not accepting."""


class PrintServiceAway(FieldAppError):
    """The print service did not answer, or its tools are missing."""


class Trouble(Enum):
    """Why a printer waits. The words are for officers: what is wrong, what to do; the last part tells
    whether it then prints on by itself."""

    PAPER_OUT = ("打印机缺纸", "请装入A4纸", True)
    COVER_OPEN = ("打印机盖子或纸盒没有合好", "请合好打印机的盖子和纸盒", True)
    JAM = ("打印机卡纸", "请按打印机说明取出卡住的纸，再合好盖子", False)
    INK_OUT = ("打印机没有墨或碳粉", "请更换墨盒或碳粉；印得不清楚的纸张不要使用", False)
    AWAY = ("打印机没有应答", "可能已关机、休眠、没电或断线；请开机并接好", True)
    CONNECTING = ("正在连接打印机", "请确认打印机已开机并接好", False)
    STOPPED = ("打印机已暂停", "请在打印机上按“继续”，或在系统设置里恢复打印", False)
    OTHER = ("打印机报告故障", "请看打印机上的提示并排除", False)

    @property
    def what(self) -> str:
        return self.value[0]

    @property
    def to_do(self) -> str:
        """While nothing is being printed."""
        return self.value[1]

    @property
    def remedy(self) -> str:
        """While something waits to be printed."""
        return f"{self.to_do}，打印会自动继续" if self.value[2] else self.to_do


class Stage(Enum):
    """Where a job stands. ``HANDED_OVER``: the system took it and can tell nothing more."""

    WAITING = "waiting"
    PRINTING = "printing"
    PRINTED = "printed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    HANDED_OVER = "handed_over"

    @property
    def final(self) -> bool:
        return self not in (Stage.WAITING, Stage.PRINTING)


@dataclass(frozen=True)
class JobState:
    """``pages``: sides that the printer says it has printed, 0 when it does not say."""

    stage: Stage
    trouble: Trouble | None = None
    pages: int = 0


@dataclass(frozen=True)
class PrinterState:
    """``papers``: IPP names (PWG 5101.1) of the paper that lies in it, empty when unknown."""

    trouble: Trouble | None = None
    accepting: bool = True
    papers: tuple[str, ...] = ()

    @property
    def has_a4(self) -> bool | None:
        """Whether A4 lies in it; None when the printer does not say."""
        return any(p.startswith("iso_a4") for p in self.papers) if self.papers else None


class Printing(Protocol):
    """A print service. Calls block for some seconds at most; none shows a window."""

    def printers(self) -> list[str]:
        """Names of the printers this machine knows, the default first; empty without any."""
        ...

    def answers(self) -> bool:
        """Whether the service itself is there; True where that cannot be told."""
        ...

    def state(self, printer: str) -> PrinterState:
        """How a printer stands now."""
        ...

    def send(self, pdf: bytes, *, printer: str, copies: int, title: str) -> str:
        """Hand a PDF over; returns the job's name there.

        Raises :class:`PrinterRefused` or :class:`PrintServiceAway`; then nothing is printed.
        """
        ...

    def job(self, printer: str, job: str) -> JobState:
        """How a job stands now."""
        ...

    def cancel(self, printer: str, job: str) -> None:
        """Take a job back; what is already on paper stays. Raises :class:`PrinterRefused`."""
        ...
