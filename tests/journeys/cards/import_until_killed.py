"""Imports a card into a world until it is killed.

usage: import_until_killed.py WORLD CARD. Prints ``run ID``, then ``file N`` as each file begins and
``done N BYTES`` as bytes pass.
"""

import sys
from pathlib import Path

from field_app.actions.context import AppContext
from field_app.actions.import_plan import plan_import
from field_app.actions.import_recorder import ImportProgress, run_import, start_import
from field_app.actions.log_in import CardAndPin, log_in
from field_app.cli.demo.world import OFFICERS, PINS
from field_app.domain.clock import SystemClock
from field_app.paths import DataFolder


def main(root: Path, card: Path) -> None:
    first, second = (CardAndPin(root / "cards" / f"{name}.p12", pin)
                     for name, pin in zip(OFFICERS, PINS, strict=True))
    session = log_in(AppContext(SystemClock(), DataFolder(root / "laptop")), first, second)
    run = start_import(session, plan_import(session, card))
    print("run", run, flush=True)

    def tell(progress: ImportProgress) -> None:
        print("at", progress.file, progress.done, flush=True)

    run_import(session, run, progress=tell, part_bytes=1 << 20)
    print("whole", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
