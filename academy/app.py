"""Settings turned into a running web application."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_locale
from flask_compress import Compress
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from academy.config import ROOT, Settings, kept_secret, read_settings
from academy.services import registry
from academy.services.openid import Provider
from academy.services.site import Site, open_site
from academy.web import (
    account,
    admin,
    answers,
    audit,
    auth,
    author,
    border,
    brief,
    cohort_invitations,
    cohort_people,
    cohorts,
    compare,
    desk,
    errors,
    fairness,
    forecasts,
    funnels,
    gap_exports,
    groups,
    health,
    kept_pages,
    learn,
    ledger,
    lessons,
    lookup,
    openid,
    overview,
    own_demand,
    placement,
    privacy,
    programs,
    questions,
    quizzes,
    rendering,
    report_queue,
    reports,
    request_log,
    review,
    saved_views,
    scenarios,
    security,
    sign_up,
    skill_gaps,
)
from academy.web.assets import build_assets
from academy.web.cookies import Cookies
from academy.web.late_rules import LateRule
from academy.web.requests import EXTENSION, current_language, preferred_language
from academy.web.short_way import ShortWay

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PERMISSIONS_POLICY = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}
"""What every answer carries, unless its page says otherwise."""
LARGEST_FORM = 256 * 1024


def create_app(settings: Settings | None = None, site: Site | None = None) -> Flask:
    """The web application. Tests hand in their own site, and with it a clock and a database."""
    settings = settings or read_settings()
    site, headers = site or open_site(settings), _headers(settings)
    app = Flask(__name__, static_folder=None, template_folder=str(ROOT / "academy/templates"))
    app.url_rule_class = LateRule
    app.config.update(
        SECRET_KEY=settings.secret or kept_secret(settings.data),
        LANGUAGES=settings.languages,
        BRAND=settings.brand,
        DEMO=settings.demo,
        SECOND_FACTOR_REQUIRED=settings.second_factor_required,
        OPERATOR=settings.operator,
        OPENID=_openid(settings),
        SIGN_UP_OPEN=settings.sign_up_open,
        HTTPS=settings.https,
        METRICS_TOKEN=settings.metrics_token,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        SESSION_COOKIE_NAME="__Host-academy" if settings.https else "academy",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "academy/i18n"),
        BABEL_DEFAULT_LOCALE="en",
        COMPRESS_MIMETYPES=["text/html", "text/csv", "application/json", "image/svg+xml"],
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=4,
        COMPRESS_LEVEL=6,
        COMPRESS_MIN_SIZE=500,
    )
    app.extensions[EXTENSION] = site
    app.session_interface = Cookies()
    request_log.install(app, settings.log)
    registry.sync(site)
    _serve_assets(app, settings.data, headers)
    Babel(app, locale_selector=current_language)
    CSRFProtect(app)
    Compress(app)
    auth.install(app)
    rendering.install(app)
    kept_pages.install(app)
    errors.install(app)
    _set_headers(app, headers)
    _add_pages(app)
    return app


def _openid(settings: Settings) -> Provider | None:
    if not settings.openid_issuer:
        return None
    back = f"{settings.url}/openid/return"
    return Provider(settings.openid_issuer, settings.openid_client, settings.openid_secret, back, settings.openid_name)


def _serve_assets(app: Flask, data: Path, headers: dict[str, str]) -> None:
    target = data / "assets"
    app.config["ASSETS"] = build_assets(ROOT / "static", target)
    files = WhiteNoise(ShortWay(app, app.wsgi_app, headers), max_age=None, immutable_file_test=lambda _path, _url: True)
    files.add_files(str(target), prefix="static/")
    app.wsgi_app = ProxyFix(files) if app.config["HTTPS"] else files  # type: ignore[method-assign]  # Flask documents this


def _headers(settings: Settings) -> dict[str, str]:
    return HEADERS | ({"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if settings.https else {})


def _set_headers(app: Flask, headers: dict[str, str]) -> None:
    wanted = [(name.lower(), name, value) for name, value in headers.items()]

    @app.after_request
    def _add(response):  # type: ignore[no-untyped-def]  # Flask's decorator loses the type
        present = {name.lower() for name, _ in response.headers}
        for key, name, value in wanted:
            if key not in present:
                response.headers.add(name, value)
        return response


def _add_pages(app: Flask) -> None:
    codes = ",".join(app.config["LANGUAGES"])
    learning = (learn, lessons, quizzes, lookup, placement, review, reports, groups, account, sign_up, security, privacy)
    gap_pages = (
        programs,
        forecasts,
        gap_exports,
        ledger,
        scenarios,
        own_demand,
        border,
        skill_gaps,
        brief,
        overview,
        funnels,
        compare,
        fairness,
        saved_views,
    )
    managing = (admin, audit, author, questions, answers, report_queue, desk, *gap_pages)
    teaching = (cohorts, cohort_invitations, cohort_people)
    for module in (*learning, *managing, *teaching):
        app.register_blueprint(module.bp, url_prefix=f"/<any({codes}):language>{module.PREFIX}")
    app.register_blueprint(health.bp)
    app.register_blueprint(openid.bp)

    @app.url_value_preprocessor
    def _take_language(_endpoint: str | None, values: dict[str, str] | None) -> None:
        g.language = (values or {}).pop("language", None) or preferred_language()

    @app.url_defaults
    def _give_language(endpoint: str, values: dict[str, str]) -> None:
        if app.url_map.is_endpoint_expecting(endpoint, "language"):
            values.setdefault("language", g.get("language") or str(get_locale() or "es"))

    @app.get("/")
    @auth.public
    def show_front() -> ResponseReturnValue:
        """Send a visitor to the language of their account or browser."""
        person = auth.viewer()
        language = person.language if person and person.language in app.config["LANGUAGES"] else preferred_language()
        response = redirect(url_for("learn.show_home", language=language), code=302)
        response.headers["Vary"] = "Accept-Language, Cookie"
        return response

    @app.before_request
    def _refresh_courses() -> None:
        if request.endpoint and not request.endpoint.startswith(("health.", "static")):
            registry.refresh(app.extensions[EXTENSION])
