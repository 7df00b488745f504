"""Kept pages answered before Flask sets to work: the same cookie, session row, guard and state as its way, and nothing besides."""

from __future__ import annotations

import functools
import gzip
from collections.abc import Callable

import brotli
from werkzeug.http import parse_accept_header, parse_etags, quote_etag

from academy.web.auth import TOKEN
from academy.web.kept_pages import FORM_SECRET, MESSAGES, Page, address_of, look, of_app, page_key, page_tag
from academy.web.short_visits import Answered, Environ, ShortVisits

_TYPE = ("Content-Type", "text/html; charset=utf-8")
_CODINGS = ("br", "gzip")


class ShortPages:
    """GETs of pages that an application keeps, by people who are signed in. Most requests of a course are for a lesson that somebody
    has read before."""

    def __init__(self, visits: ShortVisits) -> None:
        self._visits = visits
        config = visits.app.config
        self._compress: dict[str, Callable[[bytes], bytes]] = {
            "br": functools.partial(brotli.compress, quality=config["COMPRESS_BR_LEVEL"]),
            "gzip": functools.partial(gzip.compress, compresslevel=config["COMPRESS_LEVEL"], mtime=0),
        }

    def answer(self, environ: Environ) -> Answered | None:
        """The page, or that the browser has it; None where this is none of those, or a message is to be shown."""
        visits = self._visits
        site, kept = visits.site(), of_app(visits.app)
        library, address = site.courses.current, address_of(environ)
        way = kept.way(library, address)
        if way is None:
            return None
        cookies = visits.cookies(environ)
        held = visits.held(cookies)
        found = way.find(held[TOKEN]) if held and MESSAGES not in held else None
        if held is None or found is None:
            return None
        visit, state = found
        if not visits.may_see(visit, way.guard):
            return None
        page = kept.find(library, page_key(address, look(visit.person, cookies), state(visit.person)))
        token = kept.tokens.get(held[FORM_SECRET])
        if page is None or token is None:
            return None
        tag = page_tag(page, held[FORM_SECRET])
        named = ("ETag", quote_etag(tag, weak=True))
        if _has(environ.get("HTTP_IF_NONE_MATCH", ""), tag):
            return visits.answered(environ, way.endpoint, 304, [named])
        headers, body = self._coded(environ, page, token)
        return visits.answered(environ, way.endpoint, 200, [named, *headers], body)

    def _coded(self, environ: Environ, page: Page, token: str) -> tuple[list[tuple[str, str]], bytes]:
        """The page as the browser takes it."""
        body = page.filled(token).encode()
        coding = _coding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        if not coding:
            return [_TYPE, ("Content-Length", str(len(body)))], body
        body = self._compress[coding](body)
        return [_TYPE, ("Content-Encoding", coding), ("Content-Length", str(len(body)))], body


def _has(known: str, tag: str) -> bool:
    """Whether a browser's list of entity tags names this one."""
    return bool(known) and parse_etags(known).contains_weak(tag)


@functools.lru_cache(64)
def _coding(accepted: str) -> str:
    """The first of our content codings that a browser takes."""
    known = parse_accept_header(accepted)
    return next((coding for coding in _CODINGS if known.quality(coding) > 0), "")
