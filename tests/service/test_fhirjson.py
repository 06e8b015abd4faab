"""The strict reader and the exact writer."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Rejected, ServiceError, TooLarge
from service.fhirjson import encode, read_json, stamp
from service.sync.references import unstamped


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[1,]",
        b'{"a":1}{"b":2}',
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b'"\\u0000"',
        b'{"\\u0000":1}',
        b'"\\ud800"',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"[" * 33 + b"]" * 33,
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"1e999",
        b"[1e-999]",
        b"1" * 5000,
        b"0." + b"1" * 5000,
        b"01",
        b"'a'",
        b"\x00",
    ],
)
def test_what_is_not_strict_json_is_refused(text: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        read_json(text)
    assert caught.value.issues[0].code == "structure"


def test_too_many_bytes_are_refused_before_they_are_read() -> None:
    with pytest.raises(TooLarge):
        read_json(b"[" + b" " * 100, max_bytes=100)


def test_thirty_two_levels_are_taken() -> None:
    assert read_json(b"[" * 32 + b"]" * 32)


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_value_or_in_our_own_error(data: bytes) -> None:
    """Any other exception fails the test."""
    with suppress(ServiceError):
        assert encode(read_json(data))


decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | decimals
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdef", max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_writing_and_reading_gives_the_same(value: Any) -> None:
    assert read_json(encode(value)) == value


def test_digits_are_kept() -> None:
    assert encode(read_json(b'{"a":0.50,"b":1.10,"c":100}')) == b'{"a":0.50,"b":1.10,"c":100}'
    assert read_json(b"0.50") == Decimal("0.50")


def test_the_stamp_changes_nothing_else_and_comes_off_again() -> None:
    content = b'{"resourceType":"Patient","id":"a","meta":{"profile":["x"]},"x":0.50}'
    stamped = stamp(content, 3, "2026-03-02T16:00:00.000000Z")
    assert read_json(stamped)["meta"] == {
        "versionId": "3",
        "lastUpdated": "2026-03-02T16:00:00.000000Z",
        "profile": ["x"],
    }
    assert unstamped(stamped) == content


@pytest.mark.parametrize(
    "content",
    [
        b'{"resourceType":"A","id":"a"}',
        b'{"resourceType":"A","id":"a","meta":{}}',
        b'{"resourceType":"A","x":{"meta":{"a":1}}}',
    ],
)
def test_content_that_cannot_be_stamped_is_a_fault_of_ours(content: bytes) -> None:
    with pytest.raises(ValueError, match="stamped"):
        stamp(content, 1, "x")
