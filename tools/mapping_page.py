"""Write docs/mapping.md from the rules that `explain` uses: `python -m tools.mapping_page`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mappings import RESOURCES
from mappings.explain import EVERY, Rule, rules

TARGET = Path(__file__).resolve().parents[1] / "docs" / "mapping.md"
HEAD = """# Mapping

Every element of every resource: the field of the session record it comes from, the rule, and the terminology tables
its codes come from. Made from `mappings/explained` by `make docs`; `python -m service explain FILE` says the same of
one session. A field that begins with a dot stands below the place of the record that the resource was made from, and
a lone dot is this place: an event, a member of the staff, a product, a device, an indication. What stands behind *else*
counts where the record holds none of what stands before it; `earlier` is the event that charted the rate at which an
infusion was resumed. What a session yields that was entered in error says so in the elements under *in-error*.
"""


def document() -> str:
    parts = [HEAD, "\n## Every resource\n", *_kinds(EVERY)]
    for mapping in RESOURCES:
        parts += [f"\n## {mapping.type}\n", *_kinds(mapping.type)]
    return "\n".join(parts) + "\n"


def _kinds(name: str) -> Iterator[str]:
    for kind, found in rules()[name].items():
        yield from [] if kind == "all" else [f"\n### {kind}\n"]
        yield from _table(found)


def _table(found: tuple[Rule, ...]) -> Iterator[str]:
    yield "| element | from | rule | terminology |\n|---|---|---|---|"
    for rule in found:
        source = re.sub(r"[^ ,]+", lambda field: _named(field[0]), rule.source)
        yield f"| `{rule.element}` | {source} | {rule.rule} | {', '.join(rule.table.split())} |"


def _named(field: str) -> str:
    return "*else*" if field == "else" else f"`{field}`"


if __name__ == "__main__":
    TARGET.write_text(document())
