"""Whether an Attachment is right about the size and the hash of the data that it holds."""

from __future__ import annotations

import base64
import hashlib
from typing import Any


def says_what_it_holds(attachment: dict[str, Any]) -> bool:
    return is_of(attachment.get("data"), attachment.get("size"), attachment.get("hash"))


def is_of(data: Any, size: Any, digest: Any) -> bool:
    """Whether size and SHA-1 are those of the data (base64), where they are given."""
    if data is None or (size is None and digest is None):
        return True
    if size is not None and size != _length(data):
        return False
    return (
        digest is None
        or base64.b64decode(digest) == hashlib.sha1(base64.b64decode(data), usedforsecurity=False).digest()
    )


def _length(data: str) -> int:
    """Of the content, without decoding it."""
    packed = "".join(data.split())
    return len(packed) // 4 * 3 - packed[-2:].count("=")
