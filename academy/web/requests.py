"""The request's surroundings: the site it is for, its language, and safe ways back."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from flask import current_app, g, request

from academy.services.site import Site

EXTENSION = "academy"


def current_site() -> Site:
    """The site that this application serves."""
    return cast(Site, current_app.extensions[EXTENSION])


def address() -> str:
    """The network address of who asks: the proxy's word where there is one, else the connection's."""
    return request.remote_addr or ""


def current_language() -> str:
    """The language of the page, from its address; the best guess on pages without one."""
    return cast(str, g.get("language") or preferred_language())


def preferred_language() -> str:
    """The first language offered that the browser accepts, else the site's first."""
    offered: tuple[str, ...] = current_app.config["LANGUAGES"]
    return request.accept_languages.best_match(offered) or offered[0]


def local_path(target: str | None) -> str | None:
    """`target` if it is a path on this site, else None: nobody is sent elsewhere by a crafted link."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or any(ord(c) < 33 for c in target):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc and "\\" not in target else None
