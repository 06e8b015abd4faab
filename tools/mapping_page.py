"""Write docs/mapping.md from the rules that `explain` uses: `python -m tools.mapping_page`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mappings import RESOURCES
from mappings.explain import EVERY, Rule, rules

TARGET = Path(__file__).resolve().parents[1] / "docs" / "mapping.md"
HEAD = """# Mapping

Every element of every resource: the field of the session record it comes from, the rule, and the terminology tables
its codes come from. Made from `mappings/explained` by `make docs`; `python -m service explain FILE` says the same of
one session. A field that begins with a dot stands below the place of the record that the resource was made from: an
event, a member of the staff, a product, a device.
"""


def document() -> str:
    parts = [HEAD, "\n## Every resource\n", *_table(rules()[EVERY]["all"])]
    for mapping in RESOURCES:
        parts.append(f"\n## {mapping.type}\n")
        for kind, found in rules()[mapping.type].items():
            parts += [] if kind == "all" else [f"\n### {kind}\n"]
            parts += _table(found)
    return "\n".join(parts) + "\n"


def _table(found: tuple[Rule, ...]) -> Iterator[str]:
    yield "| element | from | rule | terminology |\n|---|---|---|---|"
    for rule in found:
        source = ", ".join(f"`{field}`" for field in rule.source.split(", ")) if rule.source else ""
        yield f"| `{rule.element}` | {source} | {rule.rule} | {', '.join(rule.table.split())} |"


if __name__ == "__main__":
    TARGET.write_text(document())
