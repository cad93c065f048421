"""The pages beside the case in hand: plan, papers of all cases, statutes and matters, statistics."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from field_app.actions.case_desk import Desk, case_desk
from field_app.actions.paper_list import ListedPaper
from field_app.actions.plan import PlanLine
from field_app.domain.case import PaperRecord
from field_app.domain.ids import CaseId, StepId
from field_app.ui.cases_page import NewCasePage
from field_app.ui.desk_page import DeskPage
from field_app.ui.jobs import Lane
from field_app.ui.laws_page import LawsPage
from field_app.ui.papers_page import PapersPage
from field_app.ui.plan_page import PlanPage
from field_app.ui.print_paper import PrintPaper
from field_app.ui.shell import Shell
from field_app.ui.statistics_page import StatisticsPage

_RECHECK = "reinspection"


class OfficePages(QObject):
    """Makes the four pages and leads from them to a case, a paper, the printer and a new case."""

    def __init__(self, shell: Shell, window: QWidget, *, desk: DeskPage, new: NewCasePage,
                 printing: Callable[[], PrintPaper]) -> None:
        super().__init__(window)
        self._shell, self._desk, self._new = shell, desk, new
        self.plan, self.papers = PlanPage(shell), PapersPage(shell)
        self.laws, self.statistics = LawsPage(shell), StatisticsPage(shell)
        self.plan.start.connect(self._start)
        self.plan.recheck.connect(self._recheck)
        self.papers.opened.connect(self.open_paper)
        self.papers.printed.connect(lambda paper: printing().start(paper))
        self.papers.blank.connect(lambda: printing().blank_forms())
        self.laws.rest_on.connect(self._rest_on)

    @property
    def named(self) -> dict[str, QWidget]:
        """The pages by the name of their line in the rail."""
        return {"plan": self.plan, "papers": self.papers, "laws": self.laws, "statistics": self.statistics}

    @property
    def searched(self) -> dict[str, QWidget]:
        """Pages that begin at the line to search with."""
        return {"papers": self.papers.search, "laws": self.laws.search}

    def put_away(self) -> None:
        """Call off counting and show nothing of any case (when officers leave)."""
        self.statistics.progress.cancel()
        self.plan.forget()
        self.papers.forget()

    def _start(self, line: PlanLine) -> None:
        self._shell.go("new")
        self._new.begin(line)

    def _rest_on(self, matter: str) -> None:
        self._shell.go("new")
        self._new.rest_on(matter)

    def open_paper(self, paper: ListedPaper | PaperRecord) -> None:
        """A paper at its place: its case, its step, the paper in hand."""
        self._shell.open_case(paper.case)
        self._desk.want(paper.step, paper.id, "", 0)

    def _recheck(self, case: CaseId) -> None:
        """The case at the step of its re-inspection."""
        session = self._shell.officers

        def show(step: StepId | None) -> None:
            self._shell.open_case(case)
            self._desk.want(step, None, "", 0)

        self._shell.jobs.run(Lane.STORE, lambda: _recheck_of(case_desk(session, case)), done=show)


def _recheck_of(desk: Desk) -> StepId | None:
    """The newest step of re-inspection, None in a case that has none."""
    return next((s.step.id for s in desk.steps if s.step.kind == _RECHECK), None)
