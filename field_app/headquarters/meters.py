"""What a process of headquarters counts, in the text that Prometheus reads."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select

from field_app import logs
from field_app.headquarters.away import StoreAway
from field_app.headquarters.store import HqStore
from field_app.headquarters.tables import file, statement

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_REQUESTS = Counter("headquarters_requests", "Calls answered", ("call", "status"),
                    registry=REGISTRY)
_REQUEST_SECONDS = Histogram("headquarters_request_seconds", "How long calls took", ("call",),
                             buckets=_SECONDS, registry=REGISTRY)
_RECEIVED = Counter("headquarters_received_bytes", "Bytes of parts that were new",
                    registry=REGISTRY)
_WORK = Counter("headquarters_work", "Items the worker did", ("kind", "result"), registry=REGISTRY)
_WORK_SECONDS = Histogram("headquarters_work_seconds", "How long an item took", ("kind",),
                          buckets=_SECONDS, registry=REGISTRY)
_AWAY = Counter("headquarters_store_away", "Times tables or bytes gave no answer", ("what",),
                registry=REGISTRY)


def count_request(call: str, status: int, seconds: float, device: str | None) -> None:
    """One call was answered: counted, and told in one log line."""
    _REQUESTS.labels(call, str(status)).inc()
    _REQUEST_SECONDS.labels(call).observe(seconds)
    logs.note("request", verb=call, http=status, seconds=round(seconds, 4), device=device)


def count_received(size: int) -> None:
    _RECEIVED.inc(size)


def count_away(error: StoreAway) -> None:
    """The tables or the bytes gave no answer."""
    _AWAY.labels(error.what).inc()
    logs.warn("store away", state=error.what)


@contextmanager
def work_item(kind: str) -> Iterator[dict[str, object]]:
    """Count and time one item; its log line has what the block puts into the dictionary.

    ``state`` there is the result that is counted; without one nothing was done and nothing is told.
    """
    began = time.monotonic()
    facts: dict[str, object] = {}
    try:
        yield facts
    except BaseException:
        facts["state"] = "failed"
        raise
    finally:
        if "state" in facts:
            took = time.monotonic() - began
            _WORK.labels(kind, str(facts["state"])).inc()
            _WORK_SECONDS.labels(kind).observe(took)
            logs.note("work", verb=kind, seconds=round(took, 4), **facts)


def _gauges(store: HqStore) -> list[GaugeMetricFamily]:
    revisions = GaugeMetricFamily("headquarters_revisions", "Revisions by what became of them",
                                  labels=["status"])
    files = GaugeMetricFamily("headquarters_files_under_way", "Files that are not whole yet")
    with store.read() as connection:
        for status, count in connection.execute(
                select(statement.c.status, func.count()).group_by(statement.c.status)):
            revisions.add_metric([status], count)
        files.add_metric([], connection.execute(
            select(func.count()).select_from(file).where(~file.c.whole)).scalar_one())
    return [revisions, files]


class _Tables:
    def __init__(self, gauges: list[GaugeMetricFamily]) -> None:
        self._gauges = gauges

    def collect(self) -> list[GaugeMetricFamily]:
        return self._gauges


def exposition(store: HqStore) -> bytes:
    """All that is counted here, and what the tables tell while they answer."""
    text = generate_latest(REGISTRY)
    try:
        gauges = _gauges(store)
    except OSError:
        return text
    registry = CollectorRegistry()
    registry.register(_Tables(gauges))
    return text + generate_latest(registry)
