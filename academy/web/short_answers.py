"""Answers in an attempt recorded before Flask sets to work: the same cookie, session row, guard, form token and rules as its way."""

from __future__ import annotations

import hmac
import io
import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from flask_wtf.csrf import same_origin
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wsgi import get_host

from academy.services import assess, sessions
from academy.web.auth import TOKEN, guard_of
from academy.web.kept_pages import FORM_SECRET
from academy.web.short_visits import Answered, Environ, ShortVisits

_ENDPOINT = "quizzes.submit_item"
_ADDRESS = re.compile(r"/([a-z]{2})/attempts/([1-9][0-9]{0,8})/([a-z0-9-]+)")
_FORM = "application/x-www-form-urlencoded"
_LONGEST = 16_384
"""Bytes of a form; what is longer is left unread."""
_MOST_TOKENS, _LONGEST_TOKEN = 10_000, 200
_FIELDS = {"csrf_token", "answer"}
"""All that a form says which wants an answer graded, and nothing else."""
Form = Mapping[str, Sequence[str]]


class ShortAnswers:
    """POSTs of an answer to a quiz's question, by learners who are signed in."""

    def __init__(self, visits: ShortVisits) -> None:
        self._visits = visits
        config = visits.app.config
        assert config["WTF_CSRF_TIME_LIMIT"] is None, "a token that was verified stays so, for none ages"
        self._tokens = URLSafeTimedSerializer(config["SECRET_KEY"], salt="wtf-csrf-token")  # as Flask-WTF makes them
        self._verified: dict[str, str] = {}
        """The last token that was verified, by the secret that it signs: a session's answers nearly all bring the same."""

    def answer(self, environ: Environ) -> Answered | None:
        """Record an answer and send its learner to the page that explains it; None where the application must see to it."""
        address = _ADDRESS.fullmatch(environ["PATH_INFO"])
        if address is None or environ.get("QUERY_STRING") or environ.get("SCRIPT_NAME"):
            return None
        visits = self._visits
        held = visits.held(visits.cookies(environ))
        form = _form(environ) if held else None
        if held is None or form is None or not self._is_ours(environ, form, held[FORM_SECRET]):
            return None
        site, guard = visits.site(), guard_of(visits.app.view_functions[_ENDPOINT])
        language, number, item_id = address.groups()
        if language not in visits.app.config["LANGUAGES"]:
            return None
        visit, read = sessions.find_with_attempt(site, held[TOKEN], int(number), item_id) or (None, None)
        if guard is None or visit is None or read is None or not visits.may_see(visit, guard):
            return None
        seen, before = read
        if not assess.answer_as_sent(site, visit.person.id, int(number), item_id, language, form, seen, before):
            return None
        there = ("Location", environ["PATH_INFO"])
        return visits.answered(environ, _ENDPOINT, 303, [there, ("Content-Length", "0")])

    def _is_ours(self, environ: Environ, form: Form, secret: str) -> bool:
        """Whether a page of ours, shown in this session, sent the form: what Flask-WTF asks."""
        if not self._is_signed(form["csrf_token"][0], secret):
            return False
        return environ["wsgi.url_scheme"] != "https" or bool(same_origin(environ.get("HTTP_REFERER", ""), f"https://{get_host(environ)}/"))

    def _is_signed(self, token: str, secret: str) -> bool:
        """Whether we signed the session's secret with this token."""
        verified = self._verified.get(secret)
        if verified is not None and hmac.compare_digest(verified.encode(), token.encode()):
            return True
        try:
            signed = self._tokens.loads(token)
        except BadData:
            return False
        if not hmac.compare_digest(secret, signed):
            return False
        if len(token) <= _LONGEST_TOKEN:  # what Base64 passes over can make any token long
            if len(self._verified) >= _MOST_TOKENS:
                self._verified.clear()
            self._verified[secret] = token
        return True


def _form(environ: Environ) -> Form | None:
    """The fields of a short, plain form that holds an answer and nothing else; None for all others. The application can read it again."""
    length = environ.get("CONTENT_LENGTH") or ""
    if environ.get("CONTENT_TYPE") != _FORM or not length.isdecimal() or int(length) > _LONGEST:
        return None
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    if len(body) < int(length):  # it broke off
        return None
    try:
        form = parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        return None
    return form if form.keys() == _FIELDS else None
