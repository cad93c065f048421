"""Prints what the lists and counts of a well-filled laptop cost, in a real encrypted store.

``--cases`` (20000) cases of two years with five papers and two recordings each; the list of papers
by each filter and by 1 to 4 characters, and everything that 统计 counts over the whole time.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.filling import filled_world
from field_app.actions.log_in import log_in, log_out
from field_app.actions.paper_list import PaperFilter, list_papers
from field_app.actions.statistics import count_all, periods


def timed(name: str, work: Callable[[], object], *, goal_ms: int, rounds: int = 5) -> None:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    middle = statistics.median(times)
    print(f"{name:<44} median {middle:7.0f} ms, worst {max(times):7.0f} ms   <= {goal_ms} ms  "
          f"{'yes' if middle <= goal_ms else 'NO'}", flush=True)


def main() -> None:
    """Fill, then look."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.counting", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--keep", type=Path, help="a folder in which the filled store lies for the next run")
    wanted = parser.parse_args()
    with filled_world("benchmarks.counting.many", wanted.cases, wanted.keep) as world:
        session = log_in(world.laptop, *world.both())
        for one in PaperFilter:
            timed(f"papers, {one.value}", lambda one=one: list_papers(session, only=one),  # type: ignore[misc]
                  goal_ms=1000)
        for words in ("木", "镇", "木制", "整改指令", "没有这样的"):
            timed(f"papers with {words}", lambda words=words: list_papers(session, words),  # type: ignore[misc]
                  goal_ms=150)
        whole = periods(session)["全部"]
        timed("statistics of everything", lambda: count_all(session, whole), goal_ms=1000)
        log_out(session)


if __name__ == "__main__":
    main()
