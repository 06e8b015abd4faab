"""Bytes ↔ plain JSON values: a strict reader, an exact writer, and the stamp of a stored version.

Numbers with a fraction are Decimals in both directions, so ``0.50`` stays ``0.50``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import msgspec

from service.errors import Rejected, TooLarge

MAX_BYTES = 5_000_000
MAX_DEPTH = 32
# FHIR asks for 18 significant digits; beyond this a number is an attack or a mistake, not a measurement.
MAX_DIGITS = 64
# How the content of every stored resource begins: type, id, and a meta that holds something
HEAD = re.compile(rb'\{"resourceType":"[A-Za-z]+","id":"[A-Za-z0-9\-.]{1,64}","meta":\{(?=")')
# NUL, and halves of characters
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")

_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(value: Any) -> bytes:
    """Compact JSON, keys in the order given, Decimals as numbers with their digits kept."""
    return _encoder.encode(value)


def content_hash(data: bytes) -> str:
    """SHA-256 in hex: two contents are the same when their bytes are."""
    return hashlib.sha256(data).hexdigest()


def stamp(content: bytes, version: int, last_updated: str) -> bytes:
    """Put ``versionId`` and ``lastUpdated`` at the head of ``meta``.

    Spliced, not re-encoded: every other byte is the byte that was validated. The content must begin with
    ``{"resourceType":…,"id":…,"meta":{`` and have a meta that is not empty, as every mapped resource has.
    """
    head = HEAD.match(content)
    if head is None:
        raise ValueError("content without a leading, filled meta cannot be stamped")
    stamps = b'"versionId":"%d","lastUpdated":"%b",' % (version, last_updated.encode())
    return content[: head.end()] + stamps + content[head.end() :]


def read_json(data: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """Parse one JSON document or raise Rejected / TooLarge; the text names the fault, never the content.

    Refused: not UTF-8, duplicate keys, NaN and Infinity, NUL characters, lone surrogates, more than 32 levels,
    absurdly long numbers, anything after the document.
    """
    if len(data) > max_bytes:
        raise TooLarge(f"the body is larger than {max_bytes} bytes")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except UnicodeDecodeError:
        raise Rejected("the body is not UTF-8", code="structure") from None
    except json.JSONDecodeError as error:
        text = f"not JSON: fault at line {error.lineno}, column {error.colno}"
        raise Rejected(text, code="structure") from None
    except RecursionError:
        _too_deep()
    _check(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Rejected("an object names the same key twice", code="structure")
    return found


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        _bad_number()
    if not number.is_finite() or len(text) > MAX_DIGITS or abs(number.adjusted()) > MAX_DIGITS:
        _bad_number()
    return number


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        _bad_number()
    return int(text)


def _bad_number() -> NoReturn:
    raise Rejected("a number is out of range", code="structure")


def _constant(_text: str) -> NoReturn:
    raise Rejected("NaN and Infinity are not JSON", code="structure")


def _too_deep() -> NoReturn:
    raise Rejected(f"nested deeper than {MAX_DEPTH} levels", code="structure")


def _check(value: Any) -> None:
    level = [value]
    for depth in range(MAX_DEPTH + 2):
        if not level:
            return
        if depth >= MAX_DEPTH and any(isinstance(item, dict | list) for item in level):
            _too_deep()
        level = [child for item in level for child in _children(item)]


def _children(item: Any) -> Iterator[Any]:
    if isinstance(item, dict):
        for key in item:
            _check_text(key)
        yield from item.values()
    elif isinstance(item, list):
        yield from item
    elif isinstance(item, str):
        _check_text(item)


def _check_text(text: str) -> None:
    if UNWRITABLE.search(text):
        raise Rejected("a text holds a NUL or half a character", code="structure")
