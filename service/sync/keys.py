"""Our own signing keys, read from files when they are needed: the newest signs, every one is published until removed.

A file holds one key in PEM, one JWK, or a JWK Set; a folder holds such files. A new file is in use from the next token
on, without a restart. RSA keys sign with RS384, keys on P-384 with ES384, as SMART asks; no other key is used.

https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from service.errors import Rejected

log = structlog.get_logger()
ALGORITHMS = ("RS384", "ES384")
SMALLEST_RSA = 2048
LARGEST_FILE = 100_000
Parsed = RSAKey | ECKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key. ``kid`` is what the file says, else the key's thumbprint (RFC 7638)."""

    kid: str
    algorithm: str
    key: Parsed = field(repr=False)

    @property
    def is_private(self) -> bool:
        return self.key.is_private

    @property
    def public(self) -> dict[str, Any]:
        """As it stands in a JWK Set."""
        bare: Any = self.key.as_dict(private=False)
        kept = {name: str(bare[name]) for name in ("kty", "crv", "x", "y", "n", "e") if name in bare}
        return {**kept, "kid": self.kid, "alg": self.algorithm, "use": "sig", "key_ops": ["verify"]}

    def sign(self, claims: dict[str, Any]) -> str:
        """A signed JWT."""
        header = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT"}
        return jwt.encode(header, claims, self.key, algorithms=ALGORITHMS)


def read_keys(paths: Iterable[Path]) -> tuple[SigningKey, ...]:
    """The newest first: by the time of the file, then by its name, then by its place in the file."""
    found = [(*stamp, key) for stamp in _stamps(paths) for key in _keys_in(*stamp)]
    newest = {key.kid: key for _, _, _, key in sorted(found, key=lambda one: (one[1], str(one[0])))}
    return tuple(reversed(newest.values()))


def signing_key(paths: Iterable[Path], destination: str) -> SigningKey:
    """The one that signs today. Raises Rejected where there is none."""
    found = next((key for key in read_keys(paths) if key.is_private), None)
    if found is None:
        raise Rejected(f"destination {destination} has no usable private key where the file says")
    return found


def key_set(paths: Iterable[Path]) -> dict[str, Any]:
    """The JWK Set that destinations fetch: public halves only."""
    return {"keys": [key.public for key in read_keys(paths)]}


def _stamps(paths: Iterable[Path]) -> Iterator[tuple[Path, int, int]]:
    """Every file that is there, with its time and size: what is read once stays read until these change."""
    for file in sorted({file for path in paths for file in _files(path)}):
        with suppress(OSError):
            stat = file.stat()
            yield file, stat.st_mtime_ns, stat.st_size


def _files(path: Path) -> Sequence[Path]:
    try:
        return [f for f in path.iterdir() if f.is_file() and not f.name.startswith(".")] if path.is_dir() else [path]
    except OSError:
        return []


@lru_cache(maxsize=256)
def _keys_in(path: Path, _time: int, size: int) -> tuple[SigningKey, ...]:
    """A file that cannot be used is passed over, so that one slip does not stop every delivery; the log says so."""
    try:
        if size > LARGEST_FILE:
            raise ValueError("too large")
        return tuple(_signing_key(key, kid) for key, kid in _parsed(path.read_bytes()))
    except (OSError, ValueError, TypeError, AttributeError, JoseError, SecurityWarning) as error:
        log.warning("key file not used", file=path.name, fault=type(error).__name__)
        return ()


def _parsed(data: bytes) -> Iterator[tuple[Parsed, str | None]]:
    text = data.strip()
    if not text.startswith(b"{"):
        yield _imported(text), None
        return
    document = json.loads(text)
    for jwk in document.get("keys", [document]):
        kid = jwk.get("kid")
        yield _imported(jwk, jwk.get("kty", "")), kid if isinstance(kid, str) and kid else None


def _imported(value: bytes | dict[str, Any], kind: str = "") -> Parsed:
    if kind != "EC":
        try:
            return RSAKey.import_key(value)
        except (JoseError, ValueError, TypeError):
            if kind == "RSA":
                raise
    return ECKey.import_key(value)


def _signing_key(key: Parsed, kid: str | None) -> SigningKey:
    if isinstance(key, RSAKey) and key.raw_value.key_size >= SMALLEST_RSA:
        return SigningKey(kid or key.thumbprint(), "RS384", key)
    if isinstance(key, ECKey) and key.curve_name == "P-384":
        return SigningKey(kid or key.thumbprint(), "ES384", key)
    raise ValueError("neither RSA of 2048 bits or more nor EC on P-384")
