"""Passwords judged, hashed and compared; whose they are is not known here."""

from __future__ import annotations

import secrets
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from academy.services.email_addresses import fold
from academy.services.site import Site

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
_JUDGED = 72  # characters; longer ones cost time and gain nothing
_CONTEXT = ("academy", "academia", "ciberseguridad", "cybersecurity", "contraseña", "contrasena")
_hasher = PasswordHasher()  # argon2id with the library's present parameters; slow, so never within a transaction


def _of_nobody() -> str:
    """The hash of a password that nobody has, made without the work that hashing one would be."""
    salt, result = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (_hasher.salt_len, _hasher.hash_len))
    return f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}${salt}${result}"


OF_NOBODY = _of_nobody()
"""Compared with where there is no hash, so that it takes as long."""


def hashed(password: str) -> str:
    """What is kept of a password. Slow, so never called within a transaction."""
    return _hasher.hash(password)


def matches(password_hash: str, password: str) -> bool:
    """Whether this is the password that was hashed. Slow, so never called within a transaction."""
    try:
        return _hasher.verify(password_hash, password)
    except VerificationError:
        return False


def password_errors(site: Site, password: str, email: str) -> dict[str, str]:
    """What keeps a password from being used for the account of this address, as FormError takes it."""
    if len(password) < SHORTEST_PASSWORD:
        return {"password": "password-short"}
    if len(password) > LONGEST_PASSWORD:
        return {"password": "password-long"}
    if password.lower() == fold(email) or len(set(password)) < 4 or _easy(password, email):
        return {"password": "password-easy"}
    if site.breached is not None and site.breached.holds(password):
        return {"password": "password-breached"}
    return {}


def _easy(password: str, email: str) -> bool:
    """Whether a million guesses by an attacker who knows the product and the address would find it: zxcvbn's judgement."""
    from zxcvbn import zxcvbn  # few requests need its lists of words and of 30,000 known passwords

    known = [*_CONTEXT, fold(email), *fold(email).replace("@", ".").split(".")]
    found = zxcvbn(password[:_JUDGED], user_inputs=known, max_length=_JUDGED)
    return int(found["score"]) < 2
