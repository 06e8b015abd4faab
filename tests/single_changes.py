"""Resources changed at one place in every way that a quick verdict might overlook."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from mappings.datatypes import Fixed

Path = tuple[Any, ...]
XHTML = '<div xmlns="http://www.w3.org/1999/xhtml">'


class Text(str):
    """A str, and yet not one."""

    __slots__ = ()


class Several(list[Any]):
    """A list, and yet not one."""


LEAVES: list[Any] = [
    None, True, False, 0, 1, -1, 2**31, Decimal(1), Decimal("1E0"), Decimal("1.0"), Decimal("-1.5"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1E400"), 10**30, 1.5,
    "", " ", "x", "a b", "#", "#a", "\x00", "\ud800", "１", "final", "Patient/1", "Patient/", "Device/a/b", "Banana/1", "Patient/１", "Observation/1\n",
    "urn:uuid:x", "http://x/Device/1", "2026", "2026-02-30", "2026-02-29T10:00:00Z", "2026-03-02T24:00:00Z", "2026-03-02T10:00:00", "2026-03-02T10:00:00Z",
    "0000-01-01", "0000-01-01T10:00:00Z", "9999-12-31T23:59:59Z", "1900-01-01T00:00:00-06:00", "a" * 64, "a" * 65, "QUJD", "QUJ", "mm[Hg]", "8867-4", {}, [], [[]],
    f"{XHTML}<p>a</p></div>", f"{XHTML}<p>   </p></div>", f"{XHTML}<p></p></div>", f"{XHTML}<p>a</p></div>\n", f"{XHTML}<p>a<b</p></div>", f"{XHTML}<p>a&b</p></div>",
    f"{XHTML}<p>a\x01</p></div>", f"{XHTML}<p>\ufffe</p></div>", f"{XHTML}<p>é</p></div>", f'{XHTML}<p>"#a</p></div>', f'{XHTML}<p><a href="#a">a</a></p></div>',
    f"{XHTML}<script>a</script></div>", "<div><p>a</p></div>", f"{XHTML}<p>a</p>",
]  # fmt: skip


def changed(resource: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """A copy with another value there. Elements that nobody can change stay themselves, except on the way."""
    if not path:
        return change(resource)
    name, *rest = path
    within = copy.copy(resource) if type(resource) is list else dict(resource)
    within[name] = changed(resource[name], tuple(rest), change)
    return Fixed(within) if type(resource) is Fixed else within


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from places(child, (*path, name))


def ways(value: Any) -> Iterator[Callable[[Any], Any]]:
    """What may become of a value."""
    yield from (lambda _, leaf=leaf: copy.deepcopy(leaf) for leaf in LEAVES)
    yield lambda value: [value]
    if isinstance(value, dict):
        yield from _of_object(value)
    elif isinstance(value, list):
        yield from _of_list()
    elif isinstance(value, str):
        yield from (Text, str.upper, lambda text: f" {text}", lambda text: f"{text}\n", lambda text: text[:-1])
    elif type(value) in (Decimal, int):
        yield from (str, float, lambda n: -n, lambda n: Decimal(f"{n}.0") if isinstance(n, int) else int(n))


def _of_object(value: dict[str, Any]) -> Iterator[Callable[[Any], Any]]:
    yield from (OrderedDict, Fixed, dict, copy.deepcopy, lambda v: dict(reversed(v.items())))
    yield from (lambda v, name=name: {k: v[k] for k in v if k != name} for name in value)
    yield from (
        lambda v, name=name: {**v, name: "x"} for name in ("colour", "id", "_id", "type", "display", "contained")
    )
    yield from (lambda v, name=name: {(f"_{k}" if k == name else k): v[k] for k in v} for name in value)
    yield lambda v: {**v, "extension": [{"url": "http://x", "valueString": "a"}]}
    yield lambda v: {**v, "extension": [{"url": "x", "valueString": "a"}]}
    yield lambda v: {Text(k): v[k] for k in v}


def _of_list() -> Iterator[Callable[[Any], Any]]:
    yield from (Several, tuple, lambda v: v[1:], lambda v: [*v, *v[:1]], lambda v: v[::-1], lambda v: v * 3)
    yield from (
        lambda v, more=more: [*v, more] for more in (None, {}, "x", {"reference": "Patient/1"}, {"reference": 5})
    )
    yield lambda v: [copy.deepcopy(one) for one in v]
    yield lambda v: [Fixed(one) if isinstance(one, dict) else one for one in v]
