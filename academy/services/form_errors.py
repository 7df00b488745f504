"""What a person typed that cannot be used: a code for each field, and what each code says."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from academy.services.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD


def N_(message: str) -> str:  # noqa: N802  # the customary mark for text that is translated later
    """Mark a message for translation."""
    return message


MESSAGES = MappingProxyType(
    {
        "name-length": N_("Write a name of 1 to 80 characters."),
        "email-form": N_("Write an email address such as name@example.org."),
        "email-other": N_("This link was sent to another address. Write the one at which you received it."),
        "email-taken": N_("There is already an account with this email address."),
        "password-short": N_("Use %(shortest)s characters or more for the password."),
        "password-long": N_("Use at most %(longest)s characters for the password."),
        "password-easy": N_("This password is too easy to guess. Join several words that have nothing to do with you."),
        "password-breached": N_("This password was stolen somewhere before, so it is among the first that are tried. Choose another one."),
        "password-wrong": N_("That is not your present password."),
        "sign-in-failed": N_("The email address and the password do not match an account."),
        "language-unknown": N_("Choose one of the languages offered."),
        "choice-unknown": N_("Choose an entry of the list."),
        "last-admin": N_("Nobody else can grant roles. Make somebody else an administrator first."),
        "confirm-missing": N_("Mark that you want to disable this account."),
        "confirm-sessions": N_("Mark that you want to end these sessions."),
        "confirm-erasure": N_("Mark that you want to be erased."),
        "disable-self": N_("You cannot disable your own account."),
        "code-wrong": N_("This code does not fit, or it was used already. Wait for the next one."),
        "factor-present": N_("You have a second factor already."),
        "factor-missing": N_("There is no second factor to confirm. Begin again."),
        "account-disabled": N_("This account is disabled, so it gets no link."),
    }
)
"""What each code of a FormError says. English msgids."""


def explain(code: str, translate: Callable[[str], str] = str) -> str:
    """What a code says, in the reader's language."""
    return translate(MESSAGES[code]) % {"shortest": SHORTEST_PASSWORD, "longest": LONGEST_PASSWORD}


class FormError(ValueError):
    """What a person typed cannot be used. `errors` maps a field to a message code."""

    def __init__(self, **errors: str) -> None:
        """Keep one code a field."""
        super().__init__(", ".join(f"{field}: {code}" for field, code in errors.items()))
        self.errors = errors


def refuse(errors: dict[str, str]) -> None:
    """Raise a FormError where there is one error or more."""
    if errors:
        raise FormError(**errors)
