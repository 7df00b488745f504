"""Pages rendered once for all who would see the same, each reader's tokens put in; a browser that has the page is told so."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Flask, Response, current_app, g, request, session
from flask_wtf.csrf import generate_csrf

from academy.services import sessions
from academy.services.accounts import Person
from academy.services.sessions import Visit
from academy.services.site import Site
from academy.web.auth import Guard, guard_of, viewer
from academy.web.requests import current_site

_EXTENSION = "kept_pages"
_MOST_CHARACTERS, _MOST_TOKENS, _MOST_WAYS = 8_000_000, 10_000, 10_000
MESSAGES, FORM_SECRET = "_flashes", "csrf_token"
"""What Flask and Flask-WTF call messages to show once, and what form tokens sign, in the session."""
Address = tuple[str, str, str]
State = Callable[[Person | None], Hashable]
Find = Callable[[str], tuple[Visit, State] | None]
"""A session by its token, and the state by what was read along with it."""
_FORM, _SUBMISSION = (f"{name}-{secrets.token_hex(16)}" for name in ("form", "submission"))
"""What stands in a kept page for a reader's tokens; nobody can have written it into a lesson."""
_HOLES = re.compile(f"({_FORM}|{_SUBMISSION})")
_THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Page:
    """A page cut at its holes, which are every other piece, and the digest of all that is not a token."""

    pieces: tuple[str, ...]
    digest: str
    size: int

    def filled(self, form_token: str) -> str:
        """The page for the reader whose forms carry this token."""
        tokens = {_FORM: form_token, _SUBMISSION: secrets.token_hex(16)}
        return "".join([tokens[piece] if at % 2 else piece for at, piece in enumerate(self.pieces)])


@dataclass(frozen=True, slots=True)
class Way:
    """How to find again what stands at an address: who asks and what it shows, the view that answers there and who may see it."""

    find: Find
    endpoint: str
    guard: Guard


@dataclass(slots=True)
class KeptPages:
    """The pages of one library, the one used last at the end, and the ways to those addresses that have any."""

    library: object = None
    pages: OrderedDict[Hashable, Page] = field(default_factory=OrderedDict)
    ways: dict[Address, Way] = field(default_factory=dict)
    size: int = 0
    tokens: dict[str, str] = field(default_factory=dict)
    """Signed form tokens by what they sign, which is a session's secret."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def way(self, library: object, address: Address) -> Way | None:
        """The way to a page of these courses, if one is kept there for anybody."""
        return self.ways.get(address) if self.library is library else None

    def find(self, library: object, key: Hashable) -> Page | None:
        """The page, if it was made of these courses."""
        with self.lock:
            if self.library is not library:
                self.library, self.size = library, 0
                self.pages.clear()
                self.ways.clear()
            page = self.pages.get(key)
            if page is not None:
                self.pages.move_to_end(key)
            return page

    def keep(self, library: object, address: Address, way: Way, key: Hashable, page: Page) -> None:
        """Keep a page and the way to it; those not used for longest make room."""
        with self.lock:
            if self.library is not library:
                return
            if len(self.ways) >= _MOST_WAYS:
                self.ways.clear()
            self.ways[address] = way
            if key not in self.pages:
                self.pages[key] = page
                self.size += page.size
                while self.size > _MOST_CHARACTERS:
                    self.size -= self.pages.popitem(last=False)[1].size

    def form_token(self, raw: str, sign: Callable[[], str]) -> str:
        """A session's form token. Signing it anew each time would take as long as finding the page; it does not age."""
        found = self.tokens.get(raw)
        if found is None:
            found = sign()
            with self.lock:
                self.tokens[raw] = found
                if len(self.tokens) > _MOST_TOKENS:
                    del self.tokens[next(iter(self.tokens))]
        return found


def install(app: Flask) -> None:
    """Give the application a place for its pages."""
    app.extensions[_EXTENSION] = KeptPages()


def of_app(app: Flask) -> KeptPages:
    """The pages that an application keeps."""
    return cast(KeptPages, app.extensions[_EXTENSION])


def submission_token() -> str:
    """What names one act of answering on the page being rendered."""
    return _SUBMISSION if "keeping" in g else secrets.token_hex(16)


def kept_page(state: State, render: Callable[[], str], *, find: Find | None = None, with_query: bool = False) -> Response:
    """A page at this address that depends on its courses, on `state`, and on its reader only by their look and kind.

    state: all else that it shows, told for the person who asks without a request at hand. The answer is 304 where the browser
    has the very page, with forms that still work: their tokens are those of the session. A page with a message of its own is
    rendered for itself; so is one with a query, unless `with_query` says that those who may see it are few. A page is kept
    where its state is still the same once it is rendered. find: the session and the state together, where one query can.
    """
    if request.method != "GET" or (request.query_string and not with_query) or MESSAGES in session:
        return current_app.make_response(render())
    library, kept, person = current_site().courses.current, of_app(current_app), viewer()
    address, found = address_of(request.environ), state(person)
    key = page_key(address, look(person, request.cookies), found)
    page = kept.find(library, key)
    if page is None:
        page = _made(render)
        guard = guard_of(current_app.view_functions[request.endpoint or ""])
        if guard is not None and state(person) == found:
            kept.keep(library, address, Way(find or _apart(current_site(), state), request.endpoint or "", guard), key, page)
    if FORM_SECRET not in session:
        generate_csrf()
    raw = session[FORM_SECRET]
    tag = page_tag(page, raw)
    if request.if_none_match.contains_weak(tag):
        response = current_app.response_class(status=304)
    else:
        response = current_app.response_class(page.filled(kept.form_token(raw, generate_csrf)), mimetype="text/html")
    response.set_etag(tag, weak=True)
    return response


def _apart(site: Site, state: State) -> Find:
    """The session, then the state."""

    def find(token: str) -> tuple[Visit, State] | None:
        visit = sessions.find(site, token)
        return None if visit is None else (visit, state)

    return find


def address_of(environ: Mapping[str, Any]) -> Address:
    """What names the page that a request asks for: path and query."""
    return environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")


def look(person: Person | None, cookies: Mapping[str, str]) -> Hashable:
    """What a page shows of its reader: the theme chosen, here or in the account, and what kinds of user they are."""
    cookie = cookies.get("theme", "")
    theme = cookie if cookie in _THEMES else ""
    return (theme, person.theme, person.roles) if person else (theme,)


def page_key(address: Address, reader: Hashable, state: Hashable) -> Hashable:
    """What names a kept page among those of its courses."""
    return address, reader, state


def page_tag(page: Page, raw: str) -> str:
    """An entity tag: another page or another session's tokens make another. raw: the secret that the session's tokens sign."""
    return hashlib.sha256(f"{page.digest}/{raw}".encode()).hexdigest()[:24]


def _made(render: Callable[[], str]) -> Page:
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
    return Page(pieces, hashlib.sha256(whole.encode()).hexdigest(), len(text))
