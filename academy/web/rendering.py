"""What every template may use: assets, names in the reader's language, numbers, dates and rendered Markdown."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, date, datetime

from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Flask, current_app, g, request, url_for
from markupsafe import Markup

from academy.core.content.render import render
from academy.web.auth import viewer
from academy.web.requests import current_language

# Mexican Spanish writes 1,234.5, as English does; Babel's plain "es" would write 1.234,5.
_LOCALES = {"es": "es_MX", "en": "en_US"}
_OTHER = {"es": "en", "en": "es"}
_NAMES = {"es": "Español", "en": "English"}


def install(app: Flask) -> None:
    """Give templates their helpers."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        asset=asset,
        viewer=viewer,
        acts_as=acts_as,
        name_of=name_of,
        language=current_language,
        other_language=other_language,
        number=number,
        percent=percent,
        day=day,
        clock=clock,
        markdown=markdown,
        inline_markdown=inline_markdown,
        brand=app.config["BRAND"],
        demo=app.config["DEMO"],
    )


def asset(name: str) -> str:
    """Address of a static file, fingerprinted."""
    published: Mapping[str, str] = current_app.config["ASSETS"]
    return f"/static/{published[name]}"


def acts_as(*roles: str) -> bool:
    """Whether the person signed in may act as one of these kinds of user."""
    person = viewer()
    return person is not None and not person.roles.isdisjoint(roles)


def name_of(names: Mapping[str, str]) -> str:
    """The name in the reader's language, else in any language."""
    return names.get(current_language()) or next(iter(names.values()), "")


def other_language() -> dict[str, str] | None:
    """Code, own name and address of this page in the other language; None where the page has only one."""
    code = _OTHER[current_language()]
    if code not in current_app.config["LANGUAGES"]:
        return None
    endpoint, values = g.get("page") or (request.endpoint, dict(request.view_args or {}))
    shown = request.method == "GET" or "page" in g
    if endpoint is None or not shown or not current_app.url_map.is_endpoint_expecting(endpoint, "language"):
        endpoint, values = "learn.show_home", {}
    query = f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string and endpoint == request.endpoint else ""
    return {"code": code, "name": _NAMES[code], "url": url_for(endpoint, language=code, **values) + query}


def number(value: float, digits: int = 0) -> str:
    """A number as Mexico and the United States write it: 1,234.5."""
    return _number(value, digits, _LOCALES[current_language()])


@functools.lru_cache(maxsize=10_000)
def _number(value: float, digits: int, locale: str) -> str:
    """A page of the gap writes hundreds of numbers, most of which another has written before."""
    return format_decimal(round(value, digits), format=f"#,##0.{'0' * digits}" if digits else "#,##0", locale=locale)


def percent(share: float, digits: int = 0) -> str:
    """A share in [0, 1] as a percentage: «80 %» in Spanish, "80%" in English."""
    return f"{share * 100:.{digits}f}" + ("\N{NO-BREAK SPACE}%" if current_language() == "es" else "%")


def day(moment: date | datetime | str) -> str:
    """A date, or one written as 2026-10-31, in words: «31 de octubre de 2026», "31 October 2026"."""
    moment = date.fromisoformat(moment) if isinstance(moment, str) else moment
    pattern = "d 'de' MMMM 'de' y" if current_language() == "es" else "d MMMM y"
    return format_date(moment, format=pattern, locale=_LOCALES[current_language()])


def clock(moment: datetime) -> Markup:
    """The time of day of a moment, in UTC; scripts write it in the time of the reader's device."""
    iso = moment.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{:%H:%M} UTC</time>').format(iso, moment.astimezone(UTC))


def markdown(text: str, base_url: str = "") -> Markup:
    """An author's Markdown as sanitised HTML."""
    return Markup(render(text, base_url=base_url, icons=asset("icons.svg")))  # noqa: S704  # sanitised by render


def inline_markdown(text: str) -> Markup:
    """An author's line of Markdown as sanitised inline HTML."""
    return Markup(render(text, inline=True))  # noqa: S704  # sanitised by render
