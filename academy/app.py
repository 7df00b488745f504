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
from academy.services.site import Site, open_site
from academy.web import account, admin, auth, author, errors, health, learn, lessons, programs, quizzes, rendering
from academy.web.assets import build_assets
from academy.web.requests import EXTENSION, current_language, preferred_language

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LARGEST_FORM = 256 * 1024


def create_app(settings: Settings | None = None, site: Site | None = None) -> Flask:
    """The web application. Tests hand in their own site, and with it a clock and a database."""
    settings = settings or read_settings()
    site = site or open_site(settings)
    app = Flask(__name__, static_folder=None, template_folder=str(ROOT / "academy/templates"))
    app.config.update(
        SECRET_KEY=settings.secret or kept_secret(settings.data),
        LANGUAGES=settings.languages,
        BRAND=settings.brand,
        DEMO=settings.demo,
        SIGN_UP_OPEN=settings.sign_up_open,
        HTTPS=settings.https,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        SESSION_COOKIE_NAME="academy",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "academy/i18n"),
        BABEL_DEFAULT_LOCALE="en",
        COMPRESS_MIMETYPES=["text/html", "text/csv", "application/json", "image/svg+xml"],
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=4,
        COMPRESS_MIN_SIZE=500,
    )
    app.extensions[EXTENSION] = site
    registry.sync(site)
    _serve_assets(app, settings.data)
    Babel(app, locale_selector=current_language)
    CSRFProtect(app)
    Compress(app)
    auth.install(app)
    rendering.install(app)
    errors.install(app)
    _set_headers(app)
    _add_pages(app)
    return app


def _serve_assets(app: Flask, data: Path) -> None:
    target = data / "assets"
    app.config["ASSETS"] = build_assets(ROOT / "static", target)
    files = WhiteNoise(app.wsgi_app, max_age=None, immutable_file_test=lambda _path, _url: True)
    files.add_files(str(target), prefix="static/")
    app.wsgi_app = ProxyFix(files) if app.config["HTTPS"] else files  # type: ignore[method-assign]  # Flask documents this


def _set_headers(app: Flask) -> None:
    @app.after_request
    def _headers(response):  # type: ignore[no-untyped-def]  # Flask's decorator loses the type
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if app.config["HTTPS"]:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response


def _add_pages(app: Flask) -> None:
    codes = ",".join(app.config["LANGUAGES"])
    for module in (learn, lessons, quizzes, account, admin, author, programs):
        app.register_blueprint(module.bp, url_prefix=f"/<any({codes}):language>{module.PREFIX}")
    app.register_blueprint(health.bp)

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
        if request.endpoint and not request.endpoint.startswith("health."):
            registry.refresh(app.extensions[EXTENSION])
