"""The forms of accounts: shown, shown again with what is wrong, and read."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.services import form_errors, passwords
from academy.services.form_errors import FormError
from academy.web.requests import current_language, local_path


def messages_of(error: FormError | None) -> dict[str, str]:
    """What is wrong with a form, by field, in the reader's language."""
    return {field: form_errors.explain(code, _) for field, code in error.errors.items()} if error else {}


def form_page(template: str, error: FormError | None = None, **values: object) -> ResponseReturnValue:
    """A form, after an error with what was typed; passwords are never sent back."""
    typed = {field: request.form.get(field, "") for field in ("email", "name")}
    page = render_template(
        template, errors=messages_of(error), typed=typed, shortest=passwords.SHORTEST_PASSWORD, wanted=wanted_path(), **values
    )
    return page, 422 if error else 200


def spent_link(*, for_sign_up: bool = False) -> ResponseReturnValue:
    """The page of a link that no longer works."""
    return render_template("account/spent_link.html", for_sign_up=for_sign_up), 410


def typed_account() -> dict[str, str]:
    """What was typed to make an account, and the language of the page."""
    typed = {field: request.form.get(field, "") for field in ("email", "password", "name")}
    return {**typed, "language": current_language()}


def wanted_path() -> str | None:
    """Where the person wanted to go, if that is on this site."""
    return local_path(request.form.get("next") or request.args.get("next"))
