"""What every page is given: session, jobs, messages, settings, and the way to other pages."""

from collections.abc import Callable
from dataclasses import dataclass, field

from field_app.actions.context import AppContext, Session
from field_app.actions.find_cards import Card
from field_app.actions.printing import Printing
from field_app.actions.record_step import Devices, Recording
from field_app.actions.try_devices import Tried
from field_app.domain.ids import CaseId
from field_app.settings import Settings, save_settings
from field_app.ui.jobs import Jobs
from field_app.ui.messages import Messages
from field_app.ui.print_system import system_printing
from field_app.ui.screens import Screens


@dataclass
class Shell:
    """The frame seen from a page. ``session`` is None until two officers are in; ``cards``: the keys
    they came with."""

    context: AppContext
    jobs: Jobs
    messages: Messages
    settings: Settings
    printing: Printing = field(default_factory=system_printing)
    screens: Screens = field(default_factory=Screens)
    session: Session | None = None
    cards: tuple[Card, ...] = ()
    recording: Recording | None = None
    tried: Tried | None = None
    open_case: Callable[[CaseId], None] = field(default=lambda _case: None)
    go: Callable[[str], None] = field(default=lambda _page: None)
    free_camera: Callable[[], None] = field(default=lambda: None)
    recording_changed: Callable[[], None] = field(default=lambda: None)

    @property
    def officers(self) -> Session:
        """The session of a logged-in desk."""
        if self.session is None:
            raise RuntimeError("no session")
        return self.session

    @property
    def devices(self) -> Devices:
        return Devices.of(self.settings)

    def keep_settings(self, settings: Settings) -> None:
        self.settings = settings
        save_settings(self.context.data.settings, settings)
