"""Keys for tests of authentication: made once, written where a test wants them."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey, RSAKey


def made(kind: str, number: int = 1) -> RSAKey | ECKey:
    """``RS384`` or ``ES384``; another ``number`` is another key."""
    return _made(kind, number)


@cache
def _made(kind: str, _number: int) -> RSAKey | ECKey:
    return RSAKey.generate_key(2048) if kind == "RS384" else ECKey.generate_key("P-384")


def kid(kind: str, number: int = 1) -> str:
    return made(kind, number).thumbprint()


def write_key(folder: Path, kind: str, number: int = 1, at: int = 1_800_000_000, name: str = "") -> Path:
    """The private key as PEM, in a file of the given time."""
    path = folder / (name or f"{kind}-{number}.pem")
    path.write_bytes(made(kind, number).as_pem(private=True))
    os.utime(path, (at, at))
    return path


def public(*keys: tuple[str, int]) -> dict[str, Any]:
    """A JWK Set as a server has it registered."""
    return {"keys": [{**made(*key).as_dict(private=False), "kid": kid(*key), "alg": key[0]} for key in keys]}
