"""What Prometheus reads at `/metrics`."""

from functools import cache

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram(
    "lyceum_request_seconds", "Time of an HTTP request.", ["method", "route", "status"]
)
OPERATIONS = Histogram("lyceum_operation_seconds", "Time of a GraphQL operation.", ["type"])
SOCKETS = Gauge("lyceum_sockets", "Open GraphQL sockets.")
LISTENERS = Gauge("lyceum_listeners", "Subscribers of the hub.")
HUB_RECONNECTS = Counter("lyceum_hub_reconnects", "Times the hub lost its backend and came back.")
JOBS = Histogram("lyceum_job_seconds", "Time of a job.", ["job", "outcome"])
OUTBOX_SENT = Counter("lyceum_outbox_sent", "Outbox entries sent.", ["topic"])


@cache
def _child(histogram: Histogram, labels: tuple[str, ...]) -> Histogram:
    return histogram.labels(*labels)


def observe(histogram: Histogram, seconds: float, *labels: str) -> None:
    """Note a time under labels of which there are few: finding them takes longer than noting."""
    _child(histogram, labels).observe(seconds)
