"""What Prometheus reads at `/metrics`."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from math import inf

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

_BOUNDS = (*Histogram.DEFAULT_BUCKETS[:-1], inf)


class Times(Collector):
    """A histogram of what happens all the time, in one thread: added up when it is read.

    The library's own takes as long for a time as parsing a small request does.
    """

    def __init__(self, name: str, text: str, labels: tuple[str, ...]) -> None:
        self._name = name
        self._text = text
        self._labels = labels
        # How many fell below each bound, but not below the one before it, and their sum.
        self._seen: dict[tuple[str, ...], tuple[list[int], list[float]]] = {}
        REGISTRY.register(self)

    def note(self, seconds: float, *labels: str) -> None:
        """Note a time; `labels` in the order in which they were declared."""
        seen = self._seen.get(labels)
        if seen is None:
            seen = self._seen[labels] = [0] * len(_BOUNDS), [0.0]
        seen[0][bisect_left(_BOUNDS, seconds)] += 1
        seen[1][0] += seconds

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """What Prometheus is told."""
        family = HistogramMetricFamily(self._name, self._text, labels=self._labels)
        for labels, (counts, [total]) in self._seen.items():
            below = zip(_BOUNDS, accumulate(counts), strict=True)
            buckets = [("+Inf" if bound == inf else str(bound), count) for bound, count in below]
            family.add_metric(labels, buckets, total)
        yield family


REQUESTS = Times(
    "lyceum_request_seconds", "Time of an HTTP request.", ("method", "route", "status")
)
OPERATIONS = Times("lyceum_operation_seconds", "Time of a GraphQL operation.", ("type",))
SOCKETS = Gauge("lyceum_sockets", "Open GraphQL sockets.")
LIVE_SUBSCRIBERS = Gauge("lyceum_live_subscribers", "Subscriptions that are open.")
LIVE_DELIVERIES = Counter("lyceum_live_deliveries", "Events handed to subscribers.")
LIVE_EXECUTIONS = Counter("lyceum_live_executions", "Statements and executions that read events.")
LIVE_CATCH_UPS = Counter("lyceum_live_catch_ups", "Readings of what subscribers had missed.")
LIVE_ASKED = Counter("lyceum_live_asked", "Times that it was asked who may still listen.")
LISTENERS = Gauge("lyceum_listeners", "Subscribers of the hub.")
HUB_RECONNECTS = Counter("lyceum_hub_reconnects", "Times the hub lost its backend and came back.")
JOBS = Histogram("lyceum_job_seconds", "Time of a job.", ["job", "outcome"])
OUTBOX_SENT = Counter("lyceum_outbox_sent", "Outbox entries sent.", ["topic"])
