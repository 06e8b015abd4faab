"""Write docs/configuration.md from the settings themselves: `python -m tools.configuration`."""

from __future__ import annotations

from pathlib import Path

from service.settings import Settings

TARGET = Path(__file__).resolve().parents[1] / "docs" / "configuration.md"


def document() -> str:
    rows = [
        f"| `INFUSION_BRIDGE_{name.upper()}` | `{field.default}` | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    head = "# Configuration\n\nMade from service/settings.py by `make docs`.\n\n"
    head += "| variable | default | meaning |\n|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


if __name__ == "__main__":
    TARGET.write_text(document())
