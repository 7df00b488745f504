"""A crawler over every page and form, as every kind of user, with hostile input: no 5xx, no stack trace, nothing reflected as markup."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from flask import Flask, request
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from academy.services import assess
from academy.services.accounts import Person
from academy.services.site import Site
from tests.conftest import add_person, client_of, make_app
from tests.publications import publish

MARK = "zq7"
MARKUP = f"""<script>{MARK}()</script>"><img src=x onerror={MARK}()>'; DROP TABLE account;--{{{{7*7}}}}../../../etc/passwd\r\nX-{MARK}: 1"""
PAYLOADS = (MARKUP.encode(), b"\x00\xff\xfe", b"9" * 40, "A\u202e\U0001f600".encode() * 3000)
REFLECTED = re.compile(rf"<script>{MARK}|<img src=x onerror={MARK}|=\s*['\"]?javascript:", re.IGNORECASE)
READ = ("text/html", "text/csv", "application/json")
ROLES = ("learner", "educator", "manager", "admin")
PAGES_OF_ENDPOINT = 2
"""Pages with other values in their address look alike."""


@dataclass
class Form:
    """A form of a page: where it leads and what it would send."""

    action: str
    method: str
    uploads: bool
    fields: list[tuple[str, str]] = field(default_factory=list)


class Reader(HTMLParser):
    """A page's links and forms."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._page = page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(urljoin(self._page, given.get("href", "")))
        elif tag == "form":
            action = urljoin(self._page, given.get("action") or self._page)
            self.forms.append(Form(action, given.get("method", "get").lower(), "multipart" in given.get("enctype", "")))
        elif tag in ("input", "select", "textarea", "button") and given.get("name") and self.forms:
            self.forms[-1].fields.append((given["name"], given.get("value", "")))


class Crawler:
    """Walks as one person; every answer is looked at."""

    def __init__(self, app: Flask, person: Person, attacked: set[tuple[str, str, str]]) -> None:
        """attacked: fields of forms that were tried already, perhaps as somebody else; those tried here are added."""
        self.app, self.person, self.attacked = app, person, attacked
        self.seen: set[str] = set()
        self.walked: Counter[str] = Counter()
        self.faults: list[str] = []
        self._client = client_of(app, person)

    def walk(self, starts: list[str]) -> None:
        """Every page that can be reached, each form of each attacked field by field."""
        waiting = list(starts)
        while waiting:
            address = waiting.pop()
            endpoint = self._endpoint(address, "GET")
            bare = address.partition("#")[0]
            if endpoint is None or bare in self.seen or self.walked[endpoint] >= PAGES_OF_ENDPOINT:
                continue
            self.seen.add(bare)
            self.walked[endpoint] += 1
            found = self._look(self._client.get(bare), f"GET {bare}")
            if found.status_code in (301, 302, 303):
                waiting.append(urljoin(bare, found.headers["Location"]))
            if found.mimetype != "text/html":
                continue
            page = Reader(bare)
            page.feed(found.text)
            waiting += page.links
            for form in page.forms:
                self.attack(form)

    def attack(self, form: Form) -> None:
        """Every field of a form in turn, every payload in turn, the others as they stand."""
        endpoint = self._endpoint(form.action, form.method.upper())
        if endpoint is None:
            return
        for name in dict.fromkeys(name for name, _ in form.fields if name != "csrf_token"):
            if (endpoint, form.method, name) in self.attacked:
                continue
            self.attacked.add((endpoint, form.method, name))
            for payload in PAYLOADS:
                self._send(form, name, payload)

    def _send(self, form: Form, name: str, payload: bytes) -> None:
        fields = [(other, value.encode()) for other, value in form.fields if other not in (name, "csrf_token")]
        what = f"{form.method.upper()} {form.action} {name}={payload[:12]!r}"
        if form.uploads:
            sent: dict[str, Any] = {other: value.decode() for other, value in fields}
            sent[name] = (io.BytesIO(payload), MARKUP.replace("\r\n", ""))
            self._answered(self._client.post(form.action, data=sent, content_type="multipart/form-data"), what)
            return
        body = "&".join(f"{quote(other)}={quote(value)}" for other, value in [*fields, (name, payload)])
        if form.method == "post":
            self._answered(self._client.post(form.action, data=body, content_type="application/x-www-form-urlencoded"), what)
        else:
            self._answered(self._client.get(f"{urlsplit(form.action).path}?{body}"), what)

    def _answered(self, found: TestResponse, what: str) -> None:
        self._look(found, what)
        if found.status_code in (302, 303) and self._client.get("/en/account").status_code != 200:
            self._client = client_of(self.app, self.person)  # an attack signed them out

    def _look(self, found: TestResponse, what: str) -> TestResponse:
        text = found.get_data().decode(errors="replace") if found.mimetype in READ else ""
        if found.status_code >= 500:
            self.faults.append(f"{found.status_code} {what}")
        if "Traceback (most recent call last)" in text:
            self.faults.append(f"stack trace: {what}")
        if found.mimetype == "text/html" and REFLECTED.search(text):
            self.faults.append(f"reflected: {what}")
        if any(header.lower().startswith(f"x-{MARK}") for header, _ in found.headers):
            self.faults.append(f"header injected: {what}")
        if urlsplit(urljoin("http://localhost/", found.headers.get("Location", ""))).netloc != "localhost":
            self.faults.append(f"redirected elsewhere: {what}")
        return found

    def _endpoint(self, address: str, method: str) -> str | None:
        parts = urlsplit(address)
        if parts.netloc not in ("", "localhost") or parts.scheme not in ("", "http"):
            return None
        try:
            endpoint, _values = self.app.url_map.bind("localhost").match(parts.path, method=method)
        except (HTTPException, ValueError):  # a redirect of the map is one, too
            return None
        return str(endpoint)


def starts(app: Flask) -> Iterator[str]:
    """Every page that needs nothing in its address but the language."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.arguments <= {"language"} and "GET" in (rule.methods or ()):
                yield str(app.url_map.bind("localhost").build(rule.endpoint, {"language": "en"} if rule.arguments else {}))


def test_hostile_input_is_met_calmly_everywhere(light_site: Site, tmp_path: Path) -> None:
    app = make_app(light_site, tmp_path)
    app.testing = False  # as in production: an error is a page
    people = {role: add_person(light_site, role, role) for role in ROLES}
    publish(light_site)
    module = light_site.courses.current.courses["ai-threats"].modules[0]
    assess.start_attempt(light_site, people["learner"].id, "ai-threats", module.id, module.quizzes["en"])
    attacked: set[tuple[str, str, str]] = set()
    for role, person in people.items():
        before, crawler = len(attacked), Crawler(app, person, attacked)
        crawler.walk(list(starts(app)))
        assert crawler.faults == [], role
        assert len(crawler.walked) >= 20, role
        assert len(attacked) > before, f"a {role} has forms of their own"


def test_the_crawler_finds_what_it_looks_for(light_site: Site, tmp_path: Path) -> None:
    app = make_app(light_site, tmp_path)
    app.testing = False

    @app.get("/faulty")
    def faulty() -> str:
        if len(request.args.get("q", "")) > 1000:
            raise RuntimeError("too much")
        return f'<form action="/faulty"><input name="q" value="1"></form>{request.args.get("q", "")}'

    crawler = Crawler(app, add_person(light_site, "lena", "learner"), set())
    crawler.walk(["/faulty"])
    assert {fault.split()[0] for fault in crawler.faults} == {"reflected:", "500"}
