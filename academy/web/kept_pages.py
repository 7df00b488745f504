"""Pages rendered once for all who would see the same, each reader's tokens put in; a browser that has the page is told so."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from flask import Flask, Response, current_app, g, request, session
from flask_wtf.csrf import generate_csrf

from academy.web.auth import viewer
from academy.web.requests import current_site

_EXTENSION = "kept_pages"
_MOST_CHARACTERS, _MOST_TOKENS = 8_000_000, 10_000
_FORM, _SUBMISSION = (f"{name}-{secrets.token_hex(16)}" for name in ("form", "submission"))
"""What stands in a kept page for a reader's tokens; nobody can have written it into a lesson."""
_HOLES = re.compile(f"({_FORM}|{_SUBMISSION})")
_THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class _Page:
    """A page cut at its holes, which are every other piece, and the digest of all that is not a token."""

    pieces: tuple[str, ...]
    digest: str
    size: int

    def filled(self) -> str:
        """The page for this reader."""
        tokens = {_FORM: _form_token(), _SUBMISSION: secrets.token_hex(16)}
        return "".join([tokens[piece] if at % 2 else piece for at, piece in enumerate(self.pieces)])


@dataclass(slots=True)
class _Kept:
    """The pages of one library, the one used last at the end."""

    library: object = None
    pages: OrderedDict[Hashable, _Page] = field(default_factory=OrderedDict)
    size: int = 0
    tokens: dict[str, str] = field(default_factory=dict)
    """Signed form tokens by what they sign, which is a session's secret."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, library: object, key: Hashable) -> _Page | None:
        """The page, if it was made of these courses."""
        with self.lock:
            if self.library is not library:
                self.library, self.size = library, 0
                self.pages.clear()
            page = self.pages.get(key)
            if page is not None:
                self.pages.move_to_end(key)
            return page

    def keep(self, library: object, key: Hashable, page: _Page) -> None:
        """Keep a page; those not used for longest make room."""
        with self.lock:
            if self.library is library and key not in self.pages:
                self.pages[key] = page
                self.size += page.size
                while self.size > _MOST_CHARACTERS:
                    self.size -= self.pages.popitem(last=False)[1].size


def install(app: Flask) -> None:
    """Give the application a place for its pages."""
    app.extensions[_EXTENSION] = _Kept()


def submission_token() -> str:
    """What names one act of answering on the page being rendered."""
    return _SUBMISSION if "keeping" in g else secrets.token_hex(16)


def kept_page(key: Hashable, render: Callable[[], str], *, with_query: bool = False, still: Callable[[], bool] = lambda: True) -> Response:
    """A page at this address that depends on its courses, on `key`, and on its reader only by their look and kind.

    key: all else that it shows. The answer is 304 where the browser has the very page, with forms that still work: their
    tokens are those of the session. A page with a message of its own is rendered for itself; so is one with a query, unless
    `with_query` says that those who may see it are few. A page is kept where `still` says, once it is rendered, that `key` is
    what it shows.
    """
    if request.method != "GET" or (request.query_string and not with_query) or "_flashes" in session:
        return current_app.make_response(render())
    library, kept = current_site().courses.current, current_app.extensions[_EXTENSION]
    whole = (request.full_path, _look(), key)
    page: _Page | None = kept.find(library, whole)
    if page is None:
        page = _made(render)
        if still():
            kept.keep(library, whole, page)
    tag = _tag(page)
    if request.if_none_match.contains_weak(tag):
        response = current_app.response_class(status=304)
    else:
        response = current_app.response_class(page.filled(), mimetype="text/html")
    response.set_etag(tag, weak=True)
    return response


def _form_token() -> str:
    """The form token of this session. Signing it anew each time would take as long as finding the page; it does not age."""
    kept: _Kept = current_app.extensions[_EXTENSION]
    raw = session["csrf_token"]
    found = kept.tokens.get(raw)
    if found is None:
        found = generate_csrf()
        with kept.lock:
            kept.tokens[raw] = found
            if len(kept.tokens) > _MOST_TOKENS:
                del kept.tokens[next(iter(kept.tokens))]
    return found


def _look() -> Hashable:
    """What a page shows of its reader: the theme chosen, here or in the account, and what kinds of user they are."""
    person, cookie = viewer(), request.cookies.get("theme", "")
    theme = cookie if cookie in _THEMES else ""
    return (theme, person.theme, person.roles) if person else (theme,)


def _tag(page: _Page) -> str:
    """An entity tag: another page or another session's tokens make another."""
    if "csrf_token" not in session:
        generate_csrf()
    return hashlib.sha256(f"{page.digest}/{session['csrf_token']}".encode()).hexdigest()[:24]


def _made(render: Callable[[], str]) -> _Page:
    """The page with marks where the tokens of its forms belong."""
    own = g.pop("csrf_token", None)
    g.csrf_token, g.keeping = _FORM, True  # where Flask-WTF looks for a token that was made before
    try:
        text = render()
    finally:
        g.pop("keeping")
        g.pop("csrf_token")
        if own is not None:
            g.csrf_token = own
    pieces = tuple(_HOLES.split(text))
    whole = "\0".join(pieces[::2])
    return _Page(pieces, hashlib.sha256(whole.encode()).hexdigest(), len(text))
