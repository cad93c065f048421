"""A thousand deaths of laptop and headquarters: nothing lost, nothing doubled, nothing green too early."""

import os
import random

import pytest

from field_app.cli import main
from field_app.cli.demo.world import World
from tests.journeys.kills import Headquarters, Told, settle, trial

# Fewer where somebody is in a hurry; what it takes is told.
KILLS = int(os.environ.get("KILLS", "1000"))
# Another chance for another run, so that several may share the thousand.
SEED = int(os.environ.get("KILLS_SEED", "20261126"))
_LOOK_EVERY = 50


@pytest.mark.soak
def test_a_thousand_kills(world: World) -> None:
    chance = random.Random(SEED)
    hq, told = Headquarters(world.headquarters), Told()
    hq.start()
    try:
        for done in range(1, KILLS + 1):
            trial(world, hq, told, chance)
            assert told.green == []
            if done % _LOOK_EVERY == 0 or done == KILLS:
                counted = settle(world, hq, told)
                print(f"{done} kills {dict(told.deaths)}: {counted}", flush=True)
    finally:
        hq.kill()
    assert told.sealed
    assert main(["headquarters", "verify", "--folder", str(world.headquarters)]) == 0
