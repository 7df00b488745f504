"""For machines that watch the product: is the process alive, is it ready to answer, what did it do."""

from __future__ import annotations

import ipaddress
import secrets
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from academy.services import registry
from academy.web import metrics
from academy.web.auth import public
from academy.web.requests import current_site

bp = Blueprint("health", __name__)
_OF_PROXIES = frozenset({"via", "forwarded", "x-real-ip"})
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@bp.get("/healthz")
@public
def show_health() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def show_readiness() -> ResponseReturnValue:
    """Part by part: the database answers, its schema is this release's, there is a course to show."""
    parts = registry.readiness(current_site())
    ready = all(parts.values())
    said = {part: "unknown" if holds is None else "ok" if holds else "failed" for part, holds in parts.items()}
    return jsonify(status="ok" if ready else "unready", parts=said), 200 if ready else 503


@bp.get("/metrics")
@public
def show_metrics() -> ResponseReturnValue:
    """Counters for Prometheus: for whoever brings the token, or, where none is set, from this very machine."""
    if not _may_read_metrics():
        abort(404)
    return metrics.page(), 200, {"Content-Type": metrics.CONTENT_TYPE, "Cache-Control": "no-store"}


def _may_read_metrics() -> bool:
    token = current_app.config["METRICS_TOKEN"]
    if token:
        return secrets.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    forwarded = any(name.lower().startswith("x-forwarded") or name.lower() in _OF_PROXIES for name, _value in request.headers)
    return not forwarded and urlsplit(f"//{request.host}").hostname in _THIS_MACHINE and _is_loopback(request.remote_addr or "")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
