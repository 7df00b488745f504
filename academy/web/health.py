"""For machines that watch the product: is the process alive, is it ready to answer."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from academy.services import registry
from academy.web.auth import public
from academy.web.requests import current_site

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def show_health() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def show_readiness() -> ResponseReturnValue:
    """The database answers with the right schema and there is a course to show."""
    try:
        faults = registry.faults(current_site())
    except SQLAlchemyError:
        faults = ["database"]
    return jsonify(status="unready" if faults else "ok", faults=faults), 503 if faults else 200
