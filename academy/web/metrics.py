"""Counters of what the product answers, for Prometheus: those of all workers together, none of them about a person."""

from __future__ import annotations

import functools
import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which workers share their counters; `academy serve` sets it."""
CONTENT_TYPE = CONTENT_TYPE_LATEST
ANSWERS = frozenset({"quizzes.submit_item", "lessons.submit_check", "placement.submit_answer", "review.submit_answer"})

_requests = Counter("academy_requests", "Requests answered.", ["endpoint", "method", "status"])
_seconds = Histogram(
    "academy_request_seconds", "How long an answer took.", ["endpoint"], buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
)
_answers = Counter("academy_answers", "Learners' answers acknowledged; one sent twice counts twice here.", ["endpoint"])
_errors = Counter("academy_errors", "Requests that failed on our side.", ["kind"])


def count(endpoint: str, method: str, status: int, seconds: float) -> None:
    """Count one request. endpoint: "none" where the address leads nowhere."""
    request, took, answer = _counters(endpoint, method if method in _METHODS else "other", status)
    request.inc()
    took.observe(seconds)
    if answer is not None:
        answer.inc()


@functools.lru_cache(4096)
def _counters(endpoint: str, method: str, status: int) -> tuple[Counter, Histogram, Counter | None]:
    """What a request counts in: to find them by their labels takes longer than to count."""
    answered = endpoint in ANSWERS and method == "POST" and status == 303
    answer = _answers.labels(endpoint) if answered else None
    return _requests.labels(endpoint, method, str(status)), _seconds.labels(endpoint), answer


def count_error(kind: str) -> None:
    """Count a request that failed. kind: the error's class, or what is out of order."""
    _errors.labels(kind).inc()


def page() -> bytes:
    """All counters in Prometheus' text format."""
    if FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # it publishes no type
    return generate_latest(registry)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
