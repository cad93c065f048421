"""What the laptop has left while the officers are out: room on the disk, charge of the battery."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from field_app.actions.context import Session
from field_app.media.battery import SUPPLIES, Battery, battery

LOW, EMPTY = 20, 10  # percent, away from the mains


@dataclass(frozen=True)
class MachineState:
    """``free``: bytes left where cases are kept; ``battery`` None where there is none."""

    free: int
    battery: Battery | None

    @property
    def low(self) -> bool:
        """Whether it should be charged soon."""
        return self.battery is not None and not self.battery.charging and self.battery.percent <= LOW

    @property
    def empty(self) -> bool:
        """Whether it may go off at any moment."""
        return self.low and self.battery is not None and self.battery.percent <= EMPTY


def machine_state(session: Session, *, supplies: Path = SUPPLIES) -> MachineState:
    """As it is now. Asking for the battery may take the system a while: not on the screen's thread."""
    return MachineState(shutil.disk_usage(session.context.data.root).free, battery(supplies))
