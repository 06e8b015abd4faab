"""Whose page a request comes from: a browser sends a key along that it knows, whichever page asks it to.

So nothing is changed for a page of another origin. Browsers say what it is: ``Sec-Fetch-Site``, and where that is
missing ``Origin``. A program that is no browser says neither, and has its key from nobody else.

https://www.w3.org/TR/fetch-metadata/ · https://fetch.spec.whatwg.org/#origin-header
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.types import Scope

from service.errors import Forbidden

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITE = frozenset({"same-origin", "none"})  # none: a person typed the address


def check_origin(scope: Scope, own_url: str | None) -> None:
    """Raises Forbidden for what would change something at the wish of another origin's page."""
    if scope["method"] not in SAFE and is_foreign(scope, own_url):
        raise Forbidden("a page of another origin may not change anything here")


def is_foreign(scope: Scope, own_url: str | None) -> bool:
    """``own_url`` is the public address, where a proxy stands before the service."""
    site, origin = header(scope, b"sec-fetch-site"), header(scope, b"origin")
    if site is not None:
        return site not in OWN_SITE
    if origin is None:
        return False
    host = _host_of(origin)
    own = {header(scope, b"host"), urlsplit(own_url).netloc if own_url else None}
    return not host or host not in own


def _host_of(origin: str) -> str:
    """Empty for what is no address, such as ``null``."""
    try:
        return urlsplit(origin).netloc
    except ValueError:  # brackets that do not belong together
        return ""


def comes_from_here(scope: Scope, own_url: str | None) -> bool:
    """More than not foreign: the browser says that it is one of our own pages."""
    said = header(scope, b"sec-fetch-site") or header(scope, b"origin")
    return said not in (None, "none") and not is_foreign(scope, own_url)


def header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
