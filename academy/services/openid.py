"""Sign-in by an OpenID Connect provider: the authorization code flow with state, nonce and PKCE, and whose account it opens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from sqlmodel import Session

from academy.services import accounts, audit, credentials
from academy.services.accounts import Person
from academy.services.form_errors import FormError
from academy.services.site import Site
from academy.store.tables.accounts import ExternalIdentity

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session

_SECONDS = 10
_LEEWAY_SECONDS = 60
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]  # signatures only: no shared secret, no "none"


class Refused(Exception):
    """The provider's answer cannot be used. `reason` is a code: provider, answer, email, taken, closed, disabled or linked."""

    def __init__(self, reason: str) -> None:
        """Keep the code."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Provider:
    """Where people have their accounts, and as whom we are known there."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    name: str


@dataclass(frozen=True, slots=True)
class Journey:
    """What the browser must bring back from the provider: kept in its signed session, good for one return."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at the provider. `email` is "" unless the provider verified it."""

    issuer: str
    subject: str
    email: str
    name: str


def begin(provider: Provider) -> tuple[str, Journey]:
    """The provider's address to send the browser to, and what it must bring back. Raises Refused("provider")."""
    nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    place = _metadata(provider)["authorization_endpoint"]
    url, state = _client(provider).create_authorization_url(place, code_verifier=verifier, nonce=nonce)
    return url, Journey(state, nonce, verifier)


def finish(site: Site, provider: Provider, journey: Journey, url: str) -> Identity:
    """Who the provider says came back at this address. Raises Refused("provider") or Refused("answer")."""
    import requests
    from authlib.common.errors import AuthlibBaseError

    metadata = _metadata(provider)
    answered = parse_qs(urlsplit(url).query)
    if answered.get("state") != [journey.state] or answered.get("iss", [provider.issuer]) != [provider.issuer]:
        raise Refused("answer")
    try:
        token = _client(provider, journey.state).fetch_token(
            metadata["token_endpoint"], authorization_response=url, code_verifier=journey.verifier, timeout=_SECONDS
        )
        keys = requests.get(metadata["jwks_uri"], timeout=_SECONDS, allow_redirects=False).json()
    except AuthlibBaseError:
        raise Refused("answer") from None
    except (requests.RequestException, ValueError):
        raise Refused("provider") from None
    return _identity(provider, _claims(site, provider, journey, token.get("id_token", ""), keys))


def enter(site: Site, identity: Identity, *, language: str, sign_up_open: bool, address: str = "") -> Person:
    """The person whose account this identity opens; a new learner where there is none and anyone may sign up.

    An account that has the same address is not opened: whoever wrote that address into it may be somebody else.
    Raises Refused("disabled"), Refused("closed"), Refused("email") or Refused("taken").
    """
    with site.database.writing() as session:
        link = session.get(ExternalIdentity, (identity.issuer, identity.subject))
        if link is not None:
            person = credentials.enter(site, session, link.account_id, by="openid", address=address)
            if person is None:
                raise Refused("disabled")
            return person
    if not sign_up_open:
        raise Refused("closed")
    if not identity.email:
        raise Refused("email")
    return _join(site, identity, language, address)


def link(site: Site, person_id: int, identity: Identity) -> None:
    """Let an identity open a person's account from now on. Raises Refused("linked") where it opens another."""
    with site.database.writing() as session:
        present = session.get(ExternalIdentity, (identity.issuer, identity.subject))
        if present is not None and present.account_id != person_id:
            raise Refused("linked")
        if present is None:
            _keep(site, session, identity, person_id)


def _join(site: Site, identity: Identity, language: str, address: str) -> Person:
    name = (identity.name if identity.name.isprintable() else "").strip()[:80] or identity.email.partition("@")[0][:80]
    with site.database.together(), site.database.writing() as session:
        try:
            person = accounts.create_account(site, email=identity.email, name=name, roles=("learner",), language=language, by="openid")
        except FormError:
            raise Refused("taken") from None
        _keep(site, session, identity, person.id)
        audit.record(site, session, "signed-in", actor=person.id, subject=person.id, address=address, details={"by": "openid"})
        return person


def _keep(site: Site, session: Session, identity: Identity, person_id: int) -> None:
    session.add(ExternalIdentity(issuer=identity.issuer, subject=identity.subject, account_id=person_id, linked_at=site.now()))
    audit.record(site, session, "identity-linked", actor=person_id, subject=person_id, details={"issuer": identity.issuer})


def _identity(provider: Provider, claims: dict[str, Any]) -> Identity:
    email = claims.get("email") if claims.get("email_verified") is True else ""
    return Identity(provider.issuer, str(claims["sub"])[:255], str(email or ""), str(claims.get("name") or ""))


def _claims(site: Site, provider: Provider, journey: Journey, id_token: str, keys: Any) -> dict[str, Any]:
    """What the token says, after its signature, issuer, audience, time and nonce were checked. Raises Refused("answer")."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    wanted = jwt.JWTClaimsRegistry(
        now=int(site.now().timestamp()),
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        nonce={"essential": True, "value": journey.nonce},
        exp={"essential": True},
        sub={"essential": True},
    )
    try:
        token = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)
        wanted.validate(token.claims)
    except (JoseError, ValueError, TypeError, KeyError):
        raise Refused("answer") from None
    if token.claims.get("azp", provider.client_id) != provider.client_id:
        raise Refused("answer")
    return dict(token.claims)


def _metadata(provider: Provider) -> dict[str, Any]:
    import requests

    try:
        return _discovered(provider.issuer)
    except (requests.RequestException, ValueError, KeyError):
        raise Refused("provider") from None


@lru_cache(maxsize=8)
def _discovered(issuer: str) -> dict[str, Any]:
    """The provider's own description, asked for once a process; a failure is not kept."""
    import requests

    answer = requests.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=_SECONDS, allow_redirects=False)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    if found["issuer"] != issuer:
        raise ValueError("the provider calls itself by another name")
    return {name: found[name] for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}


def _client(provider: Provider, state: str | None = None) -> OAuth2Session:
    from authlib.integrations.requests_client import OAuth2Session

    return OAuth2Session(
        provider.client_id,
        provider.client_secret,
        scope="openid email profile",
        redirect_uri=provider.redirect_uri,
        state=state,
        code_challenge_method="S256",
    )
